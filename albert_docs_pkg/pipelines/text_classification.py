"""Text classification: a text, or a pair of texts, to labels with scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from albert_docs_pkg.pipelines.batching import Row
from albert_docs_pkg.pipelines.options import Options, check_choice, check_count, check_flag
from albert_docs_pkg.pipelines.sentences import Sentence, encode_sentences
from albert_docs_pkg.pipelines.task_pipeline import Pipeline, best, check_text, softmax


class _BestAlone:
    """Stands for "the best label alone", which no value that a caller may give means."""

    def __repr__(self) -> str:
        return "the best alone"


_BEST_ALONE = _BestAlone()


@dataclass(frozen=True, kw_only=True)
class TextClassificationOptions(Options):
    """Settings of :class:`~albert_docs_pkg.TextClassificationPipeline`.

    Args:
        top_k: how many labels to give for each text, best first; ``None`` gives all. When absent, the best alone.
        function_to_apply: ``"softmax"``, ``"sigmoid"`` or ``"none"``; when absent softmax for one class of many,
            sigmoid for many labels at once or for a single one, and none for a regression.
        truncation: cut texts that are too long for the model.
        batch_size: most texts that go through the model at once.

    Example:
        >>> from albert_docs_pkg.pipelines import TextClassificationOptions
        >>> TextClassificationOptions(function_to_apply="max")
        Traceback (most recent call last):
        ...
        ValueError: function_to_apply must be one of None, 'softmax', 'sigmoid', 'none', got 'max'
    """

    top_k: Any = _BEST_ALONE
    function_to_apply: str | None = None
    truncation: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        if self.top_k is not _BEST_ALONE:
            check_count("top_k", self.top_k, optional=True)
        check_choice("function_to_apply", self.function_to_apply, (None, "softmax", "sigmoid", "none"))
        check_flag("truncation", self.truncation)


@dataclass(frozen=True)
class _Text:
    rows: Sequence[Row]


class TextClassificationPipeline(Pipeline):
    """Label texts. An input is a string, or ``{"text": ..., "text_pair": ...}`` for a pair.

    The answer is ``{"label": str, "score": float}``, or, where ``top_k`` is given, a list of them, best first. One
    string alone gives a list in either case, as users of such pipelines expect.

    Args:
        model: name or folder of a fine-tuned checkpoint, or a model with a sequence classification head.
        tokenizer: a tokenizer or where to load one from; that of the checkpoint when ``None``.
        framework: ``"pt"``, ``"tf"`` or ``"flax"``.
        device: where to compute; where the model is when ``None``.
        **options: fields of :class:`~albert_docs_pkg.pipelines.TextClassificationOptions`, for all calls;
            a call can set them too.

    Raises:
        ValueError: the checkpoint has no trained classifier.

    Example:
        >>> from albert_docs_pkg import AlbertForSequenceClassification, AlbertTokenizerFast
        >>> from albert_docs_pkg.pipelines import TextClassificationPipeline
        >>> name = "albert-wordnet-nano"
        >>> model = AlbertForSequenceClassification.from_pretrained(name, id2label={0: "animal", 1: "plant"})
        >>> classifier = TextClassificationPipeline(model, AlbertTokenizerFast.from_pretrained(name))
        >>> len(classifier("a tall tree with needles", top_k=None))
        2
        >>> sorted(classifier(["a tall tree", "a small dog"])[1])
        ['label', 'score']
    """

    task = "text-classification"
    heads = ("ForSequenceClassification",)
    scores = "labels"
    options_class = TextClassificationOptions

    def __call__(self, inputs: Any, **options: Any) -> Any:
        """Label one text, a list, or a generator of texts.

        Args:
            inputs: a string, or ``{"text": ..., "text_pair": ...}``; a list; or a generator.
            **options: fields of :class:`~albert_docs_pkg.pipelines.TextClassificationOptions`.

        Returns:
            A dictionary for a text, or with ``top_k`` a list of them. Many inputs give a list of that, a
            generator a generator.

        Raises:
            TypeError: an input that is neither string nor dictionary, or an unknown option.
            ValueError: a text that is empty, or too long while ``truncation`` is off.

        Example:
            >>> [answer["label"] in ("animal", "plant") for answer in classifier(text for text in ["a dog", "a fern"])]
            [True, True]
        """
        answers = super().__call__(inputs, **options)
        return [answers] if isinstance(inputs, str) and isinstance(answers, dict) else answers

    def _is_one(self, inputs: Any, options: Any) -> bool:
        return isinstance(inputs, str | Mapping)

    def _expected(self, options: Any) -> str:
        return "a string or {'text': ..., 'text_pair': ...}"

    def _read(self, item: Any, where: str, options: Any) -> Sentence:
        if not isinstance(item, Mapping):
            return Sentence(check_text(item, where), None, where)
        if "text" not in item:
            raise ValueError(f"{where} must have the key 'text' and may have 'text_pair', got {sorted(item)}")
        pair = item.get("text_pair")
        text = check_text(item["text"], f"{where}['text']")
        return Sentence(text, None if pair is None else check_text(pair, f"{where}['text_pair']"), where)

    def _encode(self, items: list[Sentence], options: Any) -> list[_Text]:
        return [_Text([row]) for row in encode_sentences(self.tokenizer, items, self.max_length, options.truncation)]

    def _answer(self, example: _Text, results: list[np.ndarray], options: Any) -> Any:
        scores = self._applied(results[0].astype(np.float64), options.function_to_apply)
        alone = options.top_k is _BEST_ALONE
        labels = self.runner.config.id2label
        answers = [
            {"label": labels[int(index)], "score": float(scores[index])}
            for index in best(scores, 1 if alone else options.top_k)
        ]
        return answers[0] if alone else answers

    def _applied(self, logits: np.ndarray, function: str | None) -> np.ndarray:
        config = self.runner.config
        if function is None:
            if config.problem_type == "regression":
                function = "none"
            else:
                many = config.problem_type == "multi_label_classification" or config.num_labels == 1
                function = "sigmoid" if many else "softmax"
        if function == "softmax":
            return softmax(logits)
        return 1 / (1 + np.exp(-logits)) if function == "sigmoid" else logits
