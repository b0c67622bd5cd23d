"""Feature extraction: a text to the encoder's vectors, one per token or one for the whole text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from albert_docs_pkg.pipelines.batching import Row
from albert_docs_pkg.pipelines.options import Options, check_choice, check_flag
from albert_docs_pkg.pipelines.runners import Runner
from albert_docs_pkg.pipelines.sentences import Sentence, encode_sentences
from albert_docs_pkg.pipelines.task_pipeline import Pipeline, check_text


@dataclass(frozen=True, kw_only=True)
class FeatureExtractionOptions(Options):
    """Settings of :class:`~albert_docs_pkg.FeatureExtractionPipeline`.

    Args:
        pooling: ``"none"`` for a vector of every token, ``"mean"`` for the mean over the tokens between ``[CLS]`` and
            the last ``[SEP]``, ``"first"`` for the state of ``[CLS]``, ``"pooler"`` for the pooler's output.
        return_tensors: ``"np"`` gives float32 arrays, ``None`` lists of Python floats.
        truncation: cut texts that are too long for the model.
        batch_size: most texts that go through the model at once.

    Example:
        >>> from albert_docs_pkg.pipelines import FeatureExtractionOptions
        >>> FeatureExtractionOptions(pooling="max")
        Traceback (most recent call last):
        ...
        ValueError: pooling must be one of 'none', 'mean', 'first', 'pooler', got 'max'
    """

    pooling: str = "none"
    return_tensors: str | None = None
    truncation: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        check_choice("pooling", self.pooling, ("none", "mean", "first", "pooler"))
        check_choice("return_tensors", self.return_tensors, (None, "np"))
        check_flag("truncation", self.truncation)


@dataclass(frozen=True)
class _Text:
    rows: Sequence[Row]


class FeatureExtractionPipeline(Pipeline):
    """Turn texts into vectors. An input is a string.

    Without pooling the answer has the shape (1, tokens, hidden_size), special tokens included; with pooling
    (hidden_size,).

    Args:
        model: name or folder of any checkpoint, or any model; the bundled checkpoint when ``None``.
        tokenizer: a tokenizer or where to load one from; that of the checkpoint when ``None``.
        framework: ``"pt"``, ``"tf"`` or ``"flax"``.
        device: where to compute; where the model is when ``None``.
        **options: fields of :class:`~albert_docs_pkg.pipelines.FeatureExtractionOptions`, for all calls;
            a call can set them too.

    Example:
        >>> from albert_docs_pkg.pipelines import FeatureExtractionPipeline
        >>> encoder = FeatureExtractionPipeline(pooling="mean", return_tensors="np")
        >>> dog, wolf, idea = encoder(["a small dog", "a large wolf", "an abstract idea"])
        >>> dog.shape
        (160,)
    """

    task = "feature-extraction"
    heads = ("Model",)
    scores = "states"
    options_class = FeatureExtractionOptions

    def __call__(self, inputs: Any, **options: Any) -> Any:
        """Turn one text, a list, or a generator of texts into vectors.

        Args:
            inputs: a string; a list; or a generator.
            **options: fields of :class:`~albert_docs_pkg.pipelines.FeatureExtractionOptions`.

        Returns:
            Nested lists of floats, or an array, for a text. Many inputs give a list of that, a generator a
            generator.

        Raises:
            TypeError: an input that is no string, or an unknown option.
            ValueError: a text that is empty, or too long while ``truncation`` is off; or ``pooling="pooler"`` with a
                model that has no pooler.

        Example:
            >>> len(encoder("a small dog", pooling="first", return_tensors=None))
            160
        """
        return super().__call__(inputs, **options)

    def _check(self, options: Any) -> None:
        if options.pooling == "pooler" and not self.runner.has_pooler:
            raise ValueError(
                f"pooling='pooler' needs a model with a pooler, got {type(self.model).__name__} without one"
            )

    def _runner_for(self, options: Any) -> Runner:
        return self.runner.reading("pooled") if options.pooling == "pooler" else self.runner

    def _is_one(self, inputs: Any, options: Any) -> bool:
        return isinstance(inputs, str)

    def _expected(self, options: Any) -> str:
        return "a string"

    def _read(self, item: Any, where: str, options: Any) -> Sentence:
        return Sentence(check_text(item, where), None, where)

    def _encode(self, items: list[Sentence], options: Any) -> list[_Text]:
        return [_Text([row]) for row in encode_sentences(self.tokenizer, items, self.max_length, options.truncation)]

    def _reduce(self, example: _Text, scores: np.ndarray, options: Any) -> np.ndarray:
        if options.pooling == "none":
            return scores[None].copy()
        if options.pooling == "mean":
            return scores[1:-1].mean(axis=0)
        return scores[0].copy() if options.pooling == "first" else scores

    def _answer(self, example: _Text, results: list[np.ndarray], options: Any) -> Any:
        return results[0] if options.return_tensors == "np" else results[0].tolist()
