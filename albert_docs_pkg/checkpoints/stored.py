"""The weights of a checkpoint as every format's reader gives them: known by name and shape, read when asked for."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import ml_dtypes  # noqa: F401  (teaches NumPy the name bfloat16)
import numpy as np

logger = logging.getLogger(__name__)

WEIGHT_DTYPES = ("float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool")
"""Names of the dtypes that stored weights and index buffers may have."""

_MOST_WEIGHTS = 100_000
_MOST_DIMENSIONS = 8
_CHUNK = 2**20


@dataclass(frozen=True)
class StoredArray:
    """One array of a file.

    Args:
        shape: as the models want it, whichever way round the file has it.
        dtype: as stored.
        path: the file, for messages.
        read: returns the array, freshly made.
        spelling: what the file calls it.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    path: Path
    read: Callable[[], np.ndarray]
    spelling: str = ""


class StoredWeights(Mapping[str, np.ndarray]):
    """The weights of one checkpoint, read from its files one by one as they are asked for.

    Every array is made anew when it is asked for and nothing is kept, so a model can be filled without a second copy
    of the weights in memory. A weight with NaN or infinite values is reported by a warning in the log when it is read.

    Args:
        format: name of the format, one of :data:`~albert_docs_pkg.checkpoints.weights.FORMATS`.
        files: the files that together hold the weights.
        arrays: the arrays in them by name: canonical names, or PyTorch names in any spelling.

    Example:
        >>> from albert_docs_pkg.checkpoints import load_weights
        >>> weights = load_weights("albert-wordnet-nano")
        >>> weights.format, weights["albert.embeddings.LayerNorm.weight"].shape
        ('safetensors', (128,))
    """

    def __init__(self, format: str, files: list[Path], arrays: Mapping[str, StoredArray]) -> None:
        self.format = format
        self.files = files
        self._arrays = arrays

    def __getitem__(self, name: str) -> np.ndarray:
        array = self._arrays[name].read()
        if not is_finite(array):
            logger.warning("%s: the weight %s has NaN or infinite values", self._arrays[name].path, name)
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def is_finite(self, name: str) -> bool:
        """Read a weight and tell whether it is free of NaN and infinite values, without a warning.

        Example:
            >>> weights.is_finite("albert.pooler.bias")
            True
        """
        return is_finite(self._arrays[name].read())

    def __len__(self) -> int:
        return len(self._arrays)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a weight without reading it.

        Example:
            >>> weights.shape("albert.pooler.bias") == weights["albert.pooler.bias"].shape
            True
        """
        return self._arrays[name].shape

    def dtype(self, name: str) -> np.dtype:
        """Return the dtype of a weight without reading it.

        Example:
            >>> weights.dtype("albert.pooler.bias").name
            'float16'
        """
        return self._arrays[name].dtype


def joined(format: str, files: list[Path], parts: list[dict[str, StoredArray]]) -> StoredWeights:
    """Return the weights of several files as one.

    Raises:
        ValueError: two files hold a weight of the same name.

    Example:
        >>> from albert_docs_pkg.checkpoints.stored import joined
        >>> len(joined("safetensors", [], [{}, {}]))
        0
    """
    arrays: dict[str, StoredArray] = {}
    for part in parts:
        for name, array in part.items():
            if name in arrays:
                raise ValueError(
                    f"two files of the checkpoint hold {name!r}: {arrays[name].path} and {array.path}; "
                    f"a weight may be in one of them"
                )
            arrays[name] = array
    return StoredWeights(format, files, arrays)


def check_declared(path: Path, name: str, shape: tuple[int, ...], dtype: str, room: int | None = None) -> np.dtype:
    """Refuse an array that a file of its size cannot hold, before memory is set aside for it.

    Args:
        path: the file.
        name: as the file spells it.
        shape: as the file declares it.
        dtype: name of the dtype that the file declares.
        room: bytes there are for it; the size of the file when absent.

    Returns:
        The dtype.

    Raises:
        ValueError: the dtype is none of a weight, a dimension is negative, or the array is larger than the file.

    Example:
        >>> from pathlib import Path
        >>> from albert_docs_pkg.checkpoints.stored import check_declared
        >>> check_declared(Path("weights.bin"), "a", (2, -1), "float32")
        Traceback (most recent call last):
        ...
        ValueError: weights.bin: the shape of 'a' must be at most 8 numbers from 0 on, got (2, -1)
    """
    if dtype not in WEIGHT_DTYPES:
        raise ValueError(f"{path}: the dtype of {name!r} must be one of {', '.join(WEIGHT_DTYPES)}, got {dtype!r}")
    whole = all(type(size) is int and size >= 0 for size in shape)
    if not whole or len(shape) > _MOST_DIMENSIONS:
        shown = shape if len(shape) <= _MOST_DIMENSIONS else f"{len(shape)} numbers"
        raise ValueError(
            f"{path}: the shape of {name!r} must be at most {_MOST_DIMENSIONS} numbers from 0 on, got {shown}"
        )
    kind = np.dtype(dtype)
    wanted, there = math.prod(shape) * kind.itemsize, path.stat().st_size if room is None else room
    if wanted > there:
        raise ValueError(f"{path}: {name!r} of shape {shape} takes {wanted:,} bytes, there are {there:,}")
    return kind


def check_count(path: Path, count: int) -> None:
    """Refuse a file that declares more arrays than any model has, which would take hours to walk.

    Raises:
        ValueError: more than 100,000.

    Example:
        >>> from albert_docs_pkg.checkpoints.stored import check_count
        >>> check_count(Path("weights.bin"), 32)
    """
    if count > _MOST_WEIGHTS:
        raise ValueError(f"{path} declares {count:,} weights; at most {_MOST_WEIGHTS:,} are read")


def settle_bias(arrays: dict[str, StoredArray]) -> None:
    """Keep one of the two biases that TensorFlow classes have for the masked-token head.

    They compute with the decoder's and train it alone; files that were converted from PyTorch may have zeros there and
    the bias beside it.

    Example:
        >>> from albert_docs_pkg.checkpoints.stored import settle_bias
        >>> settle_bias({})
    """
    decoder = arrays.pop("predictions.decoder.bias", None)
    if decoder is not None and ("predictions.bias" not in arrays or decoder.read().any()):
        arrays["predictions.bias"] = decoder


class ArrayFile:
    """A file in which arrays lie as they lie in memory.

    It stays open as long as somebody may read from it: a file that replaces it meanwhile is another file. It is not
    mapped into memory, because what was read of a mapping is counted to the process beside the arrays.

    Args:
        path: the file.

    Example:
        >>> from albert_docs_pkg.checkpoints.stored import ArrayFile
        >>> file = ArrayFile(weights.files[0])
        >>> file.bytes(8, 2)
        b'{"'
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()

    def bytes(self, offset: int, count: int) -> bytes:
        """Return at most ``count`` bytes, fewer at the end of the file.

        Example:
            >>> file.bytes(file.size, 2)
            b''
        """
        self._file.seek(offset)
        return self._file.read(count)

    def array(self, offset: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Return a new array of the bytes from ``offset`` on.

        Raises:
            ValueError: the file ends before the array does.

        Example:
            >>> import numpy as np
            >>> file.array(9, (1,), np.dtype("S1")).item()
            b'"'
        """
        array = np.empty(shape, dtype)
        target = array.reshape(-1).view(np.uint8).data
        self._file.seek(offset)
        while len(target):
            count = self._file.readinto(target)
            if not count:
                raise ValueError(f"{self.path} ends before the weights that it declares")
            target = target[count:]
        return array


def is_finite(array: np.ndarray) -> bool:
    """Tell whether all values are finite, with little memory beside the array.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.checkpoints.stored import is_finite
        >>> is_finite(np.array([1.0, np.nan]))
        False
    """
    if array.dtype.name not in ("float16", "bfloat16", "float32", "float64"):
        return True
    flat = array.reshape(-1)
    return all(bool(np.isfinite(flat[start : start + _CHUNK]).all()) for start in range(0, flat.size, _CHUNK))
