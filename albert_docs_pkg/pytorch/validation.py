"""Checks of a call's inputs: by shape in every call, by value where the caller asks for it."""

from __future__ import annotations

import torch
from torch import Tensor

from albert_docs_pkg.configuration import AlbertConfig


def check_shapes(
    config: AlbertConfig,
    input_ids: Tensor | None,
    inputs_embeds: Tensor | None,
    attention_mask: Tensor | None = None,
    token_type_ids: Tensor | None = None,
    position_ids: Tensor | None = None,
) -> None:
    """Refuse what cannot be embedded, by shape and dtype alone: nothing is read from the device.

    Raises:
        TypeError: ids are no integer tensor.
        ValueError: both or none of ``input_ids`` and ``inputs_embeds``, shapes that do not go together, or more
            tokens than the model has positions for.

    Example:
        >>> import torch
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.pytorch.validation import check_shapes
        >>> check_shapes(AlbertConfig(), torch.zeros(1, 513, dtype=torch.long), None)
        Traceback (most recent call last):
        ...
        ValueError: the sequence has 513 tokens; this model has positions for at most 512 (max_position_embeddings)
    """
    if (input_ids is None) == (inputs_embeds is None):
        given = "neither" if input_ids is None else "both"
        raise ValueError(f"give either input_ids or inputs_embeds, got {given}")
    for name, ids in (("input_ids", input_ids), ("token_type_ids", token_type_ids), ("position_ids", position_ids)):
        if ids is None:
            continue
        if not isinstance(ids, Tensor) or ids.dtype not in (torch.int64, torch.int32):
            found = ids.dtype if isinstance(ids, Tensor) else type(ids).__name__
            raise TypeError(f"{name} must be a tensor of int64 or int32, got {found}")
        if ids.dim() != 2:
            raise ValueError(f"{name} must have shape (batch, length), got {tuple(ids.shape)}")
    if input_ids is not None:
        batch, length = input_ids.shape
    else:
        assert inputs_embeds is not None
        if inputs_embeds.dim() != 3 or inputs_embeds.shape[2] != config.embedding_size:
            raise ValueError(
                f"inputs_embeds must have shape (batch, length, embedding_size = {config.embedding_size}), "
                f"got {tuple(inputs_embeds.shape)}"
            )
        batch, length = inputs_embeds.shape[:2]
    if position_ids is None and length > config.max_position_embeddings:
        raise ValueError(
            f"the sequence has {length} tokens; this model has positions for at most "
            f"{config.max_position_embeddings} (max_position_embeddings)"
        )
    for name, ids in (("token_type_ids", token_type_ids), ("position_ids", position_ids)):
        if ids is not None and (ids.shape[1] != length or ids.shape[0] not in (1, batch)):
            raise ValueError(f"{name} must have shape ({batch}, {length}), got {tuple(ids.shape)}")
    if attention_mask is not None and (attention_mask.shape[-1] != length or attention_mask.shape[0] not in (1, batch)):
        raise ValueError(
            f"attention_mask must have {batch} rows and {length} keys in its last dimension, "
            f"got shape {tuple(attention_mask.shape)}"
        )


def check_values(
    config: AlbertConfig,
    input_ids: Tensor | None,
    attention_mask: Tensor | None = None,
    token_type_ids: Tensor | None = None,
    position_ids: Tensor | None = None,
) -> None:
    """Refuse ids out of range and masks of other values than 0 and 1; this waits for the device.

    Raises:
        ValueError: a value is out of range; the message names the argument, the value found and what is allowed.

    Example:
        >>> from albert_docs_pkg.pytorch.validation import check_values
        >>> check_values(AlbertConfig(vocab_size=100), torch.tensor([[2, 100, 3]]))
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
        if ids is None or ids.numel() == 0:
            continue
        wrong = ids[(ids < 0) | (ids >= size)]
        if wrong.numel():
            raise ValueError(f"{name} must be between 0 and {size - 1} ({size_name} {size}), got {wrong[0].item()}")
    if attention_mask is not None:
        wrong = attention_mask[(attention_mask != 0) & (attention_mask != 1)]
        if wrong.numel():
            raise ValueError(f"attention_mask must be 0 or 1 everywhere, got {wrong[0].item()}")


def check_labels(name: str, labels: Tensor | None, count: int) -> None:
    """Refuse integer labels that are neither a class below ``count`` nor -100; this waits for the device.

    Raises:
        ValueError: a label is out of range.

    Example:
        >>> from albert_docs_pkg.pytorch.validation import check_labels
        >>> check_labels("labels", torch.tensor([0, -100, 7]), count=3)
        Traceback (most recent call last):
        ...
        ValueError: labels must be between 0 and 2, or -100 to be ignored, got 7
    """
    if labels is None or labels.dtype.is_floating_point or labels.numel() == 0:
        return
    wrong = labels[((labels < 0) | (labels >= count)) & (labels != -100)]
    if wrong.numel():
        raise ValueError(f"{name} must be between 0 and {count - 1}, or -100 to be ignored, got {wrong[0].item()}")
