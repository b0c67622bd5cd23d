"""Question answering: a question, a context, and the stretch of the context that is the answer."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from examples.tasks.baselines import shared_words
from examples.tasks.features import Arrays, Window, encode_questions
from examples.tasks.metrics import cross_entropies, exact_match, overlap_f1
from examples.tasks.records import DataError
from examples.tasks.task import Metrics, Task

SENTENCE = re.compile(r"[^.!?]+(?:[.!?](?!\s|$)[^.!?]*)*[.!?]*")


class QuestionAnswering(Task):
    """The task; the bundled data ask what a word means, beside a passage of four definitions.

    Contexts that are too long are read in overlapping windows; the answer is the best-scored span of all of them. Where
    the data have questions without an answer, the score of ``[CLS]`` competes with the spans.
    """

    name = "question-answering"
    title = "Question answering"
    pipeline_task = "question-answering"
    pipeline_input: ClassVar = {"question": "What does lion mean?", "context": "lion: a large cat. oak: a tree."}
    headline = "f1"
    defaults: ClassVar = {"batch_size": 16}

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the names of the columns, windows and answers."""
        columns = parser.add_argument_group("columns and windows")
        columns.add_argument("--question_column", default="question")
        columns.add_argument("--context_column", default="context")
        columns.add_argument("--answers_column", default="answers", help="as in SQuAD: lists text and answer_start")
        columns.add_argument("--answer_text_column", help="with --answer_start_column, instead of --answers_column")
        columns.add_argument("--answer_start_column", help="first character of the answer in the context")
        columns.add_argument("--stride", type=int, default=32, help="tokens that neighbouring windows share")
        columns.add_argument("--max_answer_length", type=int, default=40, help="in tokens")

    def read(self) -> None:
        """Find each answer in its context and cut the contexts into windows."""
        options, source = self.options, self.source
        for name in ("stride", "max_answer_length"):
            if not 0 < getattr(options, name) < options.max_length:
                raise DataError(f"--{name} must be above 0 and below --max_length, got {getattr(options, name)}")
        self.questions: dict[str, list[str]] = {}
        self.contexts: dict[str, list[str]] = {}
        self.answers: dict[str, list[list[str]]] = {}
        self.windows: dict[str, list[Window]] = {}
        for split in source.splits:
            self.questions[split] = [str(text) for text in source.column(split, options.question_column)]
            self.contexts[split] = [str(text) for text in source.column(split, options.context_column)]
            found = self._answers(split)
            self.answers[split] = [texts for texts, _ in found]
            spans = []
            for number, (context, (texts, starts)) in enumerate(zip(self.contexts[split], found, strict=True), 1):
                for text, start in zip(texts, starts, strict=True):
                    if context[start : start + len(text)] != text or not text:
                        there = context[start : start + len(text)]
                        raise DataError(
                            f"{split}, record {number}: the answer {text!r} is not at character {start} of the "
                            f"context, where {there!r} is"
                        )
                spans.append((starts[0], starts[0] + len(texts[0])) if texts else None)
            try:
                self.features[split], self.windows[split] = encode_questions(
                    *(self.tokenizer, self.questions[split], self.contexts[split], spans),
                    max_length=options.max_length,
                    stride=options.stride,
                )
            except ValueError as error:
                raise DataError(f"{split}: {error}") from None
        self.may_have_none = any(not texts for rows in self.answers.values() for texts in rows)

    @property
    def config_fields(self) -> dict[str, Any]:
        """Nothing: the head has two scores and no dropout of its own."""
        return {}

    def count_targets(self, arrays: Arrays) -> int:
        """Return the number of windows, each of which has a start and an end."""
        return len(arrays["start_positions"])

    def measure(self, split: str, answers: Sequence[np.ndarray]) -> Metrics:
        """Return loss, exact match and F1 from the scores of starts and ends, shape (rows, 2, length)."""
        guesses, losses = self.predictions(split, answers)
        return {"loss": float(np.mean(losses)), **self._scores(split, guesses)}

    def predictions(self, split: str, answers: Sequence[np.ndarray]) -> tuple[list[str], list[float]]:
        """Return the text of the best answer to each question, and the loss of each window."""
        best = [(-np.inf, "")] * len(self.questions[split])
        nothing = [np.inf] * len(best)
        losses: list[float] = []
        for batch, answer in zip(self.evaluation_batches(split), answers, strict=True):
            count = len(batch.rows)
            targets = [batch.arrays[name][:count] for name in ("start_positions", "end_positions")]
            both = [cross_entropies(answer[:count, side], target) for side, target in enumerate(targets)]
            losses.extend((both[0] + both[1]) / 2)
            for row, (start, end) in zip(batch.rows, answer, strict=False):
                window = self.windows[split][row]
                score, first, last = self._best_span(start, end, window)
                (begin, _), (_, finish) = window.spans[first] or (0, 0), window.spans[last] or (0, 0)
                if score > best[window.record][0]:
                    best[window.record] = (score, self.contexts[split][window.record][begin:finish].strip())
                nothing[window.record] = min(nothing[window.record], float(start[0] + end[0]))
        texts = [
            "" if self.may_have_none and none > score else text
            for (score, text), none in zip(best, nothing, strict=True)
        ]
        return texts, losses

    def baselines(self, split: str) -> dict[str, Metrics]:
        """Return the scores of the first sentence, and of the sentence that shares most words with the question."""
        sentences = [[part.strip() for part in SENTENCE.findall(text)] or [text] for text in self.contexts[split]]
        closest = [
            parts[int(shared_words(question, parts).argmax())]
            for question, parts in zip(self.questions[split], sentences, strict=True)
        ]
        return {
            "first sentence": self._scores(split, [parts[0] for parts in sentences]),
            "sentence with most shared words": self._scores(split, closest),
        }

    def _best_span(self, start: np.ndarray, end: np.ndarray, window: Window) -> tuple[float, int, int]:
        inside = np.array([span is not None for span in window.spans])
        tokens = np.flatnonzero(inside)
        if not len(tokens):
            return -np.inf, 0, 0
        scores = start[tokens][:, None] + end[tokens][None, :]
        allowed = np.triu(np.ones_like(scores, bool)) & ~np.triu(
            np.ones_like(scores, bool), self.options.max_answer_length
        )
        scores = np.where(allowed, scores, -np.inf)
        first, last = np.unravel_index(int(scores.argmax()), scores.shape)
        return float(scores[first, last]), int(tokens[first]), int(tokens[last])

    def _scores(self, split: str, guesses: Sequence[str]) -> Metrics:
        pairs = list(zip(guesses, self.answers[split], strict=True))
        return {
            "exact_match": float(np.mean([exact_match(guess, answers) for guess, answers in pairs])),
            "f1": float(np.mean([overlap_f1(guess, answers) for guess, answers in pairs])),
        }

    def _answers(self, split: str) -> list[tuple[list[str], list[int]]]:
        options = self.options
        if bool(options.answer_text_column) != bool(options.answer_start_column):
            raise DataError("--answer_text_column and --answer_start_column go together; one is missing")
        if options.answer_text_column:
            texts = self.source.column(split, options.answer_text_column)
            starts = self.source.column(split, options.answer_start_column)
            cells = [
                {"text": [text], "answer_start": [start]} if text else {"text": [], "answer_start": []}
                for text, start in zip(texts, starts, strict=True)
            ]
        else:
            cells = self.source.column(split, options.answers_column)
        found = []
        for number, cell in enumerate(cells, 1):
            try:
                answers = json.loads(cell) if isinstance(cell, str) else cell
                found.append(
                    ([str(text) for text in answers["text"]], [int(start) for start in answers["answer_start"]])
                )
                if len(found[-1][0]) != len(found[-1][1]):
                    raise ValueError
            except (TypeError, KeyError, ValueError):
                raise DataError(
                    f"{split}, record {number}: answers must have the lists 'text' and 'answer_start', equally long, "
                    f"got {cell!r}"
                ) from None
        return found
