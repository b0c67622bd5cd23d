"""Checks of a call's inputs on the host: by shape in every call, by value for NumPy arrays and where asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from albert_docs_pkg.call_checks import check_input_shapes, check_input_values
from albert_docs_pkg.configuration import AlbertConfig

IDS = ("input_ids", "token_type_ids", "position_ids")
INPUTS = ("input_ids", "inputs_embeds", "attention_mask", "token_type_ids", "position_ids")
"""Arguments that are tensors and no labels, in the order :func:`check_shapes` takes them."""


def check_dtypes(arguments: dict[str, Any], labels: Sequence[str] = ()) -> None:
    """Refuse inputs and labels that are no tensors, and ids that are no integers.

    Args:
        arguments: inputs and labels by name.
        labels: names of the label arguments.

    Raises:
        TypeError: naming the argument and what it is.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.tensorflow.validation import check_dtypes
        >>> check_dtypes({"input_ids": np.zeros((1, 3))})
        Traceback (most recent call last):
        ...
        TypeError: input_ids must be a tensor of int64 or int32, got float64
    """
    for name in IDS:
        ids = arguments.get(name)
        if ids is None:
            continue
        dtype = getattr(ids, "dtype", None)
        if dtype is None or not tf.as_dtype(dtype).is_integer:
            found = type(ids).__name__ if dtype is None else tf.as_dtype(dtype).name
            raise TypeError(f"{name} must be a tensor of int64 or int32, got {found}")
    for name in ("inputs_embeds", "attention_mask", *labels):
        value = arguments.get(name)
        if value is not None and not hasattr(value, "dtype"):
            raise TypeError(f"{name} must be a tensor, got {type(value).__name__}")


def check_shapes(config: AlbertConfig, arguments: dict[str, Any], choices: bool = False) -> None:
    """Refuse shapes that do not go together; dimensions that are not known yet pass.

    Args:
        config: uses ``embedding_size`` and ``max_position_embeddings``.
        arguments: the inputs by name.
        choices: they have one more dimension, the choices, after the batch.

    Raises:
        ValueError: see :func:`albert_docs_pkg.call_checks.check_input_shapes`.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.tensorflow.validation import check_shapes
        >>> check_shapes(AlbertConfig(), {"input_ids": np.zeros((1, 513), int)})
        Traceback (most recent call last):
        ...
        ValueError: the sequence has 513 tokens; this model has positions for at most 512 (max_position_embeddings)
    """
    shapes: list[tuple[Any, ...] | None] = []
    for name in INPUTS:
        value = arguments.get(name)
        if value is None:
            shapes.append(None)
            continue
        shape = tuple(value.shape)
        if choices:
            if len(shape) != (4 if name == "inputs_embeds" else 3):
                raise ValueError(f"multiple choice takes inputs of shape (batch, choices, length), got shape {shape}")
            batch = None if None in shape[:2] else shape[0] * shape[1]
            shape = (batch, *shape[2:])
        shapes.append(shape)
    if choices and shapes[0] is None and shapes[1] is None:
        raise ValueError("multiple choice takes inputs of shape (batch, choices, length), got nothing")
    check_input_shapes(config, *shapes)


def check_values(config: AlbertConfig, arguments: dict[str, Any], validate: bool) -> dict[str, np.ndarray]:
    """Refuse values out of range where the host has them, and return these.

    Args:
        config: uses the sizes of the three embedding tables.
        arguments: inputs and labels by name.
        validate: read tensors too, which waits for their device.

    Returns:
        The arguments that were read, as NumPy arrays.

    Raises:
        ValueError: a value is out of range, or ``validate`` inside a ``tf.function``.

    Example:
        >>> from albert_docs_pkg.tensorflow.validation import check_values
        >>> _ = check_values(AlbertConfig(vocab_size=100), {"input_ids": np.array([[2, 100, 3]])}, validate=False)
        Traceback (most recent call last):
        ...
        ValueError: input_ids must be between 0 and 99 (vocab_size 100), got 100
    """
    read = {}
    for name, value in arguments.items():
        if isinstance(value, np.ndarray):
            read[name] = value
        elif validate and tf.is_tensor(value):
            if not hasattr(value, "numpy"):
                raise ValueError(f"validate=True reads values: call the model eagerly; {name} is a symbolic tensor")
            read[name] = np.asarray(value)
    check_input_values(config, *(read.get(name) for name in ("input_ids", "attention_mask", *IDS[1:])))
    return read
