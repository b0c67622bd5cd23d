"""Read and write ``flax_model.msgpack``, whole or in shards, without Flax: a tree whose leaves are arrays.

A leaf is an extension value of type 1 with three parts inside: shape, name of the dtype, bytes. Walking the tree reads
only what stands before those bytes, so nothing that a file declares is set aside before it was compared with the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgpack
import numpy as np

from albert_docs_pkg.checkpoints.flax_names import nested_tree, tree_path
from albert_docs_pkg.checkpoints.names import stored_name
from albert_docs_pkg.checkpoints.stored import ArrayFile, StoredArray, check_count, check_declared

WEIGHTS_FILE = "flax_model.msgpack"
INDEX_FILE = "flax_model.msgpack.index.json"

_ARRAY = 1
_DEEPEST = 32
_HEAD = 512
_EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_BYTES = {0xC4: 1, 0xC5: 2, 0xC6: 4}


def read(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a file by canonical name.

    Raises:
        ValueError: the file is damaged, or holds anything but nested mappings of arrays.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from albert_docs_pkg.checkpoints.formats import flax_msgpack
        >>> folder = Path(tempfile.mkdtemp())
        >>> flax_msgpack.write({"classifier.weight": np.zeros((2, 8), np.float32)}, folder)
        >>> flax_msgpack.read(folder / "flax_model.msgpack")["classifier.weight"].shape
        (2, 8)
    """
    file = ArrayFile(path)
    arrays: dict[str, StoredArray] = {}
    for place, shape, dtype_name, start, length in _Walk(path, file):
        spelling = "/".join(place)
        dtype = check_declared(path, spelling, shape, dtype_name)
        if length != int(np.prod(shape, dtype=np.int64)) * dtype.itemsize:
            raise ValueError(f"{path}: {spelling} of shape {shape} and dtype {dtype_name} has {length:,} bytes")
        name, transposed = stored_name(spelling)
        name = spelling if name is None else name
        if name in arrays:
            raise ValueError(f"{path} has one weight twice: as {arrays[name].spelling!r} and as {spelling!r}")
        fetch = partial(file.array, start, shape, dtype)
        turned = partial(_turned, fetch) if transposed else fetch
        arrays[name] = StoredArray(shape[::-1] if transposed else shape, dtype, path, turned, spelling)
    if not arrays:
        raise ValueError(f"{path} holds no arrays")
    return arrays


def write(weights: Mapping[str, np.ndarray], folder: Path) -> None:
    """Write ``flax_model.msgpack``.

    Args:
        weights: arrays by canonical name.
        folder: an existing folder.

    Example:
        >>> flax_msgpack.write({"classifier.bias": np.zeros(2, np.float32)}, folder)
        >>> list(flax_msgpack.read(folder / "flax_model.msgpack"))
        ['classifier.bias']
    """
    tree = nested_tree({tree_path(name): name for name in weights})
    with (folder / WEIGHTS_FILE).open("wb") as file:
        _write_tree(tree, weights, file)


def _write_tree(tree: Mapping[str, Any], weights: Mapping[str, np.ndarray], file: io.BufferedWriter) -> None:
    packer = msgpack.Packer()
    file.write(packer.pack_map_header(len(tree)))
    for key, value in tree.items():
        file.write(packer.pack(key))
        if isinstance(value, Mapping):
            _write_tree(value, weights, file)
            continue
        array = weights[value]
        if key == "kernel":
            array = array.T
        parts = (array.shape, array.dtype.name, np.ascontiguousarray(array).tobytes())
        file.write(packer.pack(msgpack.ExtType(_ARRAY, msgpack.packb(parts))))


def _turned(fetch: Any) -> np.ndarray:
    return np.ascontiguousarray(fetch().T)


class _Walk:
    """The leaves of a tree: path, shape, dtype, and where the bytes are."""

    def __init__(self, path: Path, file: ArrayFile) -> None:
        self.path, self.file, self.size = path, file, file.size
        self.seen = 0

    def __iter__(self) -> Iterator[tuple[tuple[str, ...], tuple[int, ...], str, int, int]]:
        try:
            end = yield from self._tree(0, ())
        except (msgpack.UnpackException, msgpack.exceptions.ExtraData, ValueError, TypeError) as error:
            if str(error).startswith(str(self.path)):
                raise
            reason = str(error) or type(error).__name__
            raise ValueError(f"{self.path} is not a whole msgpack file of arrays: {reason}") from None
        if end != self.size:
            raise ValueError(
                f"{self.path} is not a whole msgpack file of arrays: {self.size - end:,} bytes are left over"
            )

    def _tree(self, offset: int, place: tuple[str, ...]) -> Any:
        if len(place) > _DEEPEST:
            raise ValueError(f"mappings are nested more than {_DEEPEST} deep")
        unpacker = self._at(offset)
        count = unpacker.read_map_header()
        offset += unpacker.tell()
        check_count(self.path, self.seen + count)
        for _ in range(count):
            self.seen += 1
            unpacker = self._at(offset)
            key = unpacker.unpack()
            if not isinstance(key, str):
                raise ValueError(f"the keys of mappings must be strings, got {type(key).__name__}")
            offset += unpacker.tell()
            first = self._byte(offset)
            if first & 0xF0 == 0x80 or first in (0xDE, 0xDF):
                offset = yield from self._tree(offset, (*place, key))
            else:
                leaf, offset = self._leaf(offset, first)
                yield ((*place, key), *leaf)
        return offset

    def _leaf(self, offset: int, first: int) -> tuple[tuple[tuple[int, ...], str, int, int], int]:
        """Return shape, dtype and place of an array, and where what follows it begins."""
        if 0xD4 <= first <= 0xD8:
            length, offset = 1 << (first - 0xD4), offset + 1
        elif first in _EXTENSIONS:
            length, offset = self._length(offset, _EXTENSIONS[first])
        else:
            raise ValueError("a leaf must be an array")
        if self._byte(offset) != _ARRAY:
            raise ValueError(f"a leaf must be an array, which is extension type {_ARRAY}, got {self._byte(offset)}")
        start = offset + 1
        end = self._inside(start, length)
        unpacker = self._at(start, min(_HEAD, length))
        if unpacker.read_array_header() != 3:
            raise ValueError("an array must have shape, dtype and bytes")
        shape, dtype = unpacker.unpack(), unpacker.unpack()
        if not isinstance(shape, list) or not isinstance(dtype, str):
            raise ValueError("an array must have shape, dtype and bytes")
        offset = start + unpacker.tell()
        first = self._byte(offset)
        if first not in _BYTES:
            raise ValueError("an array must have shape, dtype and bytes")
        count, offset = self._length(offset, _BYTES[first])
        if self._inside(offset, count) != end:
            raise ValueError(f"an array declares {count:,} bytes where {end - offset:,} are")
        return (tuple(shape), dtype, offset, count), end

    def _at(self, offset: int, length: int = _HEAD) -> msgpack.Unpacker:
        unpacker = msgpack.Unpacker(max_buffer_size=_HEAD)
        unpacker.feed(self.file.bytes(offset, length))
        return unpacker

    def _byte(self, offset: int) -> int:
        found = self.file.bytes(offset, 1)
        if not found:
            raise ValueError("it ends in the middle")
        return found[0]

    def _length(self, offset: int, width: int) -> tuple[int, int]:
        return int.from_bytes(self.file.bytes(offset + 1, width), "big"), offset + 1 + width

    def _inside(self, offset: int, length: int) -> int:
        if offset + length > self.size:
            raise ValueError(f"it declares {length:,} bytes at {offset:,}, the file has {self.size:,}")
        return offset + length
