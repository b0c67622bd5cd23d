"""Rewrite a checkpoint in another format, with its config and its tokenizer; no model is built."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from albert_docs_pkg.checkpoints.architecture import first_names, guess_architecture
from albert_docs_pkg.checkpoints.formats import flax_msgpack, pytorch_bin, safetensors, tensorflow_h5
from albert_docs_pkg.checkpoints.google_config import VOCABULARY_FILE, find_google_file
from albert_docs_pkg.checkpoints.locate import find_files, read_checkpoint
from albert_docs_pkg.checkpoints.names import SHARED_NAMES, canonical_name
from albert_docs_pkg.checkpoints.staging import staged_folder
from albert_docs_pkg.checkpoints.weights import StoredWeights, load_weights
from albert_docs_pkg.configuration import CONFIG_FILE, AlbertConfig

logger = logging.getLogger(__name__)

TOKENIZER_FILES = (
    "spiece.model",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
"""Files of a tokenizer, which go with the weights into a new folder."""

WEIGHT_FILES = (
    "model*.safetensors",
    "model.safetensors.index.json",
    "pytorch_model*.bin",
    "pytorch_model.bin.index.json",
    "tf_model*.h5",
    "tf_model.h5.index.json",
    "flax_model*.msgpack",
    "flax_model.msgpack.index.json",
    "*.ckpt*.index",
    "*.ckpt*.data-*",
)
"""Patterns of all files that weights are found in, so that none of them stays beside weights that replace them."""


@dataclass(frozen=True)
class Conversion:
    """What :func:`convert` did.

    Args:
        folder: what was written.
        files: names of the files in it that were written.
        source_format: format that the weights were read from.
        format: format that they were written in.
        architecture: class name of the PyTorch model that has these weights.
        parameters: number of parameters written, each shared one once.
        left_out: names of the source that are weights of no ALBERT model, and were not written.

    Example:
        >>> from pathlib import Path
        >>> from albert_docs_pkg.checkpoints import Conversion
        >>> Conversion(Path("new"), ["config.json"], "flax", "safetensors", "AlbertModel", 8).left_out
        []
    """

    folder: Path
    files: list[str]
    source_format: str
    format: str
    architecture: str
    parameters: int
    left_out: list[str] = field(default_factory=list)


def convert(
    source: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    to: str = "safetensors",
    *,
    format: str | None = None,
    overwrite: bool = False,
    progress: bool = False,
    **location: Any,
) -> Conversion:
    """Write a checkpoint again in another format.

    The new folder has the weights, ``config.json``, and the files of the tokenizer if the source has any. Either all of
    them appear or none. Values and dtype stay as they are, except that ``tf_model.h5`` has float32 for bfloat16.

    Args:
        source: ``"albert-wordnet-nano"``, a folder in any of :data:`~albert_docs_pkg.checkpoints.weights.FORMATS`, or
            a hub id.
        folder: made when missing.
        to: ``"safetensors"``, ``"pytorch"`` (``pytorch_model.bin``), ``"tensorflow"`` (``tf_model.h5``) or ``"flax"``
            (``flax_model.msgpack``).
        format: read this format of the source and no other; the first in the order of ``FORMATS`` when absent.
        overwrite: write into a folder that has files. Its other weights are removed, the rest of its files stay.
        progress: show a progress bar.
        **location: as for :func:`albert_docs_pkg.checkpoints.find_files`.

    Raises:
        FileExistsError: ``folder`` has files and ``overwrite`` is off.
        FileNotFoundError: there is no such checkpoint, or it has no config or no weights.
        NotADirectoryError: ``folder`` is a file.
        ValueError: ``to`` is unknown, ``folder`` is the source, or a file of the source is damaged.

    Example:
        >>> import tempfile
        >>> from albert_docs_pkg.checkpoints import convert
        >>> folder = tempfile.mkdtemp()
        >>> convert("albert-wordnet-nano", folder, to="flax").files[:2]
        ['config.json', 'flax_model.msgpack']
    """
    if to not in WRITERS:
        raise ValueError(f"to must be one of {', '.join(WRITERS)}, got {to!r}")
    target = Path(folder)
    if target.is_dir() and os.path.realpath(target) == os.path.realpath(source):
        raise ValueError(f"folder must be another one than the source, got {str(target)!r} for both")
    if target.is_dir() and any(target.iterdir()) and not overwrite:
        raise FileExistsError(f"{str(target)!r} has files; overwrite=True (--overwrite) replaces its checkpoint")

    def read(where: dict[str, Any]) -> tuple[AlbertConfig, StoredWeights, dict[str, Path]]:
        config = AlbertConfig.from_pretrained(source, **where)
        return config, load_weights(source, format=format, **where), _tokenizer_files(source, where)

    config, stored, tokenizer_files = read_checkpoint(source, location, read)
    names, left_out = _canonical(stored, config.tie_word_embeddings)
    if left_out:
        logger.warning("%s: no ALBERT model has a place for %s", os.fspath(source), ", ".join(left_out))
    weights = _read(stored, names, progress)
    architecture = guess_architecture(weights, getattr(config, "architectures", None))
    dtype = _common_dtype(weights)
    written = AlbertConfig.from_dict(config.to_dict() | {"architectures": [architecture], "dtype": dtype})
    with staged_folder(target, replaces=WEIGHT_FILES) as staging:
        WRITERS[to](weights, staging, architecture, config.tie_word_embeddings)
        (staging / CONFIG_FILE).write_text(written.to_json(), encoding="utf-8")
        for name, path in tokenizer_files.items():
            shutil.copyfile(path, staging / name)
        files = sorted(path.name for path in staging.iterdir())
    parameters = sum(array.size for array in weights.values())
    return Conversion(target, files, stored.format, to, architecture, parameters, left_out)


def _canonical(stored: StoredWeights, tied: bool) -> tuple[dict[str, str], list[str]]:
    """Return ``{canonical name: name in the file}`` of what is written, and what has no canonical name."""
    names: dict[str, str] = {}
    left_out = []
    for spelling in stored:
        name = canonical_name(spelling)
        if name is None:
            continue
        if name.split(".")[0] not in first_names():
            left_out.append(spelling)
        elif name in names:
            raise ValueError(f"the checkpoint has one weight twice: as {names[name]!r} and as {spelling!r}")
        else:
            names[name] = spelling
    for name, twin in SHARED_NAMES.items():
        if name in names and (tied or name.endswith(".bias")):
            spelling = names.pop(name)
            names.setdefault(twin, spelling)
    return names, left_out


def _read(stored: StoredWeights, names: Mapping[str, str], progress: bool) -> dict[str, np.ndarray]:
    sizes = {
        name: int(np.prod(stored.shape(spelling))) * stored.dtype(spelling).itemsize for name, spelling in names.items()
    }
    weights = {}
    with tqdm(total=sum(sizes.values()), unit="B", unit_scale=True, disable=not progress, desc="reading") as bar:
        for name, spelling in names.items():
            weights[name] = stored[spelling]
            bar.update(sizes[name])
    return weights


def _common_dtype(weights: Mapping[str, np.ndarray]) -> str:
    found = {array.dtype.name for array in weights.values()}
    return found.pop() if len(found) == 1 else "float32"


def _tokenizer_files(source: str | os.PathLike[str], location: dict[str, Any]) -> dict[str, Path]:
    found = find_files(source, TOKENIZER_FILES, **location)
    if "spiece.model" not in found and "tokenizer.json" not in found:
        vocabulary = find_google_file(source, VOCABULARY_FILE, location)
        if vocabulary is not None:
            found["spiece.model"] = vocabulary
    return found


Writer = Callable[[Mapping[str, np.ndarray], Path, str, bool], None]


def _as_pytorch(weights: Mapping[str, np.ndarray], architecture: str) -> dict[str, np.ndarray]:
    """Return the weights under the names that a model of the class has: the bare encoder's have no prefix."""
    if architecture != "AlbertModel":
        return dict(weights)
    return {name.removeprefix("albert."): array for name, array in weights.items()}


