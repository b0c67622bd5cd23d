"""Weights that are made one by one when they are asked for, so that a model is written without a second copy of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import ml_dtypes  # noqa: F401  (teaches NumPy the name bfloat16)
import numpy as np


class Deferred(NamedTuple):
    """One weight.

    Args:
        shape: of the array.
        dtype: name of its dtype.
        make: returns the array.
    """

    shape: tuple[int, ...]
    dtype: str
    make: Callable[[], np.ndarray]


class DeferredWeights(Mapping[str, np.ndarray]):
    """A mapping from names to arrays that keeps none of them.

    Args:
        weights: what the mapping makes, by name.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.checkpoints.deferred import Deferred, DeferredWeights
        >>> weights = DeferredWeights({"a": Deferred((2, 3), "float32", lambda: np.ones((2, 3), np.float32))})
        >>> weights["a"].sum()
        np.float32(6.0)
    """

    def __init__(self, weights: Mapping[str, Deferred]) -> None:
        self._weights = weights

    def __getitem__(self, name: str) -> np.ndarray:
        return self._weights[name].make()

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a weight without making it.

        Example:
            >>> weights.shape("a")
            (2, 3)
        """
        return tuple(self._weights[name].shape)

    def dtype(self, name: str) -> np.dtype:
        """Return the dtype of a weight without making it.

        Example:
            >>> weights.dtype("a")
            dtype('float32')
        """
        return np.dtype(self._weights[name].dtype)

    def without(self, names: set[str]) -> DeferredWeights:
        """Return the mapping without some names.

        Example:
            >>> len(weights.without({"a"}))
            0
        """
        return DeferredWeights({name: weight for name, weight in self._weights.items() if name not in names})
