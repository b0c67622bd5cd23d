"""Which rows each training step takes, for any number of devices and passes, and when the rate is what.

Everything here follows from the seed and the number of the step: a run that goes on after a stop, or with half the
rows on twice the devices, sees the same batches.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from examples.tasks.features import Arrays, Feature, length_of

SORTED_TOGETHER = 16
"""So many steps' rows are sorted by length before they are cut into batches: little padding, still random."""


@dataclass
class Part:
    """What one device computes in one pass."""

    arrays: Arrays
    share: float
    """Share of the step's targets that are in this part: the step's loss is the sum of mean loss times share."""


class TrainingPlan:
    """The steps of a run.

    Args:
        features: the training rows.
        make_arrays: function from rows and the number of the step to padded arrays; random choices follow from both.
        count_targets: function from arrays to the number of targets that a mean loss over them divides by.
        options: the command line.
        devices: how many devices share a step; each takes ``--batch_size`` rows in each pass.

    Raises:
        ValueError: there are fewer rows than one step takes.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        make_arrays: Callable[[Sequence[Feature], int], Arrays],
        count_targets: Callable[[Arrays], int],
        options: argparse.Namespace,
        devices: int = 1,
    ) -> None:
        self.features, self.make_arrays, self.count_targets = features, make_arrays, count_targets
        self.options, self.devices = options, devices
        self.passes = options.gradient_accumulation_steps
        self.rows = options.batch_size * self.passes * devices
        self.steps_per_epoch = len(features) // self.rows
        if not self.steps_per_epoch:
            raise ValueError(
                f"one step takes {self.rows} rows (--batch_size {options.batch_size}, {self.passes} passes, {devices} "
                f"devices), but there are {len(features)} training rows: lower --batch_size"
            )
        self.total_steps = options.max_steps or max(1, round(self.steps_per_epoch * options.epochs))
        self._lengths = np.array([length_of(feature) for feature in features])
        self._order = lru_cache(maxsize=2)(self._make_order)

    def batch(self, step: int) -> Arrays:
        """Return all rows of a step, counted from 0."""
        epoch, place = divmod(step, self.steps_per_epoch)
        return self.make_arrays([self.features[row] for row in self._order(epoch)[place]], step)

    def parts(self, step: int, device: int = 0) -> list[Part]:
        """Return what one device computes in a step, pass by pass."""
        whole = self.batch(step)
        total, size = self.count_targets(whole), self.options.batch_size
        parts = []
        for number in range(self.passes):
            start = (number * self.devices + device) * size
            arrays = {name: array[start : start + size] for name, array in whole.items()}
            parts.append(Part(arrays, self.count_targets(arrays) / total))
        return parts

    def learning_rate(self, step: int) -> float:
        """Return the rate of a step, counted from 0: up during the warm-up, then down in a line to 0."""
        return self.options.learning_rate * self.learning_rate_share(step)

    def learning_rate_share(self, step: int) -> float:
        """Return the rate of a step as a share of the highest."""
        warmup = self.warmup_steps
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return (self.total_steps - step) / (self.total_steps - warmup)

    @property
    def warmup_steps(self) -> int:
        """Number of steps in which the rate rises."""
        return round(self.total_steps * self.options.warmup_share)

    def measured_after(self, step: int) -> bool:
        """Return whether validation is measured when ``step`` steps are done; always at the end."""
        times = min(self.options.evaluations, self.total_steps)
        return math.floor(step * times / self.total_steps) > math.floor((step - 1) * times / self.total_steps)

    def _make_order(self, epoch: int) -> np.ndarray:
        generator = np.random.default_rng((self.options.seed, epoch))
        rows = generator.permutation(len(self.features))[: self.steps_per_epoch * self.rows]
        chunk = self.rows * SORTED_TOGETHER
        for start in range(0, len(rows), chunk):
            part = rows[start : start + chunk]
            rows[start : start + chunk] = part[np.argsort(self._lengths[part], kind="stable")]
        return generator.permutation(rows.reshape(-1, self.rows))


@dataclass
class EvaluationBatch:
    """Rows to be measured; the last batch is filled up with copies, so that all have one size."""

    arrays: Arrays
    rows: list[int]
    """Numbers of the features, without the copies."""


def evaluation_batches(
    features: Sequence[Feature], make_arrays: Callable[[Sequence[Feature], int], Arrays], size: int
) -> Iterator[EvaluationBatch]:
    """Yield every feature once, shortest first."""
    order = sorted(range(len(features)), key=lambda row: length_of(features[row]))
    for number, start in enumerate(range(0, len(order), size)):
        rows = order[start : start + size]
        filled = rows + rows[-1:] * (size - len(rows))
        yield EvaluationBatch(make_arrays([features[row] for row in filled], number), rows)
