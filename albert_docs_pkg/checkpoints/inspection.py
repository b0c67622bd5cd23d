"""Say what a checkpoint is and what is wrong with it, also of one that nothing can be loaded from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np

from albert_docs_pkg.checkpoints.architecture import first_names, guess_architecture
from albert_docs_pkg.checkpoints.conversion import TOKENIZER_FILES
from albert_docs_pkg.checkpoints.google_config import VOCABULARY_FILE, find_google_file
from albert_docs_pkg.checkpoints.locate import find_files
from albert_docs_pkg.checkpoints.names import SHARED_NAMES, canonical_name
from albert_docs_pkg.checkpoints.sizes import size_conflicts
from albert_docs_pkg.checkpoints.weights import StoredWeights, load_weights, stored_formats
from albert_docs_pkg.configuration import AlbertConfig

_FAILURES = (OSError, ValueError, TypeError, ImportError)
"""What loading raises; anything else is a fault of this package."""


@dataclass(frozen=True)
class Inspection:
    """What :func:`inspect_checkpoint` found.

    Args:
        source: name or path of the checkpoint.
        formats: formats that it is stored in.
        format: the one that was read, ``None`` when none could be.
        files: names and sizes in bytes of the files that were read.
        architecture: class name of the PyTorch model with these weights.
        parameters: number of parameters, each shared one once.
        dtypes: number of parameters by dtype.
        weights: canonical name (or that of the file, for what no model has), shape and dtype of each weight.
        config: the fields of the config, ``None`` when it could not be read.
        tokenizer_files: names of the files of a tokenizer.
        problems: what keeps the checkpoint from being loaded or used, in sentences.
        notes: what is worth knowing and does no harm.

    Example:
        >>> from albert_docs_pkg.checkpoints import Inspection
        >>> print(Inspection("folder", problems=["there is none"]))
        folder
          tokenizer     none
          problem       there is none
          1 problem(s)
    """

    source: str
    formats: list[str] = field(default_factory=list)
    format: str | None = None
    files: dict[str, int] = field(default_factory=dict)
    architecture: str | None = None
    parameters: int = 0
    dtypes: dict[str, int] = field(default_factory=dict)
    weights: list[tuple[str, tuple[int, ...], str]] = field(default_factory=list)
    config: dict[str, Any] | None = None
    tokenizer_files: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON.

        Example:
            >>> from albert_docs_pkg.checkpoints import Inspection
            >>> Inspection("folder").to_dict()["problems"]
            []
        """
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def inspect_checkpoint(
    source: str | os.PathLike[str], *, format: str | None = None, values: bool = True, **location: Any
) -> Inspection:
    """Describe a checkpoint: format, weights, config, tokenizer, and problems, if any.

    Nothing is raised for a damaged checkpoint: what is wrong is among the problems.

    Args:
        source: ``"albert-wordnet-nano"``, a folder, or a hub id.
        format: look at this one of :data:`~albert_docs_pkg.checkpoints.weights.FORMATS`; otherwise at the one that
            ``from_pretrained`` would take.
        values: read all weights and look for NaN and infinite values.
        **location: as for :func:`albert_docs_pkg.checkpoints.find_files`.

    Example:
        >>> from albert_docs_pkg.checkpoints import inspect_checkpoint
        >>> found = inspect_checkpoint("albert-wordnet-nano")
        >>> found.format, found.architecture, found.problems
        ('safetensors', 'AlbertForPreTraining', [])
        >>> inspect_checkpoint("no/such/folder").problems  # doctest: +ELLIPSIS
        ["'no/such/folder' is neither ..."]
    """
    found = _Finder(os.fspath(source), format, location)
    formats: list[str] = found.get(lambda: stored_formats(source, **location)) or []
    if found.problems:
        return Inspection(found.source, problems=found.problems)
    config: AlbertConfig | None = found.get(lambda: AlbertConfig.from_pretrained(source, **location))
    weights: StoredWeights | None = found.get(lambda: load_weights(source, format=format, **location))
    tokenizer_files = found.tokenizer()
    if weights is None:
        fields = None if config is None else config.to_dict()
        return Inspection(
            found.source, formats, config=fields, tokenizer_files=tokenizer_files, problems=found.problems
        )
    listed, dtypes, architecture = found.weights(weights, config)
    if config is not None:
        found.compare(weights, config, architecture)
    if values:
        found.values(weights)
    return Inspection(
        source=found.source,
        formats=formats,
        format=weights.format,
        files={path.name: path.stat().st_size for path in weights.files if path.is_file()},
        architecture=architecture,
        parameters=sum(dtypes.values()),
        dtypes=dtypes,
        weights=listed,
        config=None if config is None else config.to_dict(),
        tokenizer_files=tokenizer_files,
        problems=found.problems,
        notes=found.notes,
    )


