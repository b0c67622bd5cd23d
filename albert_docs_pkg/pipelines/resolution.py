"""From what a caller gives (names, folders, model objects, nothing) to a runner and a tokenizer that go together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from albert_docs_pkg.checkpoints import load_weights
from albert_docs_pkg.checkpoints.locate import BUNDLED
from albert_docs_pkg.checkpoints.names import canonical_name
from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.extras import require_extra
from albert_docs_pkg.heads import HEADS
from albert_docs_pkg.pipelines.runners import RUNNERS, Runner, Scores, load_runner

_SPELLINGS = {
    "pt": "pt",
    "pytorch": "pt",
    "torch": "pt",
    "tf": "tf",
    "tensorflow": "tf",
    "flax": "flax",
    "jax": "flax",
}
_EXTRAS = {"tf": ("tensorflow", "tensorflow"), "flax": ("flax", "jax", "flax")}
_POOLER = "albert.pooler.weight"
_PACKAGES = {"pytorch": "pt", "tensorflow": "tf", "flax": "flax"}


def resolve_runner(
    task: str, model: Any, heads: Sequence[str], framework: str | None, scores: Scores, device: Any
) -> Runner:
    """Return a runner for a model object, or for a checkpoint by name, folder or hub id.

    Args:
        task: named in messages.
        model: a model of any framework, a name, or ``None`` for the bundled checkpoint.
        heads: ends of the class names that can do the task; the first is built from a checkpoint.
        framework: ``"pt"``, ``"tf"``, ``"flax"`` or a longer spelling; that of the model object or the first one
            installed when ``None``.
        scores: what of the output is wanted.
        device: where to compute.

    Raises:
        ImportError: the framework is not installed.
        TypeError: ``model`` is neither a name nor a model of this package.
        ValueError: an unknown framework, or a model or checkpoint without the head that the task needs.

    Example:
        >>> from albert_docs_pkg.pipelines.resolution import resolve_runner
        >>> resolve_runner("feature-extraction", None, ["Model"], "pytorch", "states", None).framework
        'pt'
    """
    wanted = None if framework is None else _framework(framework)
    if model is None or isinstance(model, str | os.PathLike):
        kind = wanted or _installed()
        if kind in _EXTRAS:
            require_extra(*_EXTRAS[kind])
        name = BUNDLED if model is None else model
        options = {}
        if heads[0] == "Model":
            # A pooler that the checkpoint lacks would be a new one, whose vectors say nothing.
            options = {"add_pooling_layer": _POOLER in _weight_names(name)}
        else:
            _check_checkpoint(task, name, heads)
        return load_runner(name, heads[0], kind, scores, device, **options)
    kind = _framework_of(model)
    if wanted is not None and wanted != kind:
        raise ValueError(f"framework {framework!r} does not go with a {type(model).__name__}, which is {kind!r}")
    head = _head_of(model)
    if head not in heads and "Model" not in heads:
        allowed = " or ".join(f"{RUNNERS[kind].prefix}Albert{each}" for each in heads)
        raise ValueError(f"{task} needs a model with its head, {allowed}, got {type(model).__name__}")
    return RUNNERS[kind](model, scores, device)


def resolve_tokenizer(tokenizer: Any, model: Any, config: AlbertConfig) -> Any:
    """Return the tokenizer given, loaded from where it is said to be, or from where the model is.

    Args:
        tokenizer: a tokenizer, a name, or ``None`` for that of the checkpoint.
        model: what was given as model.
        config: of the model.

    Raises:
        ValueError: a model object without a tokenizer, or a tokenizer with more pieces than the model.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.pipelines.resolution import resolve_tokenizer
        >>> len(resolve_tokenizer(None, None, AlbertConfig(vocab_size=6000)))
        6000
    """
    if tokenizer is None:
        if model is not None and not isinstance(model, str | os.PathLike):
            raise ValueError(f"tokenizer must be given with a model object, got None beside {type(model).__name__}")
        tokenizer = BUNDLED if model is None else model
    if isinstance(tokenizer, str | os.PathLike):
        from albert_docs_pkg.tokenizers import AlbertTokenizerFast

        tokenizer = AlbertTokenizerFast.from_pretrained(tokenizer)
    if len(tokenizer) > config.vocab_size:
        raise ValueError(
            f"tokenizer and model do not go together: the tokenizer has {len(tokenizer)} pieces, the model "
            f"{config.vocab_size} (vocab_size)"
        )
    return tokenizer


def _framework(name: Any) -> str:
    if name not in _SPELLINGS:
        raise ValueError(f"framework must be one of {', '.join(map(repr, _SPELLINGS))}, got {name!r}")
    return _SPELLINGS[name]


def _installed() -> str:
    for package, kind in (("torch", "pt"), ("tensorflow", "tf"), ("flax", "flax")):
        if find_spec(package) is not None:
            return kind
    raise ImportError("no framework is installed: PyTorch comes with this package, pip install torch brings it back")


def _framework_of(model: Any) -> str:
    for each in type(model).__mro__:
        package, _, rest = each.__module__.partition(".")
        if package == "albert_docs_pkg" and rest.partition(".")[0] in _PACKAGES:
            return _PACKAGES[rest.partition(".")[0]]
    raise TypeError(
        f"model must be the name or folder of a checkpoint or a model of this package, got {type(model).__name__}"
    )


def _head_of(model: Any) -> str:
    for each in type(model).__mro__:
        head = _end_of(each.__name__)
        if head in HEADS or head == "Model":
            return head
    return type(model).__name__


def _end_of(class_name: str) -> str:
    return class_name.removeprefix("TF").removeprefix("Flax").removeprefix("Albert")


def _weight_names(name: str | os.PathLike[str]) -> set[str | None]:
    return {canonical_name(each) for each in load_weights(name)}


def _check_checkpoint(task: str, name: str | os.PathLike[str], heads: Sequence[str]) -> None:
    """Refuse a checkpoint that was trained for something else: its answers would be noise that looks like answers."""
    config = AlbertConfig.from_pretrained(name)
    trained = [head for head in map(_end_of, getattr(config, "architectures", None) or ()) if head in HEADS]
    advice = f"fine-tune a model for {task} and give its folder, or a model object whose head you know to be new"
    if trained and trained[0] not in heads:
        raise ValueError(
            f"{task} needs a model trained for it, got {os.fspath(name)!r}, an Albert{trained[0]}: {advice}"
        )
    spec = HEADS[heads[0]]
    needed = [f"{spec.projection}.weight" if spec.projection else "predictions.dense.weight"]
    needed += [_POOLER] if spec.pooler else []
    present = _weight_names(name)
    missing = [each for each in needed if each not in present]
    if missing:
        raise ValueError(f"{task} needs trained weights that {os.fspath(name)!r} lacks: {', '.join(missing)}; {advice}")
