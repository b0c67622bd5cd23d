"""Checks of a call's inputs on the host: by shape in every call, by value where the values are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from albert_docs_pkg.call_checks import check_input_shapes, check_input_values, check_label_values
from albert_docs_pkg.configuration import AlbertConfig

IDS = ("input_ids", "token_type_ids", "position_ids")


def as_array(name: str, value: Any) -> Any:
    """Return an argument as an array: those of JAX as they are, anything else as NumPy has it.

    Raises:
        TypeError: ids that are no integers.

    Example:
        >>> from albert_docs_pkg.flax.validation import as_array
        >>> as_array("input_ids", [[2, 5, 3]]).shape
        (1, 3)
        >>> as_array("input_ids", [[0.5]])
        Traceback (most recent call last):
        ...
        TypeError: input_ids must be an array of integers, got float64
    """
    if value is None:
        return None
    array = value if isinstance(value, jax.Array) else np.asarray(value)
    if name in IDS and not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"{name} must be an array of integers, got {array.dtype}")
    return array


def check_shapes(config: AlbertConfig, inputs: Mapping[str, Any]) -> None:
    """Refuse what cannot be embedded, by shape alone: this works on traced values too.

    Raises:
        ValueError: both or none of ``input_ids`` and ``inputs_embeds``, shapes that do not go together, or more
            tokens than the model has positions for.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.flax.validation import check_shapes
        >>> check_shapes(AlbertConfig(), {"input_ids": np.zeros((1, 513), int), "inputs_embeds": None})
        Traceback (most recent call last):
        ...
        ValueError: the sequence has 513 tokens; this model has positions for at most 512 (max_position_embeddings)
    """
    check_input_shapes(config, **{name: None if array is None else array.shape for name, array in inputs.items()})


def check_values(config: AlbertConfig, inputs: Mapping[str, Any], validate: bool | None = None) -> None:
    """Refuse ids out of range and masks of other values than 0 and 1, where the values can be read.

    Args:
        config: uses the sizes of the three embedding tables.
        inputs: the arguments by name.
        validate: see :func:`readable`.

    Raises:
        ValueError: a value is out of range; the message names the argument, the value found and what is allowed.

    Example:
        >>> from albert_docs_pkg.flax.validation import check_values
        >>> check_values(AlbertConfig(vocab_size=100), {"input_ids": np.array([[2, 100, 3]])})
        Traceback (most recent call last):
        ...
        ValueError: input_ids must be between 0 and 99 (vocab_size 100), got 100
    """
    names = (*IDS, "attention_mask")
    check_input_values(config, **{name: readable(inputs.get(name), validate) for name in names})


def check_labels(name: str, labels: Any, count: int, validate: bool | None = None) -> None:
    """Refuse integer labels that are neither a class below ``count`` nor -100, where they can be read.

    Raises:
        ValueError: a label is out of range.

    Example:
        >>> from albert_docs_pkg.flax.validation import check_labels
        >>> check_labels("labels", np.array([0, -100, 7]), count=3)
        Traceback (most recent call last):
        ...
        ValueError: labels must be between 0 and 2, or -100 to be ignored, got 7
    """
    check_label_values(name, readable(labels, validate), count)


def readable(array: Any, validate: bool | None = None) -> np.ndarray | None:
    """Return the values of an array as NumPy has them, ``None`` where they are not to be read.

    Args:
        array: of NumPy or JAX, traced or not, or ``None``.
        validate: ``None`` reads what is in the memory of the host, ``True`` waits for an accelerator as well,
            ``False`` reads nothing. What ``jax.jit`` traces has no values yet.

    Example:
        >>> import jax.numpy as jnp
        >>> from albert_docs_pkg.flax.validation import readable
        >>> readable(jnp.array([1, 2]), validate=True).tolist()
        [1, 2]
        >>> readable(np.array([1, 2]), validate=False) is None
        True
    """
    if array is None or validate is False or isinstance(array, jax.core.Tracer):
        return None
    if isinstance(array, jax.Array):
        on_host = all(device.platform == "cpu" for device in array.devices())
        if not array.is_fully_addressable or not (on_host or validate):
            return None
    return np.asarray(array)
