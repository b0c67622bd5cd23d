"""From the tokens of one or two texts to model rows: truncation, windows, special tokens, segment ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

Item = TypeVar("Item")
Side = Literal["left", "right"]
TRUNCATION = ("longest_first", "only_first", "only_second", "do_not_truncate")


@dataclass(frozen=True)
class Window:
    """The part of each sequence that one row keeps."""

    first: slice
    second: slice

    def cut(self, first: Sequence[Item], second: Sequence[Item] | None) -> tuple[Sequence[Item], Sequence[Item] | None]:
        """Return the parts of the two sequences.

        Example:
            >>> from albert_docs_pkg.tokenizers.rows import EVERYTHING
            >>> EVERYTHING.cut([1, 2], None)
            ([1, 2], None)
        """
        return first[self.first], None if second is None else second[self.second]


EVERYTHING = Window(slice(None), slice(None))


@dataclass(frozen=True)
class Truncation:
    """How rows are kept within ``max_length``.

    Args:
        strategy: one of ``"longest_first"``, ``"only_first"``, ``"only_second"``, ``"do_not_truncate"``.
        max_length: longest row, special tokens included.
        stride: tokens that neighbouring windows share.
        side: the end that loses tokens.
        overflow: make a row of every window and not only of the first.
    """

    strategy: str = "do_not_truncate"
    max_length: int | None = None
    stride: int = 0
    side: Side = "right"
    overflow: bool = False

    def windows(self, first: int, second: int | None, special: int) -> list[Window]:
        """Return the windows over sequences of ``first`` and ``second`` tokens in rows with ``special`` more.

        Raises:
            ValueError: the sequence to cut is too short, or the stride leaves no room to move on.

        Example:
            >>> from albert_docs_pkg.tokenizers.rows import Truncation
            >>> windows = Truncation("only_first", max_length=6, stride=1, overflow=True).windows(9, None, 2)
            >>> [(window.first.start, window.first.stop) for window in windows]
            [(0, 4), (3, 7), (6, 9)]
        """
        surplus = first + (second or 0) + special - (self.max_length or 0)
        if self.strategy == "do_not_truncate" or self.max_length is None or surplus <= 0:
            return [EVERYTHING]
        if self.strategy == "longest_first" and second is not None:
            if self.overflow:
                raise ValueError(
                    "return_overflowing_tokens=True with a pair needs truncation='only_first' or 'only_second', "
                    "got 'longest_first'"
                )
            room = self.max_length - special
            if room < 0:
                raise ValueError(
                    f"max_length must be at least {special}, the special tokens alone, got {self.max_length}"
                )
            # Taking tokens off the longer one, and off the second when they are equal, ends here.
            keep_second = min(second, max(room // 2, room - first))
            keep_first = min(first, room - keep_second)
            return [Window(self._kept(first, keep_first), self._kept(second, keep_second))]
        only_second = self.strategy == "only_second"
        if only_second and second is None:
            raise ValueError("truncation='only_second' needs a text_pair, got none")
        length = (second or 0) if only_second else first
        room = length - surplus
        if room < 0 or (room == 0 and self.overflow):
            raise ValueError(
                f"truncation={self.strategy!r} cannot reach max_length={self.max_length}: {surplus} tokens are too "
                f"many and the sequence to cut has {length}"
            )
        if not self.overflow:
            kept = [self._kept(length, room)]
        else:
            if self.stride >= room:
                raise ValueError(
                    f"stride must be below the {room} tokens that a window has room for, got {self.stride}"
                )
            kept = list(_windows(length, room, room - self.stride, self.side))
        return [Window(slice(None), part) if only_second else Window(part, slice(None)) for part in kept]

    def _kept(self, length: int, room: int) -> slice:
        return slice(0, room) if self.side == "right" else slice(length - room, length)


def _windows(length: int, room: int, step: int, side: Side) -> Iterator[slice]:
    for moved in range(0, length, step):
        if side == "right":
            yield slice(moved, min(moved + room, length))
        else:
            yield slice(max(length - moved - room, 0), length - moved)
        if moved + room >= length:
            return


def assemble(first: Sequence[Item], second: Sequence[Item] | None, cls: Item, sep: Item) -> list[Item]:
    """Return ``[CLS] first [SEP]`` or ``[CLS] first [SEP] second [SEP]``.

    Example:
        >>> from albert_docs_pkg.tokenizers.rows import assemble
        >>> assemble([7, 8], [9], cls=2, sep=3)
        [2, 7, 8, 3, 9, 3]
    """
    row = [cls, *first, sep]
    if second is not None:
        row += second
        row.append(sep)
    return row


def segment_ids(first: int, second: int | None, *, special: bool) -> list[int]:
    """Return 0 for the first sequence and its special tokens, 1 for the second and its own.

    Example:
        >>> from albert_docs_pkg.tokenizers.rows import segment_ids
        >>> segment_ids(2, 1, special=True)
        [0, 0, 0, 0, 1, 1]
    """
    if second is None:
        return [0] * (first + 2 * special)
    return [0] * (first + 2 * special) + [1] * (second + special)


def special_mask(first: int, second: int | None) -> list[int]:
    """Return 1 for the special tokens that :func:`assemble` adds and 0 for the rest.

    Example:
        >>> from albert_docs_pkg.tokenizers.rows import special_mask
        >>> special_mask(2, 1)
        [1, 0, 0, 1, 0, 1]
    """
    mask = [1, *[0] * first, 1]
    return mask if second is None else [*mask, *[0] * second, 1]
