"""What masking must know about a vocabulary: where words start, and which ids are special."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

__all__ = ["MaskingVocabulary", "starts_word"]

WORD_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
PUNCTUATION = frozenset('!"#$%&()*+,-./:;?@[\\]^_`{|}~£€')


@dataclass(frozen=True, eq=False)
class MaskingVocabulary:
    """A vocabulary as masking sees it.

    Args:
        pieces: All pieces of the vocabulary by id.
        pad_token_id: Id of the padding.
        unk_token_id: Id of an unknown piece. It may be predicted, it is never put in at random.
        cls_token_id: Id of the token before the first segment.
        sep_token_id: Id of the token after each segment.
        mask_token_id: Id that hides a token.

    Raises:
        ValueError: If an id is not that of a piece, or two of them are equal.

    Example:
        >>> from albert_docs_pkg.pretraining import MaskingVocabulary
        >>> vocabulary = MaskingVocabulary(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]", "▁plan", "t", ","])
        >>> vocabulary.word_starts.tolist()
        [True, True, False, False, False, True, False, True]
        >>> vocabulary.replacements.tolist()
        [5, 6, 7]
    """

    pieces: Sequence[str]
    pad_token_id: int = 0
    unk_token_id: int = 1
    cls_token_id: int = 2
    sep_token_id: int = 3
    mask_token_id: int = 4

    def __post_init__(self) -> None:
        """Check the ids."""
        ids = {name: getattr(self, name) for name in self.__dataclass_fields__ if name.endswith("_id")}
        for name, value in ids.items():
            if not 0 <= value < len(self.pieces):
                raise ValueError(f"{name} must be from 0 to {len(self.pieces) - 1}, the ids of pieces, got {value}")
        if len(set(ids.values())) < len(ids):
            raise ValueError(f"the special ids must differ from one another, got {ids}")

    @classmethod
    def from_tokenizer(cls, tokenizer: Any) -> MaskingVocabulary:
        """Return the vocabulary of a tokenizer of this package (or one with the same attributes).

        Args:
            tokenizer: An object with ``get_vocab()`` and the attributes ``pad_token_id``, ``unk_token_id``,
                ``cls_token_id``, ``sep_token_id`` and ``mask_token_id``.

        Example:
            >>> from types import SimpleNamespace
            >>> pieces = {"<pad>": 0, "<unk>": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "▁a": 5}
            >>> ids = dict(pad_token_id=0, unk_token_id=1, cls_token_id=2, sep_token_id=3, mask_token_id=4)
            >>> MaskingVocabulary.from_tokenizer(SimpleNamespace(get_vocab=lambda: pieces, **ids)).size
            6
        """
        piece_ids = tokenizer.get_vocab()
        pieces = [""] * (max(piece_ids.values()) + 1)
        for piece, identifier in piece_ids.items():
            pieces[identifier] = piece
        names = [name for name in cls.__dataclass_fields__ if name.endswith("_id")]
        return cls(pieces, **{name: getattr(tokenizer, name) for name in names})

    @property
    def size(self) -> int:
        """Number of pieces.

        Example:
            >>> vocabulary.size
            8
        """
        return len(self.pieces)

    @cached_property
    def word_starts(self) -> np.ndarray:
        """For each id, whether the piece starts a word. Shape ``(size,)``, bool.

        Example:
            >>> int(vocabulary.word_starts.sum())
            4
        """
        return np.fromiter(map(starts_word, self.pieces), dtype=bool, count=self.size)

    @cached_property
    def never_masked(self) -> np.ndarray:
        """For each id, whether it is padding, ``[CLS]``, ``[SEP]`` or ``[MASK]``. Shape ``(size,)``, bool.

        Example:
            >>> vocabulary.never_masked.nonzero()[0].tolist()
            [0, 2, 3, 4]
        """
        table = np.zeros(self.size, dtype=bool)
        table[[self.pad_token_id, self.cls_token_id, self.sep_token_id, self.mask_token_id]] = True
        return table

    @cached_property
    def replacements(self) -> np.ndarray:
        """The ids that may replace a token at random, which are all but the special ones. Shape ``(n,)``, int64.

        Example:
            >>> vocabulary.replacements.dtype.name
            'int64'
        """
        table = ~self.never_masked
        table[self.unk_token_id] = False
        return np.flatnonzero(table)


def starts_word(piece: str) -> bool:
    """Return whether a SentencePiece piece starts a word, by the rule of the original ALBERT code.

    It does if it begins with ``▁`` or ``<``, if it is one punctuation character, or if it has a character that is
    neither an English letter nor punctuation.

    Args:
        piece: A piece of the vocabulary.

    Example:
        >>> [starts_word(piece) for piece in ["▁plant", "ing", ",", "9", "é", "s."]]
        [True, False, True, True, True, False]
    """
    if piece.startswith(("▁", "<")) or piece in PUNCTUATION:
        return True
    return not all(character in WORD_CHARACTERS or character in PUNCTUATION for character in piece)
