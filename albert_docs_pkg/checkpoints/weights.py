"""From a checkpoint to its canonical weights, whichever format it is in; and safetensors files back."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from albert_docs_pkg.checkpoints.formats import tensorflow_v1
from albert_docs_pkg.checkpoints.formats.safetensors import INDEX_FILE, WEIGHTS_FILE
from albert_docs_pkg.checkpoints.formats.safetensors import write as write_weights
from albert_docs_pkg.checkpoints.locate import find_files, local_folder, read_checkpoint
from albert_docs_pkg.checkpoints.sharding import read_index
from albert_docs_pkg.checkpoints.stored import StoredArray, StoredWeights, joined

__all__ = [
    "FORMATS",
    "INDEX_FILE",
    "WEIGHTS_FILE",
    "Format",
    "StoredWeights",
    "load_weights",
    "read_index",
    "stored_formats",
    "write_weights",
]


@dataclass(frozen=True)
class Format:
    """A format that weights are stored in.

    Args:
        name: as ``convert --to`` and ``load_weights(format=...)`` call it.
        module: module of ``albert_docs_pkg.checkpoints.formats`` that reads it.
        file: name of the file that holds all weights.
        index: name of the file that says which shard holds which weight, where there are shards.
        suffix: ending of the shards' names.

    Example:
        >>> from albert_docs_pkg.checkpoints import FORMATS
        >>> FORMATS["pytorch"].file, FORMATS["pytorch"].suffix
        ('pytorch_model.bin', '.bin')
    """

    name: str
    module: str
    file: str
    index: str = ""
    suffix: str = ""

    @property
    def reader(self) -> Callable[[Path], dict[str, StoredArray]]:
        """What reads one file of the format.

        Example:
            >>> from albert_docs_pkg.checkpoints import FORMATS
            >>> FORMATS["tensorflow"].reader.__module__
            'albert_docs_pkg.checkpoints.formats.tensorflow_h5'
        """
        return import_module(f"albert_docs_pkg.checkpoints.formats.{self.module}").read


FORMATS = {
    found.name: found
    for found in (
        Format("safetensors", "safetensors", WEIGHTS_FILE, INDEX_FILE, ".safetensors"),
        Format("pytorch", "pytorch_bin", "pytorch_model.bin", "pytorch_model.bin.index.json", ".bin"),
        Format("tensorflow", "tensorflow_h5", "tf_model.h5", "tf_model.h5.index.json", ".h5"),
        Format("flax", "flax_msgpack", "flax_model.msgpack", "flax_model.msgpack.index.json", ".msgpack"),
        Format("tensorflow1", "tensorflow_v1", f"{tensorflow_v1.PUBLISHED_PREFIX}.index"),
    )
}
"""The formats by name, in the order in which a checkpoint is searched for them."""


def load_weights(name_or_path: str | os.PathLike[str], *, format: str | None = None, **location: Any) -> StoredWeights:
    """Open the weights of a bundled checkpoint, a folder or a hub repository, in whichever format they are.

    The first of these that is there is opened, whole files before shards: ``model.safetensors``,
    ``pytorch_model.bin``, ``tf_model.h5``, ``flax_model.msgpack``, a TensorFlow 1 checkpoint of
    google-research/albert, a TF-Hub module.

    Args:
        name_or_path: ``"albert-wordnet-nano"``, a folder, or a hub id.
        format: open this one of :data:`~albert_docs_pkg.checkpoints.weights.FORMATS` and no other.
        **location: as for :func:`albert_docs_pkg.checkpoints.find_files`.

    Raises:
        FileNotFoundError: there is no such checkpoint, or it has no weights, or a shard is missing.
        ImportError: it is a TensorFlow 1 checkpoint and TensorFlow is not installed.
        ValueError: ``format`` is unknown, or a file is damaged or names something outside its folder.

    Example:
        >>> from albert_docs_pkg.checkpoints import load_weights
        >>> "predictions.bias" in load_weights("albert-wordnet-nano")
        True
    """
    if format is not None and format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {format!r}")

    def open_found(where: dict[str, Any]) -> StoredWeights:
        return _open(name_or_path, format, where)

    return read_checkpoint(name_or_path, location, open_found)


def _open(name_or_path: str | os.PathLike[str], format: str | None, location: dict[str, Any]) -> StoredWeights:
    tried = list(FORMATS) if format is None else [format]
    for name in tried:
        parts = _parts(name_or_path, FORMATS[name], location)
        if parts:
            files = [Path(f"{parts[0]}.index"), *tensorflow_v1.data_files(parts[0])] if name == "tensorflow1" else parts
            return joined(name, files, [FORMATS[name].reader(path) for path in parts])
    wanted = ", ".join(FORMATS[name].file for name in tried)
    raise FileNotFoundError(
        f"{os.fspath(name_or_path)!r} has no weights: looked for {wanted}" + ("" if format else ", and their shards")
    )


def stored_formats(name_or_path: str | os.PathLike[str], **location: Any) -> list[str]:
    """Return the names of the formats that a checkpoint is stored in, without opening the files.

    Args:
        name_or_path: ``"albert-wordnet-nano"``, a folder, or a hub id, whose files are fetched.
        **location: as for :func:`albert_docs_pkg.checkpoints.find_files`.

    Raises:
        FileNotFoundError: there is no such checkpoint.

    Example:
        >>> from albert_docs_pkg.checkpoints import stored_formats
        >>> stored_formats("albert-wordnet-nano")
        ['safetensors']
    """
    found = []
    for each in FORMATS.values():
        files = [name for name in (each.file, each.index) if name]
        is_local_v1 = each.name == "tensorflow1" and _local_prefix(name_or_path, location) is not None
        if is_local_v1 or find_files(name_or_path, files, **location):
            found.append(each.name)
    return found


def _parts(name_or_path: str | os.PathLike[str], wanted: Format, location: dict[str, Any]) -> list[Path]:
    """Return what a reader takes, once for each file: the path, or the prefix of a TensorFlow 1 checkpoint."""
    if wanted.name == "tensorflow1":
        prefix = _local_prefix(name_or_path, location) or _hub_prefix(name_or_path, location)
        return [] if prefix is None else [prefix]
    found = find_files(name_or_path, [wanted.file], **location)
    if found:
        return [found[wanted.file]]
    index = find_files(name_or_path, [wanted.index], **location)
    if not index:
        return []
    shards = read_index(index[wanted.index], wanted.suffix)
    files = find_files(name_or_path, shards, **location)
    absent = [name for name in shards if name not in files]
    if absent:
        raise FileNotFoundError(f"{os.fspath(name_or_path)!r} lacks shards that its index names: {', '.join(absent)}")
    return [files[name] for name in shards]


def _local_prefix(name_or_path: str | os.PathLike[str], location: dict[str, Any]) -> Path | None:
    folder = local_folder(name_or_path)
    return None if folder is None else tensorflow_v1.find_prefix(folder / location.get("subfolder", ""))


def _hub_prefix(name_or_path: str | os.PathLike[str], location: dict[str, Any]) -> Path | None:
    if local_folder(name_or_path) is not None:
        return None
    prefix = tensorflow_v1.PUBLISHED_PREFIX
    index = find_files(name_or_path, [f"{prefix}.index"], **location)
    if not index:
        return None
    # The files of one commit lie in one folder of the cache.
    find_files(name_or_path, [f"{prefix}.data-00000-of-00001"], **location)
    return index[f"{prefix}.index"].with_suffix("")
