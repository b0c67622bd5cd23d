"""Pretraining data as the ALBERT paper describes it, in NumPy: n-gram masking, sentence-order pairs, batches."""

from albert_docs_pkg.pretraining.batches import PretrainingBatches
from albert_docs_pkg.pretraining.corpus import Corpus
from albert_docs_pkg.pretraining.masking import IGNORED, mask_ngrams, mask_tokens
from albert_docs_pkg.pretraining.pairs import SentencePairs, sentence_pairs
from albert_docs_pkg.pretraining.vocabulary import MaskingVocabulary, starts_word

__all__ = [
    "IGNORED",
    "Corpus",
    "MaskingVocabulary",
    "PretrainingBatches",
    "SentencePairs",
    "mask_ngrams",
    "mask_tokens",
    "sentence_pairs",
    "starts_word",
]
