"""Checks of a call's inputs: by shape in every call, by value where the caller asks for it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from albert_docs_pkg.call_checks import check_input_shapes, check_input_values, check_label_values
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
    for name, ids in (("input_ids", input_ids), ("token_type_ids", token_type_ids), ("position_ids", position_ids)):
        if ids is not None and (not isinstance(ids, Tensor) or ids.dtype not in (torch.int64, torch.int32)):
            found = ids.dtype if isinstance(ids, Tensor) else type(ids).__name__
            raise TypeError(f"{name} must be a tensor of int64 or int32, got {found}")
    inputs = (input_ids, inputs_embeds, attention_mask, token_type_ids, position_ids)
    check_input_shapes(config, *(None if part is None else part.shape for part in inputs))


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
    inputs = (input_ids, attention_mask, token_type_ids, position_ids)
    check_input_values(config, *(_on_host(part) for part in inputs))


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
    check_label_values(name, _on_host(labels), count)


def _on_host(values: Tensor | None) -> np.ndarray | None:
    if values is None:
        return None
    # NumPy knows no bfloat16, which a mask may have.
    return (values.double() if values.is_floating_point() else values).detach().cpu().numpy()
