"""What the pipelines of all tasks share: reading inputs, running batches, answers in the order of the inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import chain
from typing import Any, ClassVar, Protocol

import numpy as np

from albert_docs_pkg.pipelines.batching import WINDOW_BATCHES, Row, run_rows
from albert_docs_pkg.pipelines.options import Options
from albert_docs_pkg.pipelines.resolution import resolve_runner, resolve_tokenizer
from albert_docs_pkg.pipelines.runners import Runner, Scores


class Example(Protocol):
    """One input after the tokenizer: its rows, and whatever a task needs to make its answer."""

    @property
    def rows(self) -> Sequence[Row]:
        """The sequences that go through the model."""


class Pipeline(ABC):
    """Base of the pipelines; not to be built itself.

    Args:
        model: name, folder or hub id of a checkpoint, or a model of any framework; the bundled checkpoint when
            ``None``.
        tokenizer: a tokenizer or where to load one from; that of the checkpoint when ``None``.
        framework: ``"pt"``, ``"tf"`` or ``"flax"``; that of the model, else the first one installed, when ``None``.
        device: where to compute; where the model is when ``None``.
        **options: what calls are to use unless they say otherwise.

    Example:
        >>> from albert_docs_pkg.pipelines import FillMaskPipeline, Pipeline
        >>> issubclass(FillMaskPipeline, Pipeline)
        True
    """

    task: ClassVar[str]
    heads: ClassVar[tuple[str, ...]]
    scores: ClassVar[Scores]
    options_class: ClassVar[type[Options]] = Options

    def __init__(
        self,
        model: Any = None,
        tokenizer: Any = None,
        *,
        framework: str | None = None,
        device: Any = None,
        **options: Any,
    ) -> None:
        self._defaults: dict[str, Any] = {}
        self._defaults = self._known(options)
        self._settings(self._defaults)
        self.runner = resolve_runner(self.task, model, self.heads, framework, self.scores, device)
        self.tokenizer = resolve_tokenizer(tokenizer, model, self.runner.config)
        self._check(self._settings(self._defaults))

    @property
    def model(self) -> Any:
        """The model, of whichever framework.

        Example:
            >>> filler = FillMaskPipeline()
            >>> type(filler.model).__name__
            'AlbertForMaskedLM'
        """
        return self.runner.model

    @property
    def framework(self) -> str:
        """The framework that computes, one of ``"pt"``, ``"tf"`` and ``"flax"``.

        Example:
            >>> filler.framework
            'pt'
        """
        return self.runner.framework

    @property
    def max_length(self) -> int:
        """Most tokens of a row, special tokens included.

        Example:
            >>> filler.max_length
            128
        """
        return min(self.runner.config.max_position_embeddings, self.tokenizer.model_max_length)

    def __call__(self, inputs: Any, **options: Any) -> Any:
        """Answer one input, a list of them, or a generator of them.

        Args:
            inputs: one input of the task (see the class); a list or another collection; or an iterator, which is read
                a few batches ahead of the answers.
            **options: settings of the task; see the class.

        Returns:
            One answer, a list of answers in the order of the inputs, or an iterator of answers.

        Raises:
            TypeError: an input of another kind, or an option that the task does not have.
            ValueError: an input without text, one that is too long for the model, or an option out of range.

        Example:
            >>> len(filler(["a [MASK] of water", "[MASK] is a colour"], batch_size=2))
            2
        """
        settings = self._settings(self._defaults | self._known(options))
        self._check(settings)
        if self._is_one(inputs, settings):
            return next(self._answers([self._read(inputs, "the input", settings)], settings))
        if not isinstance(inputs, Iterable) or isinstance(inputs, str | bytes | Mapping):
            raise TypeError(f"inputs must be {self._expected(settings)}, or many of them, got {type(inputs).__name__}")
        items = (self._read(item, f"inputs[{index}]", settings) for index, item in enumerate(inputs))
        if hasattr(inputs, "__len__"):
            return list(self._answers(list(items), settings))
        return self._answers(items, settings)

    # ------------------------------------------------------------------------------------------- what a task fills in

    def _check(self, options: Any) -> None:  # noqa: B027  (most tasks have nothing to check)
        """Refuse settings that do not go with the model or the tokenizer."""

    def _runner_for(self, options: Any) -> Runner:
        """Return the runner of a call."""
        return self.runner

    @abstractmethod
    def _is_one(self, inputs: Any, options: Any) -> bool:
        """Tell one input from many."""

    @abstractmethod
    def _expected(self, options: Any) -> str:
        """Say what one input is."""

    @abstractmethod
    def _read(self, item: Any, where: str, options: Any) -> Any:
        """Check one input and return it in the form that :meth:`_encode` takes."""

    @abstractmethod
    def _encode(self, items: list[Any], options: Any) -> Sequence[Any]:
        """Turn inputs into examples with rows."""

    def _reduce(self, example: Any, scores: np.ndarray, options: Any) -> Any:
        """Keep of a row's scores what the answer needs; many rows wait for their answers at a time."""
        return scores

    @abstractmethod
    def _answer(self, example: Any, results: list[Any], options: Any) -> Any:
        """Make the answer from what :meth:`_reduce` kept of each row."""

    # ----------------------------------------------------------------------------------------------------- how it runs

    def _answers(self, items: Iterable[Any], options: Any) -> Iterator[Any]:
        size = options.batch_size * WINDOW_BATCHES
        for window, error in _windows_until_error(items, size):
            examples = self._encode(window, options)
            rows = [row for example in examples for row in example.rows]
            owners = list(chain.from_iterable([place] * len(example.rows) for place, example in enumerate(examples)))
            results: list[Any] = [None] * len(rows)
            for index, scores in run_rows(rows, self._runner_for(options), options.batch_size):
                results[index] = self._reduce(examples[owners[index]], scores, options)
            first = 0
            for example in examples:
                last = first + len(example.rows)
                yield self._answer(example, results[first:last], options)
                first = last
            if error is not None:
                raise error

    def _known(self, options: Mapping[str, Any]) -> dict[str, Any]:
        names = [field.name for field in fields(self.options_class)]
        for name in options:
            if name not in names:
                raise TypeError(f"{self.task} has no option {name!r}; it has {', '.join(names)}")
        return dict(options)

    def _settings(self, options: Mapping[str, Any]) -> Any:
        return self.options_class(**options)


