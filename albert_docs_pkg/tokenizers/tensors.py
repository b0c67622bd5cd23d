"""Turn lists into the arrays of a framework, which is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

TENSORS = ("pt", "tf", "np", "jax")
_MODULE = {"pt": "torch", "tf": "tensorflow", "np": "numpy", "jax": "jax.numpy"}
_INSTALL = {"pt": "torch", "tf": "'albert-docs-pkg[tensorflow]'", "jax": "'albert-docs-pkg[flax]'", "np": "numpy"}


def check_tensors(kind: object) -> None:
    """Raise ``ValueError`` unless ``kind`` names a framework or is ``None``."""
    if kind is not None and kind not in TENSORS:
        raise ValueError(f"return_tensors must be one of {', '.join(map(repr, TENSORS))} or None, got {kind!r}")


def converter(kind: str) -> Callable[[str, Any], Any]:
    """Return the function that makes a tensor of framework ``kind`` from a column's name and its nested lists.

    Raises:
        ImportError: the framework is not installed; the message says what to install.
        ValueError: no such framework; or, from the function, rows of different lengths or values that are no numbers.

    Example:
        >>> from albert_docs_pkg.tokenizers.tensors import converter
        >>> converter("np")("input_ids", [[2, 3]]).shape
        (1, 2)
    """
    check_tensors(kind)
    try:
        framework = import_module(_MODULE[kind])
    except ImportError as error:
        raise ImportError(
            f"return_tensors={kind!r} needs {_MODULE[kind].split('.')[0]}: pip install {_INSTALL[kind]}"
        ) from error
    make: Callable[[Any], Any] = {
        "pt": lambda array: framework.as_tensor(array, device=framework.get_default_device()),
        "tf": lambda array: framework.constant(array.astype(np.int32) if array.dtype == np.int64 else array),
        "np": lambda array: array,
        "jax": lambda array: framework.asarray(array.astype(np.int32) if array.dtype == np.int64 else array),
    }[kind]
    return lambda name, rows: make(_array(name, rows))


def _array(name: str, rows: Any) -> np.ndarray:
    try:
        array = np.asarray(rows)
    except ValueError:
        lengths = sorted({len(row) for row in rows if hasattr(row, "__len__")})
        raise ValueError(
            f"{name!r} has rows of different lengths ({lengths[0]} to {lengths[-1]}) and cannot become a tensor: "
            "pass padding=True, and truncation=True with max_length for long texts"
        ) from None
    if array.dtype.kind in "OUS":
        raise ValueError(f"{name!r} holds values that are no numbers and cannot become a tensor")
    # A batch of empty rows has no integers to tell the dtype from.
    return array.astype(np.int64) if array.size == 0 else array
