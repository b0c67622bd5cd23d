"""Make rows equally long."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal

PADDING = ("longest", "max_length", "do_not_pad")


@dataclass(frozen=True)
class Padding:
    """How rows are filled up.

    Args:
        strategy: ``"longest"`` row of the batch, ``"max_length"`` or ``"do_not_pad"``.
        max_length: length for ``"max_length"``.
        multiple_of: round the length up to a multiple of this.
        side: the end that is filled.
    """

    strategy: str = "do_not_pad"
    max_length: int | None = None
    multiple_of: int | None = None
    side: Literal["left", "right"] = "right"

    def length(self, longest: int) -> int:
        """Return the length that rows get when the longest has ``longest`` tokens.

        Example:
            >>> from albert_docs_pkg.tokenizers.padding import Padding
            >>> Padding("longest", multiple_of=8).length(11)
            16
        """
        if self.strategy == "do_not_pad":
            return 0
        length = self.max_length if self.strategy == "max_length" and self.max_length is not None else longest
        return -(-length // self.multiple_of) * self.multiple_of if self.multiple_of else length

    def fill(self, columns: MutableMapping[str, Any], fillers: Mapping[str, Any]) -> None:
        """Fill the rows of ``columns[name]`` with ``fillers[name]``, in place, for every name in both.

        Rows longer than the wanted length stay as they are.

        Example:
            >>> columns = {"input_ids": [[2, 3], [2, 9, 3]]}
            >>> Padding("longest", side="left").fill(columns, {"input_ids": 0})
            >>> columns
            {'input_ids': [[0, 2, 3], [2, 9, 3]]}
        """
        rows = columns["input_ids"]
        length = self.length(max(map(len, rows), default=0))
        if not length:
            return
        lacks = [length - len(row) for row in rows]
        for name, filler in fillers.items():
            if name not in columns:
                continue
            if self.side == "right":
                columns[name] = [
                    row + [filler] * lack if lack > 0 else row for row, lack in zip(columns[name], lacks, strict=True)
                ]
            else:
                columns[name] = [
                    [filler] * lack + row if lack > 0 else row for row, lack in zip(columns[name], lacks, strict=True)
                ]
