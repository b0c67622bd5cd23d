"""The course of a training run, the same in every framework: steps, measuring, states to go on from, and the end."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from tqdm import tqdm

from examples.tasks.arguments import check_same_run, settings
from examples.tasks.reports import Clock, History, write_report
from examples.tasks.task import Metrics, Task


class Course(ABC):
    """A run from its first step, or from a state on disk, to the saved model. A framework says how each part is done.

    Args:
        task: data, options and metrics.
        devices: how many share a step.
        leads: this process shows the progress bar and writes the files.
    """

    framework: ClassVar[str]

    def __init__(self, task: Task, devices: int, leads: bool = True) -> None:
        self.task, self.options, self.devices, self.leads = task, task.options, devices, leads
        self.plan = task.plan(devices)
        self.folder = Path(self.options.output_dir)
        self.history, self.clock, self.step = History(self.options.log_steps), Clock(), 0

    @abstractmethod
    def train_step(self) -> float:
        """Take step number ``self.step``; return its loss over all devices."""

    @abstractmethod
    def answers(self, split: str) -> list[np.ndarray]:
        """Return what the model says about each evaluation batch of a split."""

    @abstractmethod
    def save_model(self) -> None:
        """Write the model into the folder."""

    @abstractmethod
    def save_state(self, state: dict[str, Any]) -> None:
        """Write weights, the optimizer's memory and ``state`` beside their place, and move them there."""

    @abstractmethod
    def read_state(self) -> dict[str, Any]:
        """Return what :meth:`save_state` wrote, ``state`` and more."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Take back weights and the optimizer's memory."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """Return ``device``, its kind, and ``parameters``, their number."""

    def run(self) -> bool:
        """Train; then save model, tokenizer and report. Return whether the run came to its end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.options.resume:
            self._go_on()
        self.clock.start()
        if self.task.measured_at_start and not self.step:
            for split in self.task.measured_splits:
                self.history.add_start(split, self.measure(split))
        total = self.plan.total_steps
        last = min(self.options.stop_at_step or total, total)
        with tqdm(total=total, initial=self.step, unit="step", disable=not self.leads) as bar:
            while self.step < last:
                loss = self.train_step()
                self.step += 1
                if not math.isfinite(loss):
                    rate = self.options.learning_rate
                    raise FloatingPointError(
                        f"the loss of step {self.step} is {loss}; lower --learning_rate ({rate}), and remove "
                        f"{self.folder}/training_state* to begin again"
                    )
                self.history.add_loss(self.step, loss)
                bar.update()
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
                if self.plan.measured_after(self.step):
                    self.history.flush(self.step)
                    self.history.add_validation(self.step, self.measure("validation"))
                if self.step % self.options.save_steps == 0:
                    self._leave_state()
        if self.step < total:
            self._leave_state()
            if self.leads:
                print(f"stopped after step {self.step} of {total}; add --resume to go on")
            return False
        results = {split: self.measure(split) for split in self.task.measured_splits}
        if self.leads:
            self._finish(results)
        return True

    def measure(self, split: str) -> Metrics:
        """Return the metrics of a split."""
        return self.task.measure(split, self.answers(split))

    def _finish(self, results: dict[str, Metrics]) -> None:
        self.save_model()
        self.task.tokenizer.save_pretrained(self.folder)
        course = {"steps": self.step, "rows_per_step": self.plan.rows, "devices": self.devices, "clock": self.clock}
        write_report(self.task, self.framework, self.history, results, **course, **self.facts())
        for state in self.folder.glob("training_state*"):
            state.unlink()
        for split, metrics in results.items():
            print(split, {name: round(value, 4) for name, value in metrics.items()})

    def _leave_state(self) -> None:
        if self.leads:
            self.save_state(
                {
                    "settings": settings(self.options),
                    "devices": self.devices,
                    "history": self.history.state(),
                    "step": self.step,
                    "seconds": self.clock.read(),
                }
            )

    def _go_on(self) -> None:
        state = self.read_state()
        check_same_run(self.options, state["settings"])
        if state["devices"] != self.devices:
            raise ValueError(f"--resume: the run was begun on {state['devices']} devices, not on {self.devices}")
        self.restore(state)
        self.history.load_state(state["history"])
        self.clock.load(state["seconds"])
        self.step = state["step"]