def _write_safetensors(weights: Mapping[str, np.ndarray], folder: Path, architecture: str, tied: bool) -> None:
    safetensors.write(_as_pytorch(weights, architecture), folder)


def _write_pytorch(weights: Mapping[str, np.ndarray], folder: Path, architecture: str, tied: bool) -> None:
    named = _as_pytorch(weights, architecture)
    for name, twin in SHARED_NAMES.items():
        if twin in named and "predictions.bias" in named and (tied or name.endswith(".bias")):
            named[name] = named[twin]
    pytorch_bin.write(named, folder)


def _write_tensorflow(weights: Mapping[str, np.ndarray], folder: Path, architecture: str, tied: bool) -> None:
    wide = {
        name: array.astype(np.float32) if array.dtype.name == "bfloat16" else array for name, array in weights.items()
    }
    tensorflow_h5.write(wide, folder, architecture)


def _write_flax(weights: Mapping[str, np.ndarray], folder: Path, architecture: str, tied: bool) -> None:
    flax_msgpack.write(_as_pytorch(weights, architecture), folder)


WRITERS: dict[str, Writer] = {
    "safetensors": _write_safetensors,
    "pytorch": _write_pytorch,
    "tensorflow": _write_tensorflow,
    "flax": _write_flax,
}
"""What writes each format that ``convert`` offers."""
