"""Multiple choice: a question and its choices to the choices with scores, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from albert_docs_pkg.pipelines.batching import Row
from albert_docs_pkg.pipelines.options import Options, check_count, check_flag
from albert_docs_pkg.pipelines.sentences import Sentence, encode_sentences
from albert_docs_pkg.pipelines.task_pipeline import Pipeline, best, check_text, softmax


@dataclass(frozen=True, kw_only=True)
class MultipleChoiceOptions(Options):
    """Settings of :class:`~albert_docs_pkg.MultipleChoicePipeline`.

    Args:
        top_k: how many choices to give, best first; ``None`` gives all.
        truncation: cut what is too long for the model, from the longer of question and choice.
        batch_size: most choices that go through the model at once.

    Example:
        >>> from albert_docs_pkg.pipelines import MultipleChoiceOptions
        >>> MultipleChoiceOptions().top_k is None
        True
    """

    top_k: int | None = None
    truncation: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        check_count("top_k", self.top_k, optional=True)
        check_flag("truncation", self.truncation)


@dataclass(frozen=True)
class _Question:
    question: str
    choices: Sequence[str]
    where: str


@dataclass(frozen=True)
class _Choices:
    choices: Sequence[str]
    rows: Sequence[Row]


class MultipleChoicePipeline(Pipeline):
    """Pick the right choice. An input is ``{"question": ..., "choices": [...]}``, with any number of choices from two.

    The answer is a list of ``{"index": int, "choice": str, "score": float}``, best first; the scores of all choices
    of a question sum to 1. Each choice is read as ``[CLS] question [SEP] choice [SEP]``.

    Args:
        model: name or folder of a fine-tuned checkpoint, or a model with a multiple choice head.
        tokenizer: a tokenizer or where to load one from; that of the checkpoint when ``None``.
        framework: ``"pt"``, ``"tf"`` or ``"flax"``.
        device: where to compute; where the model is when ``None``.
        **options: fields of :class:`~albert_docs_pkg.pipelines.MultipleChoiceOptions`, for all calls;
            a call can set them too.

    Raises:
        ValueError: the checkpoint has no trained head for choices.

    Example:
        >>> from albert_docs_pkg import AlbertForMultipleChoice, AlbertTokenizerFast
        >>> from albert_docs_pkg.pipelines import MultipleChoicePipeline
        >>> name = "albert-wordnet-nano"
        >>> model = AlbertForMultipleChoice.from_pretrained(name)
        >>> chooser = MultipleChoicePipeline(model, AlbertTokenizerFast.from_pretrained(name))
        >>> answers = chooser({"question": "a large cat", "choices": ["lion", "river", "idea"]})
        >>> len(answers), round(sum(answer["score"] for answer in answers), 6)
        (3, 1.0)
    """

    task = "multiple-choice"
    heads = ("ForMultipleChoice",)
    scores = "choices"
    options_class = MultipleChoiceOptions

    def __call__(self, inputs: Any, **options: Any) -> Any:
        """Answer one question, a list, or a generator of questions.

        Args:
            inputs: ``{"question": ..., "choices": [...]}``, other keys are ignored; a list; or a generator.
            **options: fields of :class:`~albert_docs_pkg.pipelines.MultipleChoiceOptions`.

        Returns:
            A list of dictionaries for a question, best first. Many inputs give a list of that, a generator
            a generator.

        Raises:
            TypeError: an input that is no dictionary, or an unknown option.
            ValueError: a key is missing, there are fewer than two choices, or a text is empty or too long.

        Example:
            >>> sorted(chooser({"question": "a large cat", "choices": ["lion", "river"]}, top_k=1)[0])
            ['choice', 'index', 'score']
        """
        return super().__call__(inputs, **options)

    def _is_one(self, inputs: Any, options: Any) -> bool:
        return isinstance(inputs, Mapping)

    def _expected(self, options: Any) -> str:
        return "{'question': ..., 'choices': [...]}"

    def _read(self, item: Any, where: str, options: Any) -> _Question:
        if not isinstance(item, Mapping):
            raise TypeError(f"{where} must be {self._expected(options)}, got {type(item).__name__}")
        missing = [key for key in ("question", "choices") if key not in item]
        if missing:
            raise ValueError(f"{where} must have the keys 'question' and 'choices', got {sorted(item)}")
        choices = item["choices"]
        if isinstance(choices, str) or not isinstance(choices, Sequence):
            raise TypeError(f"{where}['choices'] must be a list of strings, got {type(choices).__name__}")
        if len(choices) < 2:
            raise ValueError(f"{where}['choices'] must have at least 2 choices, got {len(choices)}")
        checked = [check_text(choice, f"{where}['choices'][{place}]") for place, choice in enumerate(choices)]
        return _Question(check_text(item["question"], f"{where}['question']"), checked, where)

    def _encode(self, items: list[_Question], options: Any) -> list[_Choices]:
        pairs = [
            Sentence(item.question, choice, f"{item.where} with choice {place}")
            for item in items
            for place, choice in enumerate(item.choices)
        ]
        rows = iter(encode_sentences(self.tokenizer, pairs, self.max_length, options.truncation))
        return [_Choices(item.choices, [next(rows) for _ in item.choices]) for item in items]

    def _answer(self, example: _Choices, results: list[np.ndarray], options: Any) -> list[dict[str, Any]]:
        scores = softmax(np.concatenate(results).astype(np.float64))
        return [
            {"index": int(index), "choice": example.choices[index], "score": float(scores[index])}
            for index in best(scores, options.top_k)
        ]
