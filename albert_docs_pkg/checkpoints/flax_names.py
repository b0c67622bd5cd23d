"""Flax parameter trees and canonical weights: the same values under other names, some of them transposed.

A tree nests as the names do (``albert/encoder/albert_layer_groups/0/...``). Its leaves are called ``kernel`` where the
canonical name has ``weight`` and the matrix is transposed, ``scale`` in a normalisation, ``embedding`` in a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ml_dtypes  # noqa: F401  (teaches NumPy the name bfloat16)
import numpy as np

from albert_docs_pkg.checkpoints.deferred import Deferred, DeferredWeights

_ALIGNMENT = 64
_LEAVES = {"kernel": "weight", "scale": "weight", "embedding": "weight", "bias": "bias"}


def flat_tree(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield path and value of every leaf of a nested mapping, in order.

    Example:
        >>> from albert_docs_pkg.checkpoints.flax_names import flat_tree
        >>> list(flat_tree({"pooler": {"bias": 1}}))
        [(('pooler', 'bias'), 1)]
    """
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from flat_tree(value, (*above, name))
        else:
            yield (*above, name), value


def nested_tree(leaves: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """Return the nested mapping that :func:`flat_tree` takes apart.

    Example:
        >>> from albert_docs_pkg.checkpoints.flax_names import nested_tree
        >>> nested_tree({("pooler", "bias"): 1})
        {'pooler': {'bias': 1}}
    """
    tree: dict[str, Any] = {}
    for path, leaf in leaves.items():
        branch = tree
        for name in path[:-1]:
            branch = branch.setdefault(name, {})
        branch[path[-1]] = leaf
    return tree


def canonical_path(path: tuple[str, ...]) -> str:
    """Return the canonical name of a leaf.

    Raises:
        ValueError: the leaf is none of ``kernel``, ``scale``, ``embedding`` and ``bias``.

    Example:
        >>> from albert_docs_pkg.checkpoints.flax_names import canonical_path
        >>> canonical_path(("albert", "embeddings", "LayerNorm", "scale"))
        'albert.embeddings.LayerNorm.weight'
    """
    if path[-1] not in _LEAVES:
        raise ValueError(f"the leaves of a Flax tree are {', '.join(_LEAVES)}, got {'/'.join(path)!r}")
    return ".".join((*path[:-1], _LEAVES[path[-1]]))


def tree_path(name: str) -> tuple[str, ...]:
    """Return the path of the leaf that has a canonical name, the way back from :func:`canonical_path`.

    Example:
        >>> from albert_docs_pkg.checkpoints.flax_names import tree_path
        >>> tree_path("albert.embeddings.LayerNorm.weight")
        ('albert', 'embeddings', 'LayerNorm', 'scale')
    """
    *path, leaf = name.split(".")
    if leaf == "weight" and path:
        is_norm = path[-1] in ("LayerNorm", "full_layer_layer_norm")
        leaf = "scale" if is_norm else "embedding" if path[-1].endswith("_embeddings") else "kernel"
    return (*path, leaf)


def canonical_shapes(tree: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the canonical shapes, by canonical name, of a tree whose leaves have shapes.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.checkpoints.flax_names import canonical_shapes
        >>> canonical_shapes({"classifier": {"kernel": np.zeros((8, 2))}})
        {'classifier.weight': (2, 8)}
    """
    return {canonical_path(path): _turned(path, tuple(leaf.shape)) for path, leaf in flat_tree(tree)}


def canonical_weights(tree: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the weights of a tree by canonical name; trees of gradients go the same way.

    Args:
        tree: nested mapping whose leaves NumPy understands.

    Example:
        >>> from albert_docs_pkg.checkpoints.flax_names import canonical_weights
        >>> canonical_weights({"classifier": {"kernel": np.zeros((8, 2))}})["classifier.weight"].shape
        (2, 8)
    """
    return {canonical_path(path): _canonical(path, leaf) for path, leaf in flat_tree(tree)}


def deferred_weights(tree: Mapping[str, Any]) -> DeferredWeights:
    """Return the weights of a tree by canonical name, each made when it is asked for.

    Args:
        tree: nested mapping whose leaves NumPy understands.

    Example:
        >>> from albert_docs_pkg.checkpoints.flax_names import deferred_weights
        >>> deferred_weights({"classifier": {"kernel": np.zeros((8, 2))}}).shape("classifier.weight")
        (2, 8)
    """

    def deferred(path: tuple[str, ...], leaf: Any) -> Deferred:
        return Deferred(_turned(path, tuple(leaf.shape)), leaf.dtype.name, lambda: _canonical(path, leaf))

    return DeferredWeights({canonical_path(path): deferred(path, leaf) for path, leaf in flat_tree(tree)})


def leaf_value(path: tuple[str, ...], weight: np.ndarray, dtype: Any) -> np.ndarray:
    """Return a canonical weight as the leaf of a path: the other way round if that is a kernel.

    Args:
        path: of the leaf.
        weight: as checkpoints have it.
        dtype: of the leaf.

    Example:
        >>> from albert_docs_pkg.checkpoints.flax_names import leaf_value
        >>> leaf_value(("classifier", "kernel"), np.zeros((2, 8)), np.float32).shape
        (8, 2)
    """
    shape, size = _turned(path, weight.shape), weight.size * np.dtype(dtype).itemsize
    # JAX takes over memory that begins at such an address, and copies other.
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    leaf = memory[start : start + size].view(dtype).reshape(shape)
    np.copyto(leaf, weight.T if path[-1] == "kernel" else weight, casting="unsafe")
    return leaf


def _canonical(path: tuple[str, ...], leaf: Any) -> np.ndarray:
    return np.ascontiguousarray(np.asarray(leaf).T if path[-1] == "kernel" else leaf)


def _turned(path: tuple[str, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[::-1] if path[-1] == "kernel" else shape
