"""Read and write ``model.safetensors``, whole or in shards."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401  (teaches NumPy the name bfloat16)
import numpy as np
from safetensors import SafetensorError, safe_open

from albert_docs_pkg.checkpoints.deferred import DeferredWeights
from albert_docs_pkg.checkpoints.names import stored_name
from albert_docs_pkg.checkpoints.sharding import split
from albert_docs_pkg.checkpoints.stored import ArrayFile, StoredArray, StoredWeights, check_count, settle_bias

WEIGHTS_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"

_DTYPES = {
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
    "I8": "int8",
    "U8": "uint8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
    "BOOL": "bool",
}
_KINDS = {dtype: kind for kind, dtype in _DTYPES.items()}


def read(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a file; the library has checked its header, the arrays are read when they are asked for.

    Files that TensorFlow or Flax classes wrote have the names and the layout of those frameworks, and are read too.

    Raises:
        ValueError: the file is not a whole safetensors file, or has weights of a dtype that models do not have.

    Example:
        >>> from albert_docs_pkg.checkpoints import find_files
        >>> from albert_docs_pkg.checkpoints.formats import safetensors
        >>> file = find_files("albert-wordnet-nano", ["model.safetensors"])["model.safetensors"]
        >>> safetensors.read(file)["albert.embeddings.LayerNorm.bias"].shape
        (128,)
    """
    file = ArrayFile(path)
    try:
        with safe_open(path, framework="numpy"):
            pass
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file: {error}") from None
    size = int.from_bytes(file.bytes(0, 8), "little")
    header: dict[str, Any] = json.loads(file.bytes(8, size))
    header.pop("__metadata__", None)
    check_count(path, len(header))
    arrays: dict[str, StoredArray] = {}
    for spelling, entry in header.items():
        if entry["dtype"] not in _DTYPES:
            raise ValueError(
                f"{path}: the dtype of {spelling!r} must be one of {', '.join(_DTYPES)}, got {entry['dtype']!r}"
            )
        array = _array(path, file, spelling, entry, 8 + size)
        name, _ = stored_name(spelling)
        # Names of TensorFlow and Flax say which way round a matrix is; PyTorch's are left as they are spelled.
        arrays[name if name is not None and _is_foreign(spelling) else spelling] = array
    if any("/" in spelling for spelling in header):
        settle_bias(arrays)
    return arrays


def write(weights: Mapping[str, np.ndarray], folder: Path, max_shard_size: int | str = "5GB") -> None:
    """Write ``model.safetensors``, or shards with an index where the weights exceed ``max_shard_size``.

    Args:
        weights: arrays by canonical name. Of a mapping that makes them when they are asked for, one is in memory at a
            time.
        folder: an existing folder, usually that of :func:`albert_docs_pkg.checkpoints.staged_folder`.
        max_shard_size: bytes, or a number with a unit such as ``"200MB"``; a larger single weight has a file of
            its own.

    Raises:
        ValueError: ``max_shard_size`` is no positive size.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> target = Path(tempfile.mkdtemp())
        >>> safetensors.write({"a": np.zeros(8), "b": np.zeros(8)}, target, max_shard_size=64)
        >>> len(list(target.glob("*.safetensors")))
        2
    """
    facts = {name: _facts(weights, name) for name in weights}
    shards = split({name: size for name, (_, _, size) in facts.items()}, max_shard_size)
    if len(shards) == 1:
        _write_file(folder / WEIGHTS_FILE, weights, facts)
        return
    weight_map = {}
    for number, shard in enumerate(shards, start=1):
        file_name = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        _write_file(folder / file_name, weights, {name: facts[name] for name in shard})
        weight_map.update(dict.fromkeys(shard, file_name))
    total = sum(size for _, _, size in facts.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / INDEX_FILE).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def _facts(weights: Mapping[str, np.ndarray], name: str) -> tuple[tuple[int, ...], np.dtype, int]:
    """Return shape, dtype and bytes of a weight; mappings that make arrays when asked know them without."""
    if isinstance(weights, DeferredWeights | StoredWeights):
        shape, dtype = weights.shape(name), weights.dtype(name)
    else:
        shape, dtype = weights[name].shape, weights[name].dtype
    return shape, dtype, math.prod(shape) * dtype.itemsize


def _write_file(
    path: Path, weights: Mapping[str, np.ndarray], facts: Mapping[str, tuple[tuple[int, ...], np.dtype, int]]
) -> None:
    """Write one file as the library would; its own function takes all arrays at once, this one array after array."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    order = sorted(facts, key=lambda name: (-facts[name][1].itemsize, name))
    end = 0
    for name in order:
        shape, dtype, size = facts[name]
        if dtype.name not in _KINDS:
            raise ValueError(f"the dtype of a weight must be one of {', '.join(_KINDS)}, got {dtype} for {name!r}")
        header[name] = {"dtype": _KINDS[dtype.name], "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            array = np.asarray(weights[name], order="C")
            if array.shape != facts[name][0] or array.dtype != facts[name][1]:
                raise ValueError(f"{name!r} must be {facts[name][1]} {facts[name][0]}, got {array.dtype} {array.shape}")
            if array.size:
                file.write(array.reshape(-1).view(np.uint8).data)


def _array(path: Path, file: ArrayFile, spelling: str, entry: dict[str, Any], start: int) -> StoredArray:
    shape, dtype = tuple(entry["shape"]), np.dtype(_DTYPES[entry["dtype"]])
    read = partial(file.array, start + entry["data_offsets"][0], shape, dtype)
    if stored_name(spelling).transposed:
        return StoredArray(shape[::-1], dtype, path, lambda: np.ascontiguousarray(read().T), spelling)
    return StoredArray(shape, dtype, path, read, spelling)


def _is_foreign(spelling: str) -> bool:
    return "/" in spelling or spelling.endswith((".kernel", ".scale", ".embedding"))
