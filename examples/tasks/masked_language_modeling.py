"""Masked language modelling: texts whose hidden tokens are to be found."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from albert_docs_pkg.pretraining import MaskingVocabulary, mask_ngrams, mask_tokens
from examples.tasks.features import IGNORED, Arrays, Feature, encode_texts
from examples.tasks.records import DataError
from examples.tasks.task import Metrics, Task

TRAINING, MEASURING = 1, 2
"""Which random numbers a mask is drawn from."""


class MaskedLanguageModeling(Task):
    """The task; the bundled data are definitions and usage examples.

    Training hides other tokens in each step, by ALBERT's n-grams of whole words or one by one. What is measured hides
    single tokens, all shown as ``[MASK]``, and always the same ones.
    """

    name = "masked-language-modeling"
    title = "Masked language modelling"
    pipeline_task = "fill-mask"
    pipeline_input: ClassVar = "a large [MASK] of water"
    headline = "top1"
    defaults: ClassVar = {"learning_rate": 3e-4, "batch_size": 64}
    measured_at_start = True

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the column and how tokens are hidden."""
        columns = parser.add_argument_group("columns and masks")
        columns.add_argument("--text_column", default="text")
        columns.add_argument("--masking", choices=("tokens", "ngrams"), default="tokens", help="what training hides")
        columns.add_argument("--mask_probability", type=float, default=0.15, help="share of the tokens")

    def read(self) -> None:
        """Tokenise the texts; a text that is too long becomes several rows."""
        options = self.options
        if not 0 < options.mask_probability < 1:
            raise DataError(f"--mask_probability must be above 0 and below 1, got {options.mask_probability}")
        self.vocabulary = MaskingVocabulary.from_tokenizer(self.tokenizer)
        self.texts: dict[str, list[str]] = {}
        for split in self.source.splits:
            self.texts[split] = [str(text) for text in self.source.column(split, options.text_column)]
            rows = encode_texts(self.tokenizer, self.texts[split], None, options.max_length, cut=True)
            self.features[split] = [row for row in rows if len(row["input_ids"]) > 2]
            if not self.features[split]:
                raise DataError(f"column {options.text_column!r}: the texts of {split} are all empty")

    def make_training_arrays(self, features: Sequence[Feature], step: int) -> Arrays:
        """Return padded rows with hidden tokens; which ones follows from the seed and the step."""
        mask = mask_ngrams if self.options.masking == "ngrams" else mask_tokens
        generator = np.random.default_rng((self.options.seed, TRAINING, step))
        arrays = self._collate(features)
        ids, labels = mask(arrays["input_ids"], self.vocabulary, generator, probability=self.options.mask_probability)
        return arrays | {"input_ids": ids.astype(np.int32), "labels": labels.astype(np.int32)}

    def make_evaluation_arrays(self, features: Sequence[Feature], number: int) -> Arrays:
        """Return padded rows with single tokens hidden."""
        generator = np.random.default_rng((MEASURING, number))
        arrays = self._collate(features)
        ids, labels = mask_tokens(
            arrays["input_ids"],
            self.vocabulary,
            generator,
            probability=self.options.mask_probability,
            replacement=(1.0, 0.0),
        )
        return arrays | {"input_ids": ids.astype(np.int32), "labels": labels.astype(np.int32)}

    def measure(self, split: str, answers: Sequence[np.ndarray]) -> Metrics:
        """Return loss, perplexity, top-1 and top-5.

        Args:
            split: what was measured.
            answers: for each batch the hidden tokens in reading order, shape (tokens, 2): the cross entropy, and how
                many pieces have a higher score than the right one.
        """
        kept = []
        for batch, answer in zip(self.evaluation_batches(split), answers, strict=True):
            kept.append(answer[: self.count_targets({"labels": batch.arrays["labels"][: len(batch.rows)]})])
        losses, ranks = np.concatenate(kept).astype(np.float64).T
        loss = float(losses.mean())
        return {"loss": loss, "perplexity": float(np.exp(loss)), **_hits(ranks)}

    def baselines(self, split: str) -> dict[str, Metrics]:
        """Return the scores of guessing each piece by how often training has it."""
        size = self.vocabulary.size
        counts = np.zeros(size)
        for feature in self.features["train"]:
            np.add.at(counts, feature["input_ids"], 1)
        counts[self.vocabulary.never_masked] = 0
        chances = (counts + 1) / (counts + 1).sum()
        targets = []
        for batch in self.evaluation_batches(split):
            labels = batch.arrays["labels"][: len(batch.rows)]
            targets.append(labels[labels != IGNORED])
        hidden = np.concatenate(targets)
        ranks = np.argsort(np.argsort(-chances, kind="stable"), kind="stable")[hidden]
        loss = float(-np.log(chances[hidden]).mean())
        return {"most frequent pieces": {"loss": loss, "perplexity": float(np.exp(loss)), **_hits(ranks)}}


def _hits(ranks: np.ndarray) -> Metrics:
    return {"top1": float(np.mean(ranks < 1)), "top5": float(np.mean(ranks < 5))}
