"""Weights split over files: reading the index that tells which weight is where, and deciding where to split."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def read_index(path: Path, suffix: str = ".safetensors") -> list[str]:
    """Return the shard names of an index file, each checked to be a plain file name of the right kind.

    Args:
        path: the index.
        suffix: ending that the names of shards must have.

    Raises:
        ValueError: the file is not JSON, has no ``weight_map``, or names a path rather than a file.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from albert_docs_pkg.checkpoints.sharding import read_index
        >>> index = Path(tempfile.mkdtemp(), "index.json")
        >>> _ = index.write_text('{"weight_map": {"a": "../b.safetensors"}}')
        >>> read_index(index)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ValueError: ...index.json must name files of its own folder that end in .safetensors, got '../b.safetensors'
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a JSON file: {error}") from None
    weight_map = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(weight_map, dict) or not weight_map:
        raise ValueError(f"{path} has no weight_map that tells which weight is in which file")
    for name in weight_map.values():
        plain = isinstance(name, str) and Path(name).name == name and "\\" not in name and "\0" not in name
        if not plain or not name.endswith(suffix):
            raise ValueError(f"{path} must name files of its own folder that end in {suffix}, got {name!r}")
    return sorted(set(weight_map.values()))


def split(sizes: Mapping[str, int], max_shard_size: int | str) -> list[list[str]]:
    """Return names in groups whose weights together are no larger than a size, except for a single larger weight.

    Args:
        sizes: bytes of each weight by name.
        max_shard_size: bytes, or a number with a unit such as ``"200MB"``.

    Raises:
        ValueError: ``max_shard_size`` is no positive size.

    Example:
        >>> from albert_docs_pkg.checkpoints.sharding import split
        >>> split({"a": 64, "b": 64}, "100B")
        [['a'], ['b']]
    """
    limit = _bytes(max_shard_size)
    shards: list[list[str]] = [[]]
    filled = 0
    for name, size in sizes.items():
        if shards[-1] and filled + size > limit:
            shards.append([])
            filled = 0
        shards[-1].append(name)
        filled += size
    return shards


def _bytes(size: int | str) -> int:
    number, unit = size, "B"
    if isinstance(size, str):
        text = size.strip().upper()
        unit = text.lstrip("0123456789. ")
        number = text.removesuffix(unit)
    try:
        value = int(float(number) * _UNITS[unit])
    except (KeyError, ValueError, OverflowError):
        value = 0
    if value < 1:
        raise ValueError(f"max_shard_size must be bytes or a size such as '200MB' or '5GB', got {size!r}")
    return value
