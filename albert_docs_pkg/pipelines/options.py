"""The settings of a call: one small dataclass per task, whose values are checked before any work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every task's calls can set.

    Args:
        batch_size: most rows that go through the model at once.

    Raises:
        ValueError: a value is not allowed.

    Example:
        >>> from albert_docs_pkg.pipelines.options import Options
        >>> Options(batch_size=0)
        Traceback (most recent call last):
        ...
        ValueError: batch_size must be a whole number of at least 1, got 0
    """

    batch_size: int = 32

    def __post_init__(self) -> None:
        """Check the values."""
        check_count("batch_size", self.batch_size)


def check_count(name: str, value: Any, *, least: int = 1, optional: bool = False) -> None:
    """Refuse what is no whole number of at least ``least`` (or ``None``, where that is allowed)."""
    if optional and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}{' or None' if optional else ''}, got {value!r}"
        )


def check_flag(name: str, value: Any) -> None:
    """Refuse what is neither ``True`` nor ``False``."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, got {value!r}")


def check_choice(name: str, value: Any, allowed: Sequence[Any]) -> None:
    """Refuse what is none of ``allowed``."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
