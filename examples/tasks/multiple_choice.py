"""Multiple choice: a question, some choices, and the number of the right one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from examples.tasks.baselines import majority, shared_words
from examples.tasks.features import encode_choices
from examples.tasks.metrics import accuracy, cross_entropies
from examples.tasks.records import DataError, listed
from examples.tasks.task import Metrics, Task


class MultipleChoice(Task):
    """The task; the bundled data ask for the wider term of what is defined."""

    name = "multiple-choice"
    title = "Multiple choice"
    pipeline_task = "multiple-choice"
    pipeline_input: ClassVar = {"question": "a large cat", "choices": ["animal", "tree", "tool", "town"]}
    headline = "accuracy"
    defaults: ClassVar = {"batch_size": 16, "learning_rate": 3e-4, "max_length": 64}

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the names of the columns."""
        columns = parser.add_argument_group("columns")
        columns.add_argument("--question_column", default="question")
        columns.add_argument(
            "--choices_columns", nargs="+", default=["choices"], help="one with a list, or one for each choice"
        )
        columns.add_argument("--label_column", default="label", help="number of the right choice, from 0")

    def read(self) -> None:
        """Check the labels and pair each question with its choices."""
        options, source = self.options, self.source
        self.questions: dict[str, list[str]] = {}
        self.choices: dict[str, list[list[str]]] = {}
        self.labels: dict[str, np.ndarray] = {}
        for split in source.splits:
            self.questions[split] = [str(question) for question in source.column(split, options.question_column)]
            self.choices[split] = self._choices(split)
            labels = source.column(split, options.label_column)
            for number, (label, choices) in enumerate(zip(labels, self.choices[split], strict=True), 1):
                if not str(label).isdigit() or int(label) >= len(choices):
                    raise DataError(
                        f"{split}, record {number}: {options.label_column!r} must be 0 to {len(choices) - 1}, the "
                        f"number of a choice, got {label!r}"
                    )
            self.labels[split] = np.array([int(label) for label in labels])
            self.features[split] = encode_choices(
                self.tokenizer, self.questions[split], self.choices[split], options.max_length
            )
            for feature, label in zip(self.features[split], self.labels[split], strict=True):
                feature["labels"] = int(label)

    def measure(self, split: str, answers: Sequence[np.ndarray]) -> Metrics:
        """Return loss and accuracy from logits of shape (rows, choices)."""
        logits = np.empty((len(self.features[split]), len(self.choices[split][0])), np.float32)
        for batch, answer in zip(self.evaluation_batches(split), answers, strict=True):
            logits[batch.rows] = answer[: len(batch.rows)]
        labels = self.labels[split]
        loss = float(cross_entropies(logits, labels).mean())
        return {"loss": loss, "accuracy": accuracy(logits.argmax(axis=1), labels)}

    def baselines(self, split: str) -> dict[str, Metrics]:
        """Return the accuracy of the most frequent place, and of the choice that shares most words with the question.

        Where several choices share as many words, the expected accuracy of picking one of them at random counts.
        """
        labels = self.labels[split]
        place = np.full(len(labels), majority(self.labels["train"]))
        chances = []
        for question, choices, label in zip(self.questions[split], self.choices[split], labels, strict=True):
            shared = shared_words(question, choices)
            best = shared == shared.max()
            chances.append(best[label] / best.sum())
        return {
            "most frequent place": {"accuracy": accuracy(place, labels)},
            "most shared words": {"accuracy": float(np.mean(chances))},
        }

    def _choices(self, split: str) -> list[list[str]]:
        names = self.options.choices_columns
        if len(names) == 1:
            cells = enumerate(self.source.column(split, names[0]), 1)
            rows = [listed(value, f"{split}, record {number}, {names[0]!r}") for number, value in cells]
        else:
            rows = [list(row) for row in zip(*(self.source.column(split, name) for name in names), strict=True)]
        counts = sorted({len(row) for row in rows})
        if len(counts) > 1 or counts[0] < 2:
            raise DataError(f"{split}: every record must have the same number of choices, two or more; found {counts}")
        return [[str(choice) for choice in row] for row in rows]