class _Finder:
    """Collects problems while it looks."""

    def __init__(self, source: str, format: str | None, location: dict[str, Any]) -> None:
        self.source, self.format, self.location = source, format, location
        self.problems: list[str] = []
        self.notes: list[str] = []

    def get(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except _FAILURES as error:
            self.problems.append(str(error) or type(error).__name__)
            return None

    def tokenizer(self) -> list[str]:
        names = self.get(lambda: list(find_files(self.source, TOKENIZER_FILES, **self.location))) or []
        if "spiece.model" not in names and "tokenizer.json" not in names:
            google = self.get(lambda: find_google_file(self.source, VOCABULARY_FILE, self.location))
            if google is None:
                self.notes.append("there is no tokenizer: neither spiece.model nor tokenizer.json")
                return names
            names.append(google.name)
        from albert_docs_pkg.tokenizers import AlbertTokenizer

        self.get(lambda: AlbertTokenizer.from_pretrained(self.source, **self.location))
        return names

    def weights(
        self, weights: StoredWeights, config: AlbertConfig | None
    ) -> tuple[list[tuple[str, tuple[int, ...], str]], dict[str, int], str]:
        listed, dtypes = [], dict[str, int]()
        names: dict[str, str] = {}
        for spelling in weights:
            name = canonical_name(spelling)
            if name is None:
                self.notes.append(f"{spelling} is a buffer of older versions and is not read")
                continue
            if name in names:
                self.problems.append(f"the checkpoint has one weight twice: as {names[name]!r} and as {spelling!r}")
            names[name] = spelling
            shape, dtype = weights.shape(spelling), weights.dtype(spelling).name
            listed.append((name, shape, dtype))
            tied = config is None or config.tie_word_embeddings
            is_copy = (
                name in SHARED_NAMES
                and (tied or name.endswith(".bias"))
                and SHARED_NAMES[name] in map(canonical_name, weights)
            )
            if not is_copy:
                dtypes[dtype] = dtypes.get(dtype, 0) + int(np.prod(shape, dtype=np.int64))
            if name.split(".")[0] not in first_names():
                self.notes.append(f"no ALBERT model has a place for {spelling}")
        return listed, dtypes, guess_architecture(names, getattr(config, "architectures", None))

    def compare(self, weights: StoredWeights, config: AlbertConfig, architecture: str) -> None:
        """Compare with the model that the config makes, which is built without memory for its weights."""
        conflicts = size_conflicts(config.to_dict(), weights)
        if conflicts:
            self.problems += [f"the config and the weights disagree: {line}" for line in conflicts]
            return
        import torch

        import albert_docs_pkg
        from albert_docs_pkg.checkpoints.loading import fit_weights

        with torch.device("meta"):
            model = getattr(albert_docs_pkg, architecture)(config)
        expected = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
        fit = self.get(
            lambda: fit_weights(weights, expected, tied=config.tie_word_embeddings, ignore_mismatched_sizes=True)
        )
        if fit is None:
            return
        self.problems += [f"{architecture} needs {name}, which is missing" for name in fit.missing_keys]
        self.problems += [
            f"{name} has shape {shape} in the checkpoint, {wanted} in {architecture}"
            for name, shape, wanted in fit.mismatched_keys
        ]

    def values(self, weights: StoredWeights) -> None:
        for name in weights:
            if self.get(partial(weights.is_finite, name)) is False:
                self.problems.append(f"the weight {name} has NaN or infinite values")


def _lines(found: Inspection) -> list[str]:
    lines = [found.source]
    if found.format is not None:
        also = [name for name in found.formats if name != found.format]
        lines.append(f"  format        {found.format}" + (f" (also there: {', '.join(also)})" if also else ""))
        lines += [f"  file          {name}, {size:,} bytes" for name, size in found.files.items()]
        lines.append(f"  model         {found.architecture}")
        by_dtype = ", ".join(f"{count:,} {dtype}" for dtype, count in found.dtypes.items())
        lines.append(f"  parameters    {found.parameters:,} ({by_dtype})")
    if found.config is not None:
        shown = ("vocab_size", "embedding_size", "hidden_size", "num_hidden_layers", "num_attention_heads")
        lines.append("  config        " + ", ".join(f"{name} {found.config[name]}" for name in shown))
    lines.append("  tokenizer     " + (", ".join(found.tokenizer_files) or "none"))
    if found.weights:
        width = max(len(name) for name, _, _ in found.weights)
        lines.append("  weights")
        lines += [
            f"    {name:<{width}}  {dtype:<8}  {' x '.join(map(str, shape))}" for name, shape, dtype in found.weights
        ]
    lines += [f"  note          {note}" for note in found.notes]
    lines += [f"  problem       {problem}" for problem in found.problems]
    lines.append("  no problems" if not found.problems else f"  {len(found.problems)} problem(s)")
    return lines
