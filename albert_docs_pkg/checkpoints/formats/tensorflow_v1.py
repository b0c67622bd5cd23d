"""Read the TensorFlow 1 checkpoints of google-research/albert, and TF-Hub modules, with TensorFlow's own reader."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from albert_docs_pkg.checkpoints.names import stored_name
from albert_docs_pkg.checkpoints.stored import StoredArray, check_count, check_declared
from albert_docs_pkg.extras import require_extra

CONFIG_FILE = "albert_config.json"
PUBLISHED_PREFIX = "model.ckpt-best"
MODULE_FOLDER = "variables"
MODULE_PREFIX = "variables"

_MAPPING = "albert.encoder.embedding_hidden_mapping_in"


def find_prefix(folder: Path) -> Path | None:
    """Return what the file names of a folder's checkpoint begin with.

    That is ``model.ckpt-best``, the published one; else the one with the highest step, ``model.ckpt-125000``; else
    ``variables/variables`` of a TF-Hub module. ``None`` where there is none of them.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from albert_docs_pkg.checkpoints.formats import tensorflow_v1
        >>> folder = Path(tempfile.mkdtemp())
        >>> for step in (900, 1000):
        ...     _ = (folder / f"model.ckpt-{step}.index").write_bytes(b"")
        >>> tensorflow_v1.find_prefix(folder).name
        'model.ckpt-1000'
    """
    found = [path.with_suffix("") for path in folder.glob("*.ckpt*.index")]
    if found:
        return max(found, key=lambda prefix: (prefix.name == PUBLISHED_PREFIX, _step(prefix), prefix.name))
    module = folder / MODULE_FOLDER / MODULE_PREFIX
    return module if Path(f"{module}.index").is_file() else None


def data_files(prefix: Path) -> list[Path]:
    """Return the files that hold the values of a checkpoint.

    Raises:
        FileNotFoundError: one of them is missing.

    Example:
        >>> _ = (folder / "model.ckpt-1000.data-00000-of-00001").write_bytes(b"")
        >>> [path.name for path in tensorflow_v1.data_files(folder / "model.ckpt-1000")]
        ['model.ckpt-1000.data-00000-of-00001']
    """
    pattern = re.compile(re.escape(prefix.name) + r"\.data-(\d{5})-of-(\d{5})")
    names = sorted(name for name in os.listdir(prefix.parent) if pattern.fullmatch(name))  # noqa: PTH208  (names only)
    total = int(names[-1][-5:]) if names else 1
    wanted = [f"{prefix.name}.data-{number:05d}-of-{total:05d}" for number in range(total)]
    missing = [name for name in wanted if name not in names]
    if missing:
        shown = ", ".join(missing[:3]) + (" ..." if len(missing) > 3 else "")
        raise FileNotFoundError(f"{prefix}.index needs {shown} beside it")
    return [prefix.parent / name for name in wanted]


def read(prefix: Path) -> dict[str, StoredArray]:
    """Return the variables of a checkpoint by canonical name, without what optimizers keep.

    Args:
        prefix: path of the checkpoint without ``.index``.

    Raises:
        FileNotFoundError: a file of the checkpoint is missing.
        ImportError: TensorFlow is not installed.
        ValueError: a file of the checkpoint is damaged.

    Example:
        >>> tensorflow_v1.read(folder / "model.ckpt-1000")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ValueError: ...model.ckpt-1000.index is not a whole TensorFlow checkpoint: ...
    """
    index = Path(f"{prefix}.index")
    room = sum(path.stat().st_size for path in data_files(prefix))
    require_extra("tensorflow", "tensorflow")
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(os.fspath(prefix))
        shapes = reader.get_variable_to_shape_map()
        dtypes = {name: dtype.name for name, dtype in reader.get_variable_to_dtype_map().items()}
    except Exception as error:  # TensorFlow's own errors, and those of its binding on hostile names
        raise ValueError(f"{index} is not a whole TensorFlow checkpoint: {_reason(error)}") from None
    check_count(index, len(shapes))
    arrays: dict[str, StoredArray] = {}
    for spelling in sorted(shapes):
        name, transposed = stored_name(spelling)
        if name is None:
            continue
        shape = tuple(shapes[spelling])
        dtype = check_declared(index, spelling, shape, dtypes.get(spelling, "unknown"), room)
        if name in arrays:
            raise ValueError(f"{index} has one weight twice: as {arrays[name].spelling!r} and as {spelling!r}")
        fetch = partial(_fetch, index, reader, spelling, shape, transposed)
        arrays[name] = StoredArray(shape[::-1] if transposed else shape, dtype, index, fetch, spelling)
    if not arrays:
        raise ValueError(f"{index} holds no variables that are weights")
    _add_mapping(index, arrays)
    return arrays


def _add_mapping(index: Path, arrays: dict[str, StoredArray]) -> None:
    """Where embeddings are as wide as hidden states, the original leaves out the matrix between them."""
    words = arrays.get("albert.embeddings.word_embeddings.weight")
    dense = next((array for name, array in arrays.items() if name.endswith("attention.query.weight")), None)
    if words is None or dense is None or f"{_MAPPING}.weight" in arrays or words.shape[1:] != dense.shape[1:]:
        return
    width, dtype = words.shape[1], words.dtype
    identity, zeros = partial(np.eye, width, dtype=dtype), partial(np.zeros, width, dtype)
    arrays[f"{_MAPPING}.weight"] = StoredArray((width, width), dtype, index, identity)
    arrays[f"{_MAPPING}.bias"] = StoredArray((width,), dtype, index, zeros)


def _fetch(index: Path, reader: Any, spelling: str, shape: tuple[int, ...], transposed: bool) -> np.ndarray:
    try:
        array = np.asarray(reader.get_tensor(spelling))
    except Exception as error:
        raise ValueError(f"{index}: {spelling!r} cannot be read: {_reason(error)}") from None
    if array.shape != shape:
        raise ValueError(f"{index}: {spelling!r} has shape {array.shape}, declared is {shape}")
    return np.ascontiguousarray(array.T if transposed else array)


def _step(prefix: Path) -> int:
    digits = prefix.name.rsplit("-", 1)[-1]
    return int(digits) if digits.isdecimal() and len(digits) < 19 else -1


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
