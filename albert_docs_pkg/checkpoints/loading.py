"""What building a model from a checkpoint, and writing one, takes in every framework: no framework is imported here."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from albert_docs_pkg.checkpoints.deferred import DeferredWeights
from albert_docs_pkg.checkpoints.locate import LOCATION_ARGUMENTS, read_checkpoint
from albert_docs_pkg.checkpoints.names import SHARED_NAMES, match_names
from albert_docs_pkg.checkpoints.sizes import check_growth
from albert_docs_pkg.checkpoints.staging import staged_folder
from albert_docs_pkg.checkpoints.weights import INDEX_FILE, StoredWeights, load_weights, write_weights
from albert_docs_pkg.configuration import CONFIG_FILE, AlbertConfig

Shape = tuple[int, ...]

WEIGHT_FILES = ("model*.safetensors", INDEX_FILE)
"""Patterns of the weight files that a save replaces, so that no shards of an older one stay."""

FLOATING = ("float16", "bfloat16", "float32", "float64")
"""Names of the dtypes that a model can be loaded in."""

# Keywords that ask for a file of another framework elsewhere. Here each format is loaded without being asked for.
_OTHER_FORMATS = ("from_pt", "from_tf", "from_flax")


@dataclass(frozen=True)
class Fit:
    """Which weights of a checkpoint fill which of a model, and what is left on either side.

    Args:
        sources: ``{name in the model: name in the file}`` of what is to be loaded.
        missing_keys: names of the model that the file has nothing for.
        unexpected_keys: names of the file that the model has no place for.
        mismatched_keys: name, shape in the file and shape in the model of weights that do not fit.
    """

    sources: dict[str, str]
    missing_keys: list[str] = field(default_factory=list)
    unexpected_keys: list[str] = field(default_factory=list)
    mismatched_keys: list[tuple[str, Shape, Shape]] = field(default_factory=list)

    @property
    def info(self) -> dict[str, Any]:
        """What ``output_loading_info=True`` returns.

        Example:
            >>> from albert_docs_pkg.checkpoints.loading import Fit
            >>> Fit({}, ["classifier.bias"]).info["missing_keys"]
            ['classifier.bias']
        """
        return {
            "missing_keys": self.missing_keys,
            "unexpected_keys": self.unexpected_keys,
            "mismatched_keys": self.mismatched_keys,
        }

    @property
    def new(self) -> list[str]:
        """Names of the weights that start from initial values.

        Example:
            >>> Fit({}, ["classifier.bias"]).new
            ['classifier.bias']
        """
        return self.missing_keys + [name for name, _, _ in self.mismatched_keys]


def open_checkpoint(
    name_or_path: str | os.PathLike[str], config: AlbertConfig | None, keywords: Mapping[str, Any]
) -> tuple[AlbertConfig, StoredWeights]:
    """Return the config, with changes, and the weights of a checkpoint.

    Args:
        name_or_path: ``"albert-wordnet-nano"``, a folder, or a hub id.
        config: used instead of the checkpoint's ``config.json``.
        keywords: what ``from_pretrained`` got beyond its own arguments: arguments of
            :func:`albert_docs_pkg.checkpoints.find_files`, and fields of the config to replace.

    Raises:
        FileNotFoundError: there is no such checkpoint, or it has no weights.
        TypeError: a keyword is neither, or ``name_or_path`` or ``config`` is of a wrong type.
        ValueError: a file is damaged, or the config contradicts the weights and makes a model many times their size.

    Example:
        >>> from albert_docs_pkg.checkpoints.loading import open_checkpoint
        >>> open_checkpoint("albert-wordnet-nano", None, {"num_labels": 5})[0].num_labels
        5
    """
    if not isinstance(name_or_path, str | os.PathLike):
        raise TypeError(f"name_or_path must be a name, a path or a hub id, got {name_or_path!r}")
    if config is not None and not isinstance(config, AlbertConfig):
        raise TypeError(f"config must be an AlbertConfig or None, got {config!r}")
    location = {key: value for key, value in keywords.items() if key in LOCATION_ARGUMENTS}
    changes = {key: value for key, value in keywords.items() if key not in (*location, *_OTHER_FORMATS)}

    def read(where: dict[str, Any]) -> tuple[AlbertConfig, StoredWeights]:
        found = AlbertConfig.from_pretrained(name_or_path, **where) if config is None else config
        changed, weights = _changed(found, changes), load_weights(name_or_path, **where)
        check_growth(changed.to_dict(), weights)
        return changed, weights

    return read_checkpoint(name_or_path, location, read)


def fit_weights(
    weights: StoredWeights, expected: Mapping[str, Shape], *, tied: bool, ignore_mismatched_sizes: bool = False
) -> Fit:
    """Match the weights of a checkpoint with those of a model by name, then by shape.

    Args:
        weights: the checkpoint's.
        expected: shapes of the model's weights under their canonical names.
        tied: the model uses its token embeddings as output matrix.
        ignore_mismatched_sizes: leave out weights whose shape differs instead of raising.

    Raises:
        ValueError: weights of another shape, all listed.

    Example:
        >>> from albert_docs_pkg.checkpoints import load_weights
        >>> from albert_docs_pkg.checkpoints.loading import fit_weights
        >>> fit = fit_weights(load_weights("albert-wordnet-nano"), {"classifier.bias": (2,)}, tied=True)
        >>> fit.sources, fit.new
        ({}, ['classifier.bias'])
    """
    match = match_names(weights, expected, tied=tied)
    mismatched = [
        (name, weights.shape(source), tuple(expected[name]))
        for name, source in match.found.items()
        if weights.shape(source) != tuple(expected[name])
    ]
    if mismatched and not ignore_mismatched_sizes:
        lines = [f"  {name}: {found} in the checkpoint, {wanted} in the model" for name, found, wanted in mismatched]
        raise ValueError(
            "the checkpoint has weights of other shapes (ignore_mismatched_sizes=True initialises them):\n"
            + "\n".join(lines)
        )
    wrong = {name for name, _, _ in mismatched}
    # Loading a weight takes copies of it: those of the largest are gone before much else is in memory.
    order = sorted(match.found, key=lambda name: -math.prod(expected[name]))
    sources = {name: match.found[name] for name in order if name not in wrong}
    return Fit(sources, match.missing, match.unexpected, mismatched)


def report(logger: logging.Logger, model: str, checkpoint: str | os.PathLike[str], fit: Fit) -> None:
    """Log what did not fit: a warning where weights are new, information where weights were left over.

    Args:
        logger: that of the module which loads.
        model: name of the model's class.
        checkpoint: its name or path.
        fit: what :func:`fit_weights` returned.

    Example:
        >>> import logging
        >>> from albert_docs_pkg.checkpoints.loading import report
        >>> report(logging.getLogger("nobody"), "AlbertModel", "folder", Fit({}))
    """
    if fit.new:
        logger.warning(
            "%s from %s: these weights are new and not trained yet: %s",
            model,
            os.fspath(checkpoint),
            ", ".join(fit.new),
        )
    if fit.unexpected_keys:
        left = ", ".join(fit.unexpected_keys)
        logger.info("%s has no place for these weights of %s: %s", model, os.fspath(checkpoint), left)


def stored_dtype(weights: StoredWeights) -> str:
    """Return the name of the dtype that ``dtype="auto"`` asks for: the floating one that most stored values have.

    Raises:
        ValueError: no weight has a floating dtype.

    Example:
        >>> from albert_docs_pkg.checkpoints.loading import stored_dtype
        >>> from albert_docs_pkg.checkpoints import load_weights
        >>> stored_dtype(load_weights("albert-wordnet-nano"))
        'float16'
    """
    values: dict[str, int] = {}
    for name in weights:
        dtype = weights.dtype(name).name
        if dtype in FLOATING:
            values[dtype] = values.get(dtype, 0) + math.prod(weights.shape(name))
    if not values:
        raise ValueError(f"dtype='auto' needs a checkpoint with weights of {', '.join(FLOATING)}; this one has none")
    return max(values, key=lambda dtype: values[dtype])


def no_such_device(device: Any, allowed: str, present: Iterable[str]) -> ValueError:
    """Return the error for a device that is none, or that this machine does not have.

    Args:
        device: what was asked for.
        allowed: the ways to say a device.
        present: names of the devices there are.

    Example:
        >>> from albert_docs_pkg.checkpoints.loading import no_such_device
        >>> no_such_device("gpu", "a device's name", ["cpu"])
        ValueError("device must be a device's name, got 'gpu'; this machine has cpu")
    """
    return ValueError(f"device must be {allowed}, got {device!r}; this machine has {', '.join(present)}")


def write_checkpoint(
    folder: str | os.PathLike[str],
    config: AlbertConfig,
    weights: Mapping[str, np.ndarray],
    *,
    architecture: str,
    dtype: str,
    max_shard_size: int | str = "5GB",
) -> None:
    """Write ``config.json`` and ``model.safetensors`` (or shards and their index); a crash leaves older files whole.

    Args:
        folder: made when missing.
        config: written with ``architecture`` and ``dtype``.
        weights: arrays by canonical name; those that are the same as others are left out, as on the hub. Of
            ``DeferredWeights`` one is in memory at a time.
        architecture: class name of the PyTorch model with these weights, such as ``"AlbertForMaskedLM"``, whichever
            framework writes: it names the head, and one folder serves all frameworks.
        dtype: name of the weights' dtype.
        max_shard_size: bytes, or a size such as ``"200MB"``.

    Raises:
        NotADirectoryError: ``folder`` is a file.
        ValueError: ``max_shard_size`` is no size.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.checkpoints.loading import write_checkpoint
        >>> weights = {"albert.pooler.bias": np.zeros(4096)}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_checkpoint(folder, AlbertConfig(), weights, architecture="AlbertModel", dtype="float64")
        ...     AlbertConfig.from_pretrained(folder).architectures
        ['AlbertModel']
    """
    skipped = {name for name in SHARED_NAMES if config.tie_word_embeddings or name.endswith(".bias")}
    if isinstance(weights, DeferredWeights):
        kept: Mapping[str, np.ndarray] = weights.without(skipped)
    else:
        kept = {name: array for name, array in weights.items() if name not in skipped}
    written = AlbertConfig.from_dict(config.to_dict() | {"architectures": [architecture], "dtype": dtype})
    with staged_folder(folder, replaces=WEIGHT_FILES) as staging:
        write_weights(kept, staging, max_shard_size)
        (staging / CONFIG_FILE).write_text(written.to_json(), encoding="utf-8")


def vocabulary_size(
    current: int, new: int | None, pad_to_multiple_of: int | None = None, pad_token_id: int | None = None
) -> int:
    """Return the number of pieces that ``resize_token_embeddings`` is asked for.

    Args:
        current: number of pieces now, which is meant when ``new`` is absent.
        new: number of pieces wanted.
        pad_to_multiple_of: round the number up to a multiple of this.
        pad_token_id: a piece that must stay.

    Raises:
        ValueError: a number below 1, or one that would cut off the padding piece.

    Example:
        >>> from albert_docs_pkg.checkpoints.loading import vocabulary_size
        >>> vocabulary_size(100, 101, pad_to_multiple_of=8)
        104
    """
    count = current if new is None else new
    if pad_to_multiple_of is not None:
        if pad_to_multiple_of < 1:
            raise ValueError(f"pad_to_multiple_of must be at least 1, got {pad_to_multiple_of}")
        count = -(-count // pad_to_multiple_of) * pad_to_multiple_of
    lowest = 1 if pad_token_id is None else pad_token_id + 1
    if count < lowest:
        raise ValueError(f"new_num_tokens must be at least {lowest}, got {count}")
    return count


def _changed(config: AlbertConfig, changes: Mapping[str, Any]) -> AlbertConfig:
    """Return a copy of ``config`` with some fields replaced; a name that is no field is refused."""
    unknown = [name for name in changes if not hasattr(config, name) or callable(getattr(config, name))]
    unknown = [name for name in unknown if name not in ("id2label", "label2id")]
    if unknown:
        raise TypeError(f"from_pretrained got keywords that are no fields of the config: {', '.join(unknown)}")
    fields = config.to_dict() | {"attn_implementation": config.attn_implementation}
    return AlbertConfig.from_dict(fields, **changes)
