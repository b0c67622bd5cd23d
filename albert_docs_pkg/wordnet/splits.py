"""Which synset belongs to train, validation or test, and the pretraining text of each split."""

from __future__ import annotations

import zlib
from functools import lru_cache
from operator import itemgetter

from albert_docs_pkg.wordnet.storage import Synset, load_wordnet

__all__ = ["SPLITS", "check_split", "load_pretraining_text", "split_synsets", "stable_number"]

SPLITS = ("train", "validation", "test")

SEED = 3
"""Changing it changes which synset is in which split, and every record that is made with a random choice."""

HELD_OUT_SHARE = 0.025
"""Share of the synsets in validation, and again in test."""


@lru_cache(maxsize=1)
def split_synsets() -> dict[str, list[Synset]]:
    """Return the synsets of each split, in an order that is mixed and always the same.

    A synset's split depends on its definition, so synsets with the same definition are in the same split.

    Example:
        >>> from albert_docs_pkg.wordnet.splits import split_synsets
        >>> {name: len(synsets) for name, synsets in split_synsets().items()}
        {'train': 111625, 'validation': 3022, 'test': 3012}
    """
    splits: dict[str, list[tuple[int, Synset]]] = {name: [] for name in SPLITS}
    for synset in load_wordnet().synsets:
        share = stable_number(synset.definition.lower()) / 2**32
        name = "validation" if share < HELD_OUT_SHARE else "test" if share < 2 * HELD_OUT_SHARE else "train"
        splits[name].append((stable_number(synset.id), synset))
    return {name: [synset for _, synset in sorted(numbered, key=itemgetter(0))] for name, numbered in splits.items()}


def load_pretraining_text(split: str = "train") -> list[list[str]]:
    """Return the definitions and usage examples of a split as short documents.

    A document is the text of one synset, a list of consecutive sentences: first the definition, then its usage
    examples. A definition without examples is divided at its semicolons, where it has any, so that it has an order to
    learn. A sentence of the training text that is also in the text of another split is left out.

    Args:
        split: ``"train"``, ``"validation"`` or ``"test"``.

    Returns:
        Documents, each a list of one or more sentences.

    Raises:
        ValueError: If there is no such split.

    Example:
        >>> load_pretraining_text("validation")[0]
        ['dark brown pigment obtained by heating umber']
    """
    check_split(split)
    return [list(text) for text in _pretraining_text(split)]


def check_split(split: object) -> None:
    """Raise a ``ValueError`` that names the splits there are, unless ``split`` is one of them.

    Example:
        >>> check_split("train")
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(map(repr, SPLITS))}, got {split!r}")


def document(synset: Synset) -> tuple[str, ...]:
    """Return the sentences of a synset.

    Example:
        >>> from albert_docs_pkg.wordnet.storage import load_wordnet
        >>> document(load_wordnet().synsets[0])
        ('that which is perceived or known or inferred to have its own distinct existence (living or nonliving)',)
    """
    if synset.examples:
        return (synset.definition, *synset.examples)
    clauses = [clause.strip() for clause in synset.definition.split(";")]
    whole = all(clause and clause.count("(") == clause.count(")") for clause in clauses)
    return tuple(clauses) if whole else (synset.definition,)


def stable_number(text: str) -> int:
    """Return a number of 32 bits that depends on the text and on ``SEED`` and is the same on every machine.

    A checksum times an odd constant: the product spreads the checksums of similar texts apart.

    Example:
        >>> stable_number("an organism") == stable_number("an organism")
        True
    """
    return zlib.crc32(text.encode(), SEED) * 2654435761 & 0xFFFFFFFF


@lru_cache(maxsize=3)
def _pretraining_text(split: str) -> tuple[tuple[str, ...], ...]:
    documents = [document(synset) for synset in split_synsets()[split]]
    if split == "train":
        held_out = {sentence.lower() for name in SPLITS[1:] for text in _pretraining_text(name) for sentence in text}
        documents = [tuple(sentence for sentence in text if sentence.lower() not in held_out) for text in documents]
    return tuple(text for text in documents if text)
