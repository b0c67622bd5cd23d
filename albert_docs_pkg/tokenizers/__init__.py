"""Text to token ids and back: one tokenizer on SentencePiece, one on ``tokenizers``, and what both share.

Neither library, nor a framework, is imported before a tokenizer is made or tensors are asked for.
"""

from albert_docs_pkg.tokenizers.added_tokens import AddedToken
from albert_docs_pkg.tokenizers.albert_tokenizer import AlbertTokenizer
from albert_docs_pkg.tokenizers.albert_tokenizer_fast import AlbertTokenizerFast
from albert_docs_pkg.tokenizers.batch_encoding import BatchEncoding

__all__ = ["AddedToken", "AlbertTokenizer", "AlbertTokenizerFast", "BatchEncoding"]
