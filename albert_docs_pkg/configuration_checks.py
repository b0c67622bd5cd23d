"""Checks of the fields of a config: what is wrong is said with the field, the value found and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

MOST_LABELS = 1_000_000
"""More labels than this are a mistake, and a list of them would fill the memory."""


def label_names(
    num_labels: int | None, id2label: Mapping[int | str, str] | None, label2id: Mapping[str, int] | None
) -> tuple[dict[int, str], dict[str, int]]:
    """Return both directions of the label table, from whichever of the three arguments are given.

    Example:
        >>> from albert_docs_pkg.configuration_checks import label_names
        >>> label_names(2, None, None)[1]
        {'LABEL_0': 0, 'LABEL_1': 1}
    """
    ids = None if label2id is None else label_ids(label2id)
    if id2label is None and ids is not None:
        id2label = {index: name for name, index in ids.items()}
    if id2label is None:
        count = 2 if num_labels is None else num_labels
        check_integer("num_labels", count, lowest=1, highest=MOST_LABELS)
        id2label = {index: f"LABEL_{index}" for index in range(count)}
    if not isinstance(id2label, Mapping):
        raise TypeError(f"id2label must map ids to names, got {id2label!r}")
    try:
        names = {int(index): str(name) for index, name in id2label.items()}
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"the keys of id2label must be integers, got {list(id2label)!r}") from None
    if sorted(names) != list(range(len(names))) or not names:
        raise ValueError(f"the ids of id2label must be 0 to n - 1 without gaps, got {sorted(names)!r}")
    if num_labels is not None and num_labels != len(names):
        raise ValueError(f"num_labels must be the length of id2label ({len(names)}), got {num_labels!r}")
    return names, {name: index for index, name in names.items()} if ids is None else ids


def label_ids(label2id: Mapping[str, int]) -> dict[str, int]:
    if not isinstance(label2id, Mapping):
        raise TypeError(f"label2id must map names to ids, got {label2id!r}")
    try:
        return {str(name): int(index) for name, index in label2id.items()}
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"the values of label2id must be integers, got {label2id!r}") from None


def check_integer(name: str, value: Any, lowest: int, highest: int | None = None) -> None:
    """Refuse what is no whole number from ``lowest`` on.

    Example:
        >>> from albert_docs_pkg.configuration_checks import check_integer
        >>> check_integer("vocab_size", 30000, lowest=1)
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < lowest:
        raise ValueError(f"{name} must be at least {lowest}, got {value}")
    if highest is not None and value > highest:
        raise ValueError(f"{name} must be at most {highest:,}, got {value if value < 10**18 else 'much more'}")


def check_number(name: str, value: Any, lowest: float, highest: float) -> None:
    """Refuse what is no number between two bounds.

    Example:
        >>> from albert_docs_pkg.configuration_checks import check_number
        >>> check_number("hidden_dropout_prob", 0.1, lowest=0.0, highest=1.0)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not lowest <= value <= highest or value == math.inf:
        allowed = f"in [{lowest:g}, {highest:g}]" if highest < math.inf else f"finite and at least {lowest:g}"
        raise ValueError(f"{name} must be {allowed}, got {value!r}")


def check_choice(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Refuse what is none of the allowed values.

    Example:
        >>> from albert_docs_pkg.configuration_checks import check_choice
        >>> check_choice("hidden_act", "gelu", ("gelu", "relu"))
    """
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")


def check_multiple(name: str, value: int, divisor_name: str, divisor: int) -> None:
    """Refuse a size that another one does not divide.

    Example:
        >>> from albert_docs_pkg.configuration_checks import check_multiple
        >>> check_multiple("hidden_size", 768, "num_attention_heads", 12)
    """
    if value % divisor:
        raise ValueError(f"{name} must be a multiple of {divisor_name} ({divisor}), got {value}")
