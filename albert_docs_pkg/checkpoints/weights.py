"""Canonical weights on disk: ``{name: array}`` from safetensors files, whole or in shards, and back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401  (teaches NumPy the name bfloat16, which safetensors asks for)
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from albert_docs_pkg.checkpoints.locate import find_files

WEIGHTS_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


class StoredWeights(Mapping[str, np.ndarray]):
    """The weights of one checkpoint, read from the memory-mapped files one by one as they are asked for.

    Args:
        files: the safetensors files that together hold the weights.

    Raises:
        ValueError: a file is not a whole safetensors file, or two files hold a weight of the same name.

    Example:
        >>> from albert_docs_pkg.checkpoints import load_weights
        >>> weights = load_weights("albert-wordnet-nano")
        >>> weights["albert.embeddings.LayerNorm.weight"].shape
        (128,)
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._stack = ExitStack()
        self._home: dict[str, Any] = {}
        for path in files:
            try:
                handle = self._stack.enter_context(safe_open(path, framework="numpy"))
            except SafetensorError as error:
                raise ValueError(f"{path} is not a whole safetensors file: {error}") from None
            for name in handle.keys():  # noqa: SIM118  (not a mapping: it has no iterator)
                if name in self._home:
                    raise ValueError(f"two files of the checkpoint hold {name!r}; the second is {path}")
                self._home[name] = handle

    def __getitem__(self, name: str) -> np.ndarray:
        return self._home[name].get_tensor(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._home)

    def __len__(self) -> int:
        return len(self._home)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a weight without reading it.

        Example:
            >>> weights.shape("albert.pooler.bias") == weights["albert.pooler.bias"].shape
            True
        """
        return tuple(self._home[name].get_slice(name).get_shape())


def load_weights(name_or_path: str | os.PathLike[str], **location: Any) -> StoredWeights:
    """Open the weights of a bundled checkpoint, a folder or a hub repository.

    Args:
        name_or_path: ``"albert-wordnet-nano"``, a folder, or a hub id.
        **location: as for :func:`albert_docs_pkg.checkpoints.find_files`.

    Raises:
        FileNotFoundError: there is no such checkpoint, or it has no safetensors files, or a shard is missing.
        ValueError: a file is damaged or names something outside its folder.

    Example:
        >>> from albert_docs_pkg.checkpoints import load_weights
        >>> "predictions.bias" in load_weights("albert-wordnet-nano")
        True
    """
    found = find_files(name_or_path, [WEIGHTS_FILE], **location)
    if found:
        return StoredWeights([found[WEIGHTS_FILE]])
    index = find_files(name_or_path, [INDEX_FILE], **location)
    if not index:
        raise FileNotFoundError(f"{os.fspath(name_or_path)!r} has neither {WEIGHTS_FILE} nor {INDEX_FILE}")
    shards = read_index(index[INDEX_FILE])
    files = find_files(name_or_path, shards, **location)
    absent = [name for name in shards if name not in files]
    if absent:
        raise FileNotFoundError(f"{os.fspath(name_or_path)!r} lacks shards that its index names: {', '.join(absent)}")
    return StoredWeights([files[name] for name in shards])


def read_index(path: Path) -> list[str]:
    """Return the shard names of an index file, each checked to be a plain safetensors file name.

    Raises:
        ValueError: the file is not JSON, has no ``weight_map``, or names a path rather than a file.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from albert_docs_pkg.checkpoints.weights import read_index
        >>> index = Path(tempfile.mkdtemp(), "index.json")
        >>> _ = index.write_text('{"weight_map": {"a": "../b.safetensors"}}')
        >>> read_index(index)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ValueError: ...index.json must name files of its own folder that end in .safetensors, got '../b.safetensors'
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not a JSON file: {error}") from None
    weight_map = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(weight_map, dict) or not weight_map:
        raise ValueError(f"{path} has no weight_map that tells which weight is in which file")
    for name in weight_map.values():
        if not isinstance(name, str) or not name.endswith(".safetensors") or Path(name).name != name:
            raise ValueError(f"{path} must name files of its own folder that end in .safetensors, got {name!r}")
    return sorted(set(weight_map.values()))


def write_weights(weights: Mapping[str, np.ndarray], folder: Path, max_shard_size: int | str = "5GB") -> None:
    """Write weights as ``model.safetensors``, or as shards with an index where they exceed ``max_shard_size``.

    Args:
        weights: arrays by canonical name.
        folder: an existing folder, usually that of :func:`albert_docs_pkg.checkpoints.staged_folder`.
        max_shard_size: bytes, or a number with a unit such as ``"200MB"``; a larger single weight has a file of
            its own.

    Raises:
        ValueError: ``max_shard_size`` is no positive size.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.checkpoints.weights import write_weights
        >>> target = Path(tempfile.mkdtemp())
        >>> write_weights({"a": np.zeros(8), "b": np.zeros(8)}, target, max_shard_size=64)
        >>> len(list(target.glob("*.safetensors")))
        2
    """
    limit = _bytes(max_shard_size)
    shards: list[dict[str, np.ndarray]] = [{}]
    filled = 0
    for name, array in weights.items():
        if shards[-1] and filled + array.nbytes > limit:
            shards.append({})
            filled = 0
        shards[-1][name] = array
        filled += array.nbytes
    metadata = {"format": "pt"}
    if len(shards) == 1:
        save_file(shards[0], folder / WEIGHTS_FILE, metadata)
        return
    weight_map = {}
    for number, shard in enumerate(shards, start=1):
        file_name = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        save_file(shard, folder / file_name, metadata)
        weight_map.update(dict.fromkeys(shard, file_name))
    total = sum(array.nbytes for array in weights.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / INDEX_FILE).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def _bytes(size: int | str) -> int:
    number, unit = size, "B"
    if isinstance(size, str):
        text = size.strip().upper()
        unit = text.lstrip("0123456789. ")
        number = text.removesuffix(unit)
    try:
        value = int(float(number) * _UNITS[unit])
    except (KeyError, ValueError):
        value = 0
    if value < 1:
        raise ValueError(f"max_shard_size must be bytes or a size such as '200MB' or '5GB', got {size!r}")
    return value
