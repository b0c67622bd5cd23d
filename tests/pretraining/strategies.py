"""A small vocabulary and the documents that property tests draw from it."""

from __future__ import annotations

from hypothesis import strategies as st

from albert_docs_pkg.pretraining import MaskingVocabulary

SPECIAL = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
STARTS = ["▁a", "▁plant", "▁or", "▁animal", "▁that", "▁is", "▁small", ",", ".", "9"]
CONTINUATIONS = ["ing", "ed", "s", "typ", "ical", "ly"]

VOCABULARY = MaskingVocabulary([*SPECIAL, *STARTS, *CONTINUATIONS])
ONE_PIECE_WORDS = range(len(SPECIAL), len(SPECIAL) + len(STARTS))

sentences = st.lists(st.integers(len(SPECIAL), VOCABULARY.size - 1), min_size=1, max_size=12)
documents = st.lists(st.lists(sentences, min_size=1, max_size=5), min_size=1, max_size=12)
seeds = st.integers(0, 2**32 - 1)
