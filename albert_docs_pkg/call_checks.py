"""Checks of a call's inputs that need no framework: shapes as tuples, values as NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.heads import IGNORED_LABEL

Shape = Sequence[Any]


def check_input_shapes(
    config: AlbertConfig,
    input_ids: Shape | None,
    inputs_embeds: Shape | None,
    attention_mask: Shape | None = None,
    token_type_ids: Shape | None = None,
    position_ids: Shape | None = None,
) -> None:
    """Refuse shapes that do not go together; a dimension that is not known yet (``None``) goes with every other.

    Args:
        config: uses ``embedding_size`` and ``max_position_embeddings``.
        input_ids: shape of that argument, ``None`` when absent; likewise the others.
        inputs_embeds: as above.
        attention_mask: as above.
        token_type_ids: as above.
        position_ids: as above.

    Raises:
        ValueError: both or none of ``input_ids`` and ``inputs_embeds``, shapes that do not go together, or more
            tokens than the model has positions for.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.call_checks import check_input_shapes
        >>> check_input_shapes(AlbertConfig(), (1, 513), None)
        Traceback (most recent call last):
        ...
        ValueError: the sequence has 513 tokens; this model has positions for at most 512 (max_position_embeddings)
    """
    if (input_ids is None) == (inputs_embeds is None):
        given = "neither" if input_ids is None else "both"
        raise ValueError(f"give either input_ids or inputs_embeds, got {given}")
    for name, ids in (("input_ids", input_ids), ("token_type_ids", token_type_ids), ("position_ids", position_ids)):
        if ids is not None and len(ids) != 2:
            raise ValueError(f"{name} must have shape (batch, length), got {tuple(ids)}")
    if input_ids is not None:
        batch, length = input_ids
    else:
        assert inputs_embeds is not None
        if len(inputs_embeds) != 3 or _differ(inputs_embeds[2], config.embedding_size):
            raise ValueError(
                f"inputs_embeds must have shape (batch, length, embedding_size = {config.embedding_size}), "
                f"got {tuple(inputs_embeds)}"
            )
        batch, length = inputs_embeds[:2]
    if position_ids is None and length is not None and length > config.max_position_embeddings:
        raise ValueError(
            f"the sequence has {length} tokens; this model has positions for at most "
            f"{config.max_position_embeddings} (max_position_embeddings)"
        )
    for name, ids in (("token_type_ids", token_type_ids), ("position_ids", position_ids)):
        if ids is not None and (_differ(ids[1], length) or (ids[0] != 1 and _differ(ids[0], batch))):
            raise ValueError(f"{name} must have shape ({batch}, {length}), got {tuple(ids)}")
    if attention_mask is not None:
        if len(attention_mask) not in (2, 3, 4):
            raise ValueError(
                "attention_mask must have shape (batch, length), (batch, length, length) or "
                f"(batch, heads, length, length), got {tuple(attention_mask)}"
            )
        if _differ(attention_mask[-1], length) or (attention_mask[0] != 1 and _differ(attention_mask[0], batch)):
            raise ValueError(
                f"attention_mask must have {batch} rows and {length} keys in its last dimension, "
                f"got shape {tuple(attention_mask)}"
            )


def check_input_values(
    config: AlbertConfig,
    input_ids: np.ndarray | None = None,
    attention_mask: np.ndarray | None = None,
    token_type_ids: np.ndarray | None = None,
    position_ids: np.ndarray | None = None,
) -> None:
    """Refuse ids out of range and masks of other values than 0 and 1.

    Args:
        config: uses the sizes of the three embedding tables.
        input_ids: integers of any shape, or ``None``; likewise the others.
        attention_mask: numbers or booleans.
        token_type_ids: as above.
        position_ids: as above.

    Raises:
        ValueError: a value is out of range; the message names the argument, the value found and what is allowed.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.call_checks import check_input_values
        >>> check_input_values(AlbertConfig(vocab_size=100), np.array([[2, 100, 3]]))
        Traceback (most recent call last):
        ...
        ValueError: input_ids must be between 0 and 99 (vocab_size 100), got 100
    """
    limits = (
        ("input_ids", input_ids, "vocab_size", config.vocab_size),
        ("token_type_ids", token_type_ids, "type_vocab_size", config.type_vocab_size),
        ("position_ids", position_ids, "max_position_embeddings", config.max_position_embeddings),
    )
    for name, ids, size_name, size in limits:
        if ids is None or ids.size == 0:
            continue
        wrong = ids[(ids < 0) | (ids >= size)]
        if wrong.size:
            raise ValueError(f"{name} must be between 0 and {size - 1} ({size_name} {size}), got {wrong[0]}")
    if attention_mask is not None:
        wrong = attention_mask[(attention_mask != 0) & (attention_mask != 1)]
        if wrong.size:
            raise ValueError(f"attention_mask must be 0 or 1 everywhere, got {wrong[0]}")


def check_label_values(name: str, labels: np.ndarray | None, count: int) -> None:
    """Refuse integer labels that are neither a class below ``count`` nor -100; floating labels are no classes.

    Args:
        name: name of the argument.
        labels: of any shape, or ``None``.
        count: number of classes.

    Raises:
        ValueError: a label is out of range.

    Example:
        >>> from albert_docs_pkg.call_checks import check_label_values
        >>> check_label_values("labels", np.array([0, -100, 7]), count=3)
        Traceback (most recent call last):
        ...
        ValueError: labels must be between 0 and 2, or -100 to be ignored, got 7
    """
    if labels is None or labels.dtype.kind not in "iu" or labels.size == 0:
        return
    wrong = labels[((labels < 0) | (labels >= count)) & (labels != IGNORED_LABEL)]
    if wrong.size:
        raise ValueError(f"{name} must be between 0 and {count - 1}, or -100 to be ignored, got {wrong[0]}")


def _differ(found: Any, wanted: Any) -> bool:
    return found is not None and wanted is not None and found != wanted
