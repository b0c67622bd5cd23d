"""Text classification: a text, or two, and one label."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from examples.tasks.baselines import BagOfWords, majority
from examples.tasks.features import encode_texts
from examples.tasks.metrics import accuracy, cross_entropies, macro_f1
from examples.tasks.records import label_ids
from examples.tasks.task import Metrics, Task


class TextClassification(Task):
    """The task; the bundled data ask for the category of a definition."""

    name = "text-classification"
    title = "Text classification"
    pipeline_task = "text-classification"
    pipeline_input: ClassVar = "a large cat of the savanna"
    headline = "accuracy"

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the names of the columns."""
        columns = parser.add_argument_group("columns")
        columns.add_argument("--text_column", default="text")
        columns.add_argument("--text_pair_column", help="second text of each record, if there are two")
        columns.add_argument("--label_column", default="label")

    def read(self) -> None:
        """Number the labels and tokenise the texts."""
        options, source = self.options, self.source
        found = {split: source.column(split, options.label_column) for split in source.splits}
        known = source.label_names.get(options.label_column)
        self.label_names, numbers = label_ids(found, known, options.label_column)
        self.texts: dict[str, list[str]] = {}
        self.labels: dict[str, np.ndarray] = {}
        for split in source.splits:
            texts = [str(text) for text in source.column(split, options.text_column)]
            pairs = None
            if options.text_pair_column:
                pairs = [str(text) for text in source.column(split, options.text_pair_column)]
            self.labels[split] = np.array([numbers[label] for label in found[split]])
            self.features[split] = encode_texts(self.tokenizer, texts, pairs, options.max_length)
            for feature, label in zip(self.features[split], self.labels[split], strict=True):
                feature["labels"] = int(label)
            self.texts[split] = [f"{text} {pair}" for text, pair in zip(texts, pairs, strict=True)] if pairs else texts

    @property
    def config_fields(self) -> dict[str, Any]:
        """Names of the labels, and that there is one for each text."""
        return super().config_fields | self.label_fields | {"problem_type": "single_label_classification"}

    def measure(self, split: str, answers: Sequence[np.ndarray]) -> Metrics:
        """Return loss, accuracy and macro F1 from logits of shape (rows, labels)."""
        logits = np.empty((len(self.features[split]), len(self.label_names)), np.float32)
        for batch, answer in zip(self.evaluation_batches(split), answers, strict=True):
            logits[batch.rows] = answer[: len(batch.rows)]
        labels = self.labels[split]
        loss = float(cross_entropies(logits, labels).mean())
        return {"loss": loss, **_scores(logits.argmax(axis=1), labels)}

    def baselines(self, split: str) -> dict[str, Metrics]:
        """Return the scores of the most frequent label and of a bag of words."""
        labels = self.labels[split]
        frequent = np.full(len(labels), majority(self.labels["train"]))
        guesses = self._bag_of_words().predict(self.texts[split])
        return {"most frequent label": _scores(frequent, labels), "bag of words": _scores(guesses, labels)}

    def _bag_of_words(self) -> BagOfWords:
        if not hasattr(self, "_fitted"):
            held_out = self.texts["validation"], self.labels["validation"]
            bag = BagOfWords(len(self.label_names))
            self._fitted = bag.fit(self.texts["train"], self.labels["train"], *held_out, seed=self.options.seed)
        return self._fitted


def _scores(guesses: np.ndarray, labels: np.ndarray) -> Metrics:
    return {"accuracy": accuracy(guesses, labels), "macro_f1": macro_f1(guesses, labels)}
