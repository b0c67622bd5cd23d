"""Token classification: a list of words and a label for each."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from examples.tasks.baselines import majority
from examples.tasks.features import IGNORED, encode_words
from examples.tasks.metrics import accuracy, cross_entropies, macro_f1
from examples.tasks.records import DataError, label_ids, listed
from examples.tasks.task import Metrics, Task

UNLABELLED = (IGNORED, str(IGNORED))
"""How data write that a word has no label."""


class TokenClassification(Task):
    """The task; the bundled data ask for the part of speech of words."""

    name = "token-classification"
    title = "Token classification"
    pipeline_task = "token-classification"
    pipeline_input: ClassVar = "a large cat runs quickly"
    headline = "accuracy"

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the names of the columns."""
        columns = parser.add_argument_group("columns", "lists in JSON; a CSV cell is JSON or words between spaces")
        columns.add_argument("--words_column", default="words")
        columns.add_argument("--labels_column", default="labels", help="a label for each word, -100 for none")

    def read(self) -> None:
        """Number the labels, tokenise the words and align the two."""
        options, source = self.options, self.source
        self.words: dict[str, list[list[str]]] = {}
        found: dict[str, list[list[Any]]] = {}
        for split in source.splits:
            columns = {}
            for column in (options.words_column, options.labels_column):
                values = enumerate(source.column(split, column), 1)
                columns[column] = [
                    listed(value, f"{split}, record {row}, {column!r}", words=True) for row, value in values
                ]
            words, labels = columns[options.words_column], columns[options.labels_column]
            for number, (row, names) in enumerate(zip(words, labels, strict=True), 1):
                if len(row) != len(names) or not row:
                    raise DataError(f"{split}, record {number}: {len(row)} words and {len(names)} labels")
            self.words[split], found[split] = [[str(word) for word in row] for row in words], labels
        flat = {
            split: [label for row in rows for label in row if label not in UNLABELLED] for split, rows in found.items()
        }
        if not all(flat.values()):
            raise DataError(f"column {options.labels_column!r} has no label but {IGNORED} in a split")
        known = source.label_names.get(options.labels_column)
        self.label_names, numbers = label_ids(flat, known, options.labels_column)
        self.labels: dict[str, list[list[int]]] = {}
        for split, rows in found.items():
            self.labels[split] = [[IGNORED if x in UNLABELLED else numbers[x] for x in row] for row in rows]
            features = encode_words(self.tokenizer, self.words[split], self.labels[split], options.max_length)
            self.features[split] = [row for row in features if any(label != IGNORED for label in row["labels"])]

    @property
    def config_fields(self) -> dict[str, Any]:
        """Names of the labels."""
        return super().config_fields | self.label_fields

    def measure(self, split: str, answers: Sequence[np.ndarray]) -> Metrics:
        """Return loss, accuracy and macro F1 over labelled words from logits of shape (rows, length, labels)."""
        scores, labels = [], []
        for batch, answer in zip(self.evaluation_batches(split), answers, strict=True):
            known = batch.arrays["labels"][: len(batch.rows)]
            counted = known != IGNORED
            scores.append(answer[: len(batch.rows)][counted])
            labels.append(known[counted])
        logits, truth = np.concatenate(scores), np.concatenate(labels)
        loss = float(cross_entropies(logits, truth).mean())
        return {"loss": loss, **_scores(logits.argmax(axis=1), truth)}

    def baselines(self, split: str) -> dict[str, Metrics]:
        """Return the scores of the most frequent label, and of each word's most frequent label in training."""
        pairs = [
            (word.lower(), label)
            for words, labels in zip(self.words[split], self.labels[split], strict=True)
            for word, label in zip(words, labels, strict=True)
            if label != IGNORED
        ]
        labels = np.array([label for _, label in pairs])
        counts: dict[str, Counter[int]] = defaultdict(Counter)
        for words, known in zip(self.words["train"], self.labels["train"], strict=True):
            for word, label in zip(words, known, strict=True):
                if label != IGNORED:
                    counts[word.lower()][label] += 1
        frequent = majority(np.array([label for counter in counts.values() for label in counter.elements()]))
        seen = {word: counter.most_common(1)[0][0] for word, counter in counts.items()}
        guesses = np.array([seen.get(word, frequent) for word, _ in pairs])
        return {
            "most frequent label": _scores(np.full(len(labels), frequent), labels),
            "most frequent label of the word": _scores(guesses, labels),
        }


def _scores(guesses: np.ndarray, labels: np.ndarray) -> Metrics:
    return {"accuracy": accuracy(guesses, labels), "macro_f1": macro_f1(guesses, labels)}