def check_text(text: Any, where: str) -> str:
    """Return ``text`` if it is one and says something.

    Raises:
        TypeError: it is no string.
        ValueError: it is empty or white space.

    Example:
        >>> from albert_docs_pkg.pipelines.task_pipeline import check_text
        >>> check_text("", "inputs[3]")
        Traceback (most recent call last):
        ...
        ValueError: inputs[3] must have some text, got ''
    """
    if not isinstance(text, str):
        raise TypeError(f"{where} must be a string, got {type(text).__name__}")
    if not text.strip():
        raise ValueError(f"{where} must have some text, got {text!r}")
    return text


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities along the last axis.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.pipelines.task_pipeline import softmax
        >>> softmax(np.array([0.0, 0.0])).tolist()
        [0.5, 0.5]
    """
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def best(scores: np.ndarray, count: int | None) -> np.ndarray:
    """Return the indices of the ``count`` highest of a vector of scores, highest first; of all when ``None``.

    Example:
        >>> from albert_docs_pkg.pipelines.task_pipeline import best
        >>> best(np.array([0.1, 0.7, 0.2]), 2).tolist()
        [1, 2]
    """
    if count is None or count >= len(scores):
        return np.argsort(-scores, kind="stable")
    # Equal scores at the border: the lower index wins, as in a full stable sort.
    border = np.partition(scores, -count)[-count]
    found = np.flatnonzero(scores >= border)
    return found[np.argsort(-scores[found], kind="stable")][:count]


def _windows_until_error(items: Iterable[Any], size: int) -> Iterator[tuple[list[Any], Exception | None]]:
    """Cut into windows; what was read before a bad item is still answered, then its error is raised."""
    iterator = iter(items)
    while True:
        window: list[Any] = []
        error: Exception | None = None
        try:
            for item in iterator:
                window.append(item)
                if len(window) == size:
                    break
        except Exception as caught:
            error = caught
        if not window and error is None:
            return
        yield window, error
        if error is not None or len(window) < size:
            return
