"""The course of a pretraining run on one device, for frameworks that compile a step for each shape of a batch."""

from __future__ import annotations

import argparse
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from tqdm import tqdm

from albert_docs_pkg import AlbertTokenizer
from albert_docs_pkg.pretraining import MaskingVocabulary, PretrainingBatches
from examples.tasks.pretraining import (
    draw_curve,
    held_out,
    learning_rate,
    masking_of,
    read_corpora,
    read_metrics,
    write_report,
)
from examples.tasks.reports import Clock
from examples.tasks.states import STATE, read_arrays, save_arrays

Arrays = dict[str, np.ndarray]

LENGTHS = 32
"""Rows are padded to multiples of this, so that few shapes are compiled."""

SUMS = ("loss", "top1", "top5", "masked", "order_right", "ordered")
"""What is added up over the held-out batches."""


class PretrainingCourse(ABC):
    """A run from its first step, or from the state in its folder, to the saved model.

    Args:
        options: the command line.
        tokenizer: of the corpus.
    """

    framework: ClassVar[str]

    def __init__(self, options: argparse.Namespace, tokenizer: AlbertTokenizer) -> None:
        self.options, self.tokenizer = options, tokenizer
        self.corpora = read_corpora(options, tokenizer)
        self.vocabulary = MaskingVocabulary.from_tokenizer(tokenizer)
        self.batches = {
            masking: PretrainingBatches(
                self.corpora[0],
                self.vocabulary,
                max_length=options.max_length,
                batch_tokens=options.batch_tokens,
                masking=masking,
                pad_to_multiple_of=LENGTHS,
                seed=options.seed + offset,
            )
            for offset, masking in enumerate(("ngrams", "tokens"))
        }
        self.folder, self.clock = Path(options.output_dir), Clock()
        self.step, self.tokens, self.minutes = 0, 0, 0.0

    @abstractmethod
    def train_step(self, arrays: Arrays, rate: float) -> tuple[float, float]:
        """Take one step; return the mean cross entropies of hidden tokens and of sentence order."""

    @abstractmethod
    def sums(self, arrays: Arrays) -> Sequence[float]:
        """Return the numbers named in ``SUMS`` for one held-out batch."""

    @abstractmethod
    def arrays(self) -> list[np.ndarray]:
        """Return weights and the optimizer's memory."""

    @abstractmethod
    def restore(self, arrays: list[np.ndarray]) -> None:
        """Take back what :meth:`arrays` returned."""

    @abstractmethod
    def save_model(self) -> None:
        """Write the model into the folder."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """Return ``device``, its kind, and ``parameters``, their number."""

    def run(self) -> None:
        """Train to the end; then save model, tokenizer, curve and report."""
        options = self.options
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / STATE).exists():
            self._go_on()
        self.clock.start()
        now, last_saved, last_measured = time.monotonic(), self.minutes, self.minutes
        last, recent = options.stop_at_step or options.max_steps, []
        with tqdm(total=options.max_steps, initial=self.step, unit="step") as bar:
            while self.progress() < 1 and self.step < last:
                arrays = next(self.batches[masking_of(options, self.step)])
                recent.append(self.train_step(self._filled(arrays), learning_rate(options, self.progress())))
                self.step, self.tokens = self.step + 1, self.tokens + int(arrays["attention_mask"].sum())
                before, now = now, time.monotonic()
                self.minutes += (now - before) / 60
                bar.update()
                if self.step % options.log_steps == 0:
                    masked, order = np.mean(recent, axis=0).tolist()
                    recent.clear()
                    bar.set_postfix(masked=f"{masked:.3f}", order=f"{order:.3f}")
                    self._log(masked_loss=masked, order_loss=order)
                if self.minutes - last_measured >= options.evaluate_minutes:
                    self.measure()
                    last_measured, now = self.minutes, time.monotonic()
                if self.minutes - last_saved >= options.save_minutes:
                    self._leave_state()
                    last_saved = self.minutes
        self._leave_state()
        if self.progress() < 1:
            return
        results = self.measure()
        self.save_model()
        self.tokenizer.save_pretrained(self.folder)
        draw_curve(self.folder / "metrics.jsonl", self.folder / "curve.png")
        found = {"results": results, "steps": self.step, "clock": self.clock, **self.facts()}
        write_report(options, self.framework, self.corpora, self.vocabulary, **found)

    def progress(self) -> float:
        """Return the share of the run that is done, by steps or by time."""
        return max(self.step / self.options.max_steps, self.minutes / self.options.max_minutes)

    def measure(self) -> dict[str, dict[str, float]]:
        """Measure the held-out text, single tokens all shown as [MASK] and by the training recipe; log it."""
        results = {}
        for masking in ("all-mask", "ngrams"):
            batches = held_out(self.options, self.corpora[1], self.vocabulary, masking)
            total = np.sum([self.sums(self._filled(arrays)) for arrays in batches], axis=0)
            sums = dict(zip(SUMS, total.tolist(), strict=True))
            results[masking.replace("-", "_")] = {
                "masked_loss": sums["loss"] / sums["masked"],
                "top1": sums["top1"] / sums["masked"],
                "top5": sums["top5"] / sums["masked"],
                "order_accuracy": sums["order_right"] / max(sums["ordered"], 1),
                "masked_tokens": sums["masked"],
                "ordered_rows": sums["ordered"],
            }
        self._log(validation=results)
        return results

    def _filled(self, arrays: Arrays) -> Arrays:
        """Return a batch with as many rows as its length allows, of a length that is a multiple of ``LENGTHS``.

        Added rows have one token that is seen and no labels.
        """
        rows, length = arrays["input_ids"].shape
        wanted = min(-(-length // LENGTHS) * LENGTHS, max(self.options.max_length, length))
        room = max(rows, self.options.batch_tokens // wanted)
        empty = {"input_ids": self.vocabulary.pad_token_id, "labels": -100, "sentence_order_label": -100}
        filled = {}
        for name, array in arrays.items():
            shape = (room,) if array.ndim == 1 else (room, wanted)
            filled[name] = np.full(shape, empty.get(name, 0), np.int32)
            filled[name][tuple(slice(0, size) for size in array.shape)] = array
        filled["attention_mask"][rows:, 0] = 1
        return filled

    def _log(self, **values: Any) -> None:
        record = {"step": self.step, "tokens": self.tokens, "minutes": round(self.minutes, 3), **values}
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def _leave_state(self) -> None:
        state = {
            "counters": [self.step, self.tokens, self.minutes],
            "batches": {masking: batches.state_dict() for masking, batches in self.batches.items()},
            "seconds": self.clock.read(),
        }
        save_arrays(self.folder, state, self.arrays())

    def _go_on(self) -> None:
        state = read_arrays(self.folder)
        self.step, self.tokens, self.minutes = state["counters"]
        for masking, batches in self.batches.items():
            batches.load_state_dict(state["batches"][masking])
        self.clock.load(state["seconds"])
        self.restore(state["arrays"])
        # What was logged after the state was left will be logged again.
        kept = [record for record in read_metrics(self.folder / "metrics.jsonl") if record["step"] <= self.step]
        (self.folder / "metrics.jsonl").write_text("".join(json.dumps(each) + "\n" for each in kept), encoding="utf-8")
