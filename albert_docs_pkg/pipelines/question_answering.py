"""Question answering: the span of a context that answers a question, however long the context is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from albert_docs_pkg.pipelines.batching import Row
from albert_docs_pkg.pipelines.options import Options, check_count, check_flag
from albert_docs_pkg.pipelines.spans import strided, trimmed, whole_characters, whole_words
from albert_docs_pkg.pipelines.task_pipeline import Pipeline, best, check_text


@dataclass(frozen=True, kw_only=True)
class QuestionAnsweringOptions(Options):
    """Settings of :class:`~albert_docs_pkg.QuestionAnsweringPipeline`.

    Args:
        top_k: how many answers to give; with more than 1 the answer is a list, best first.
        doc_stride: tokens that neighbouring windows of a long context share. No answer of up to that many tokens is
            cut by a window. When absent 128, or half of the room for the context where that is less.
        max_answer_len: most tokens of an answer.
        max_seq_len: most tokens of a window with its question; 384 or what the model takes when absent.
        max_question_len: most tokens of a question; the rest of it is cut.
        handle_impossible_answer: let ``""`` compete, the answer "the context does not say", for models trained so.
        align_to_words: widen answers to whole words.
        normalize: scores are probabilities, that of the start times that of the end, added up over the spans of
            tokens that show the same characters; otherwise the logarithm of the same before it is normalised, which
            for one span is the sum of the model's two scores.
        batch_size: most windows that go through the model at once.

    Example:
        >>> from albert_docs_pkg.pipelines import QuestionAnsweringOptions
        >>> QuestionAnsweringOptions(top_k=0)
        Traceback (most recent call last):
        ...
        ValueError: top_k must be a whole number of at least 1, got 0
    """

    top_k: int = 1
    doc_stride: int | None = None
    max_answer_len: int = 15
    max_seq_len: int | None = None
    max_question_len: int = 64
    handle_impossible_answer: bool = False
    align_to_words: bool = True
    normalize: bool = True

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        check_count("top_k", self.top_k)
        check_count("doc_stride", self.doc_stride, least=0, optional=True)
        check_count("max_answer_len", self.max_answer_len)
        check_count("max_seq_len", self.max_seq_len, least=5, optional=True)
        check_count("max_question_len", self.max_question_len)
        for name in ("handle_impossible_answer", "align_to_words", "normalize"):
            check_flag(name, getattr(self, name))


@dataclass(frozen=True)
class _Question:
    question: str
    context: str
    where: str


@dataclass(frozen=True)
class _Windows:
    """A context cut into windows: where each starts among its tokens, and the characters of each token."""

    context: str
    offsets: Sequence[tuple[int, int]]
    starts: Sequence[int]
    prefix: int
    rows: Sequence[Row]


class QuestionAnsweringPipeline(Pipeline):
    """Find answers. An input is ``{"question": ..., "context": ...}``, other keys are ignored.

    The answer is ``{"score": float, "start": int, "end": int, "answer": str}``, where
    ``context[start:end] == answer``; with ``top_k`` above 1 a list of them, best first. A long context is read in
    windows that overlap, and answers of all windows compete on one scale.

    Args:
        model: name or folder of a fine-tuned checkpoint, or a model with a question answering head.
        tokenizer: a tokenizer or where to load one from; that of the checkpoint when ``None``.
        framework: ``"pt"``, ``"tf"`` or ``"flax"``.
        device: where to compute; where the model is when ``None``.
        **options: fields of :class:`~albert_docs_pkg.pipelines.QuestionAnsweringOptions`, for all calls;
            a call can set them too.

    Raises:
        ValueError: the checkpoint has no trained head for answers.

    Example:
        >>> from albert_docs_pkg import AlbertForQuestionAnswering, AlbertTokenizerFast
        >>> from albert_docs_pkg.pipelines import QuestionAnsweringPipeline
        >>> name = "albert-wordnet-nano"
        >>> model = AlbertForQuestionAnswering.from_pretrained(name)
        >>> reader = QuestionAnsweringPipeline(model, AlbertTokenizerFast.from_pretrained(name))
        >>> context = "lion: a large cat. river: a large stream of water."
        >>> found = reader(question="what is a lion?", context=context)
        >>> context[found["start"]:found["end"]] == found["answer"]
        True
    """

    task = "question-answering"
    heads = ("ForQuestionAnswering",)
    scores = "spans"
    options_class = QuestionAnsweringOptions

    def __call__(self, inputs: Any = None, *, question: Any = None, context: Any = None, **options: Any) -> Any:
        """Answer one question, a list, or a generator of questions.

        Args:
            inputs: ``{"question": ..., "context": ...}``; a list; or a generator.
            question: instead of ``inputs``: a question, or a list of questions.
            context: with ``question``: a context for all questions, or one for each.
            **options: fields of :class:`~albert_docs_pkg.pipelines.QuestionAnsweringOptions`.

        Returns:
            A dictionary for a question, or with ``top_k`` above 1 a list of them. Many inputs give a list
            of that, a generator a generator.

        Raises:
            TypeError: an input that is no dictionary, or an unknown option.
            ValueError: a key is missing, a text is empty, or the windows have no room to move on.

        Example:
            >>> len(reader({"question": "what is a river?", "context": context}, top_k=3))
            3
        """
        if inputs is None:
            inputs = _paired(question, context)
        elif question is not None or context is not None:
            raise ValueError("give either inputs, or question and context, got both")
        return super().__call__(inputs, **options)

    def _is_one(self, inputs: Any, options: Any) -> bool:
        return isinstance(inputs, Mapping)

    def _expected(self, options: Any) -> str:
        return "{'question': ..., 'context': ...}"

    def _read(self, item: Any, where: str, options: Any) -> _Question:
        if not isinstance(item, Mapping):
            raise TypeError(f"{where} must be {self._expected(options)}, got {type(item).__name__}")
        if "question" not in item or "context" not in item:
            raise ValueError(f"{where} must have the keys 'question' and 'context', got {sorted(item)}")
        question = check_text(item["question"], f"{where}['question']")
        return _Question(question, check_text(item["context"], f"{where}['context']"), where)

    def _encode(self, items: list[_Question], options: Any) -> list[_Windows]:
        questions = self.tokenizer([item.question for item in items], add_special_tokens=False)["input_ids"]
        contexts = self.tokenizer(
            [item.context for item in items], add_special_tokens=False, return_offsets_mapping=True
        )
        return [
            self._windows(item, question[: options.max_question_len], ids, offsets, options)
            for item, question, ids, offsets in zip(
                items, questions, contexts["input_ids"], contexts["offset_mapping"], strict=True
            )
        ]

    def _windows(
        self, item: _Question, question: list[int], ids: list[int], offsets: list[tuple[int, int]], options: Any
    ) -> _Windows:
        longest = min(options.max_seq_len or 384, self.max_length)
        room = longest - len(question) - self.tokenizer.num_special_tokens_to_add(pair=True)
        overlap = min(128, room // 2) if options.doc_stride is None else options.doc_stride
        if not ids:
            raise ValueError(
                f"{item.where}['context'] must have some text, got {item.context!r}, which leaves no token"
            )
        if len(ids) > room and (room < 1 or overlap >= room):
            raise ValueError(
                f"doc_stride must be below the {room} tokens that a window of {longest} has for the context of "
                f"{item.where} beside its question of {len(question)}, got {overlap}"
            )
        cls, sep = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        head = [cls, *question, sep]
        parts = list(strided(len(ids), room, overlap))
        rows = [Row([*head, *ids[part], sep], [0] * len(head) + [1] * (part.stop - part.start + 1)) for part in parts]
        return _Windows(item.context, offsets, [part.start for part in parts], len(head), rows)

    def _answer(self, example: _Windows, results: list[np.ndarray], options: Any) -> Any:
        windows = [scores.astype(np.float64) for scores in results]
        bodies = [scores[example.prefix : -1] for scores in windows]
        # Where no window has the answer every one of them says so: the least of their scores speaks for the context.
        null = min((scores[0] for scores in windows), key=lambda pair: pair.sum())
        scale = self._log_total(example, bodies, null) if options.normalize else 0.0
        answers = self._spans(example, bodies, options)
        if options.handle_impossible_answer:
            answers.append({"score": float(null.sum()), "start": 0, "end": 0, "answer": ""})
            answers.sort(key=lambda answer: -answer["score"])
        for answer in answers:
            score = answer["score"] - scale
            answer["score"] = float(np.exp(score)) if options.normalize else score
        return answers[0] if options.top_k == 1 else answers[: options.top_k]

    @staticmethod
    def _log_total(example: _Windows, bodies: Sequence[np.ndarray], null: np.ndarray) -> float:
        """Return the logarithm of what all starts, times all ends, sum to; a token in two windows counts once."""
        highest = np.full((len(example.offsets), 2), -np.inf)
        for start, body in zip(example.starts, bodies, strict=True):
            part = highest[start : start + len(body)]
            np.maximum(part, body, out=part)
        every = np.concatenate([null[None], highest])
        peak = every.max(axis=0)
        return float((np.log(np.exp(every - peak).sum(axis=0)) + peak).sum())

    @staticmethod
    def _spans(example: _Windows, bodies: Sequence[np.ndarray], options: Any) -> list[dict[str, Any]]:
        """Return the best answers of all windows with raw scores; spans that show the same characters are one."""
        count = len(example.offsets)
        # scores[extra, first] is that of the tokens first to first + extra, from the window that likes it best.
        scores = np.full((min(options.max_answer_len, max(map(len, bodies))), count), -np.inf)
        for start, body in zip(example.starts, bodies, strict=True):
            for extra in range(min(len(scores), len(body))):
                part = scores[extra, start : start + len(body) - extra]
                np.maximum(part, body[: len(body) - extra, 0] + body[extra:, 1], out=part)
        more, first = np.nonzero(np.isfinite(scores))
        begins, ends = _edges(example.context, example.offsets, options.align_to_words)
        begin, end, score = begins[first], ends[first + more], scores[more, first]
        shown = begin < end
        if shown.any():
            begin, end, score = begin[shown], end[shown], score[shown]
        keys, places = np.unique(np.stack([begin, end]), axis=1, return_inverse=True)
        peak = score.max()
        with np.errstate(divide="ignore"):
            total = np.log(np.bincount(places.ravel(), np.exp(score - peak))) + peak
        chosen = best(total, options.top_k)
        return [
            {"score": value, "start": first, "end": last, "answer": example.context[first:last]}
            for value, (first, last) in zip(total[chosen].tolist(), keys[:, chosen].T.tolist(), strict=True)
        ]


def _edges(text: str, offsets: Sequence[tuple[int, int]], words: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return for each token where an answer that starts with it starts, and where one that ends with it ends."""
    widen = whole_words if words else whole_characters
    begins, ends = [], []
    for start, end in offsets:
        first, last = trimmed(text, start, end)
        if text[first:last].isspace():
            # A token of white space alone: the answer starts after it, or ends before it.
            rest, past = text[last:].lstrip(), text[:first].rstrip()
            begins.append(len(text) - len(rest))
            ends.append(len(past))
            continue
        first, last = widen(text, first, last)
        begins.append(first)
        ends.append(last)
    return np.array(begins), np.array(ends)


def _paired(question: Any, context: Any) -> Any:
    if question is None or context is None:
        raise ValueError("give inputs, or both question and context")
    if isinstance(question, str):
        return {"question": question, "context": context}
    questions = list(question)
    contexts = [context] * len(questions) if isinstance(context, str) else list(context)
    if len(contexts) != len(questions):
        raise ValueError(f"context must be one text or one for each of {len(questions)} questions, got {len(contexts)}")
    return [{"question": each, "context": text} for each, text in zip(questions, contexts, strict=True)]
