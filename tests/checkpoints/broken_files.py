"""Small files of every format, whole and then broken: what the tests of readers start from."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

FORMATS = Path(__file__).parents[1] / "fixtures" / "golden" / "formats" / "shared-params"

WHOLE = {
    "safetensors": "safetensors_sharded/model-00001-of-00004.safetensors",
    "pytorch": "pytorch_bin/pytorch_model.bin",
    "tensorflow": "tf_h5/tf_model.h5",
    "flax": "flax_msgpack/flax_model.msgpack",
}
"""A file of each format that is one file, under :data:`FORMATS`."""

NAMES = {
    "safetensors": "model.safetensors",
    "pytorch": "pytorch_model.bin",
    "tensorflow": "tf_model.h5",
    "flax": "flax_model.msgpack",
}
"""What a file of each format is called."""

SUFFIXES = {"safetensors": ".safetensors", "pytorch": ".bin", "tensorflow": ".h5", "flax": ".msgpack"}


def content(format: str) -> bytes:
    """Return the bytes of a whole file."""
    return (FORMATS / WHOLE[format]).read_bytes()


def put(folder: Path, format: str, content: bytes) -> Path:
    """Write a file of a format into a folder."""
    path = folder / NAMES[format]
    path.write_bytes(content)
    return path


def copy_of(folder: str, target: Path) -> Path:
    """Copy a folder of :data:`FORMATS` so that it can be broken."""
    shutil.copytree(
        FORMATS / folder, target, copy_function=lambda source, to: Path(to).write_bytes(Path(source).read_bytes())
    )
    return target


def read_all(folder: Path) -> None:
    """Open the weights of a folder and read every one."""
    from albert_docs_pkg.checkpoints import load_weights

    weights = load_weights(folder)
    for name in weights:
        assert weights[name].shape == weights.shape(name)


def open_files() -> int:
    """Return the number of files that the process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  (a count)
