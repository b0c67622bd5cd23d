"""Choose the vocabulary when there is a ``spiece.model``, a ``tokenizer.json``, or both."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from albert_docs_pkg.tokenizers.tokenizer_json import TokenizerJson
from albert_docs_pkg.tokenizers.vocabulary_file import VocabularyFile


@dataclass(frozen=True)
class Source:
    """A vocabulary, and the ``tokenizer.json`` that was read for it, if any."""

    vocabulary: VocabularyFile
    json: TokenizerJson | None = None


def read_vocabulary(
    vocab_file: str | os.PathLike[str] | None,
    tokenizer_file: str | os.PathLike[str] | TokenizerJson | None,
    *,
    prefer_json: bool,
) -> Source:
    """Read the vocabulary of a tokenizer.

    Args:
        vocab_file: path of ``spiece.model``.
        tokenizer_file: path of ``tokenizer.json``, or what was read from it.
        prefer_json: where the two disagree ``tokenizer.json`` is right; otherwise it is read only without a
            ``vocab_file``.

    Raises:
        ValueError: neither is given, or a file cannot be used.
        FileNotFoundError: a file is missing.
    """
    if vocab_file is None and tokenizer_file is None:
        raise ValueError("vocab_file must be the path of a spiece.model, got None (and no tokenizer_file either)")
    if tokenizer_file is None or (vocab_file is not None and not prefer_json):
        assert vocab_file is not None
        return Source(VocabularyFile.read(vocab_file))
    read = tokenizer_file if isinstance(tokenizer_file, TokenizerJson) else TokenizerJson.read(Path(tokenizer_file))
    if vocab_file is not None:
        model = VocabularyFile.read(vocab_file)
        # A retrained tokenizer.json leaves an old model behind; where they agree, the model also knows its options.
        if model.pieces == read.vocabulary.pieces and model.scores == read.vocabulary.scores:
            return Source(model, read)
    return Source(read.vocabulary, read)
