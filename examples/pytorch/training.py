"""What the PyTorch scripts share: torchrun's processes, the training loop, measuring, and a state to go on from.

A step takes the rows of all processes and of all passes of gradient accumulation. Its loss is the mean over all
their targets, so it is the same however the rows are divided.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from albert_docs_pkg import AlbertPreTrainedModel
from examples.tasks.arguments import check_same_run, settings
from examples.tasks.features import Arrays
from examples.tasks.reports import Clock, History, write_report
from examples.tasks.task import Metrics, Task

Batch = dict[str, Tensor]
MeanLoss = Callable[[nn.Module, Batch], Tensor]
Answer = Callable[[Any, Batch], Tensor]

STATE = "training_state.pt"


@dataclass
class Processes:
    """This process among those that torchrun started, and its device."""

    rank: int
    count: int
    device: torch.device


@contextmanager
def processes(options: argparse.Namespace) -> Iterator[Processes]:
    """Join the processes of torchrun if there are any, and leave them at the end."""
    if options.threads:
        torch.set_num_threads(options.threads)
    cuda = torch.cuda.is_available()
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if options.devices and options.devices != count:
        raise SystemExit(
            f"--devices {options.devices}: PyTorch has a process for each device, and there is {count}; "
            f"start with torchrun --nproc_per_node {options.devices}"
        )
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if count > 1:
        dist.init_process_group("nccl" if cuda else "gloo")
    try:
        yield Processes(int(os.environ.get("RANK", "0")), count, device)
    finally:
        if count > 1:
            dist.destroy_process_group()


class Trainer:
    """The loop: steps, measuring, and a state on disk.

    Args:
        task: data, options and metrics.
        model: with the task's head.
        where: this process.
        mean_loss: function from the model and a batch to the mean loss over the batch's targets.
        answer: function from the model and a batch to what the task measures.
    """

    def __init__(
        self, task: Task, model: AlbertPreTrainedModel, where: Processes, mean_loss: MeanLoss, answer: Answer
    ) -> None:
        self.task, self.options, self.where = task, task.options, where
        self.model, self.answer = model.to(where.device), answer
        self.objective: nn.Module = Objective(model, mean_loss)
        if where.count > 1:
            self.objective = DistributedDataParallel(self.objective)
        self.plan = task.plan(where.count)
        decayed = [weight for weight in model.parameters() if weight.dim() > 1]
        plain = [weight for weight in model.parameters() if weight.dim() == 1]
        groups = [{"params": decayed, "weight_decay": self.options.weight_decay}, {"params": plain, "weight_decay": 0}]
        self.optimizer = torch.optim.AdamW(groups, lr=0.0, fused=True)
        self.history = History(self.options.log_steps)
        self.folder = Path(self.options.output_dir)
        self.step, self.clock = 0, Clock()

    def run(self) -> bool:
        """Train; then save model, tokenizer and report. Return whether the run came to its end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.options.resume:
            self._load_state()
        self.clock.start()
        if self.task.measured_at_start and not self.step:
            for split in self.task.measured_splits:
                self.history.add_start(split, self.measure(split))
        last = min(self.options.stop_at_step or self.plan.total_steps, self.plan.total_steps)
        with tqdm(total=self.plan.total_steps, initial=self.step, unit="step", disable=self.where.rank > 0) as bar:
            while self.step < last:
                loss = self.train_step()
                self.history.add_loss(self.step, loss)
                bar.update()
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
                if self.plan.measured_after(self.step):
                    self.history.flush(self.step)
                    self.history.add_validation(self.step, self.measure("validation"))
                if self.step % self.options.save_steps == 0:
                    self._save_state()
        if self.step < self.plan.total_steps:
            self._save_state()
            if self.where.rank == 0:
                print(f"stopped after step {self.step} of {self.plan.total_steps}; add --resume to go on")
            return False
        results = {split: self.measure(split) for split in self.task.measured_splits}
        if self.where.rank == 0:
            self._finish(results)
        return True

    def train_step(self) -> float:
        """Take one step; return its loss over all processes."""
        # Dropout follows from the seed and the step, so a resumed run drops the same.
        torch.manual_seed((self.options.seed << 32) + self.step * self.where.count + self.where.rank)
        self.objective.train()
        self.optimizer.zero_grad()
        parts = self.plan.parts(self.step, self.where.rank)
        total = torch.zeros((), device=self.where.device)
        for number, part in enumerate(parts):
            # Gradients are exchanged once, in the last pass.
            waits = self.where.count > 1 and number < len(parts) - 1
            with self.objective.no_sync() if waits else nullcontext():  # type: ignore[operator]
                with self._precision():
                    loss = self.objective(self._tensors(part.arrays)) * part.share
                # Processes average their gradients, but the shares already add up to one over all of them.
                (loss * self.where.count).backward()
            total += loss.detach()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.options.max_gradient_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.learning_rate(self.step)
        self.optimizer.step()
        self.step += 1
        if self.where.count > 1:
            dist.all_reduce(total)
        return total.item()

    @torch.no_grad()
    def measure(self, split: str) -> Metrics:
        """Measure a split; each process answers some of its batches."""
        self.model.eval()
        rank, count = self.where.rank, self.where.count
        answers: dict[int, np.ndarray] = {}
        for number, batch in enumerate(self.task.evaluation_batches(split)):
            if number % count == rank:
                with self._precision():
                    answers[number] = self.answer(self.model, self._tensors(batch.arrays)).float().cpu().numpy()
        if count > 1:
            gathered: list[dict[int, np.ndarray]] = [{} for _ in range(count)]
            dist.all_gather_object(gathered, answers)
            answers = {number: answer for part in gathered for number, answer in part.items()}
        return self.task.measure(split, [answers[number] for number in sorted(answers)])

    def _finish(self, results: dict[str, Metrics]) -> None:
        self.model.save_pretrained(self.folder)
        self.task.tokenizer.save_pretrained(self.folder)
        report = write_report(
            self.task,
            "pytorch",
            self.history,
            results,
            steps=self.step,
            rows_per_step=self.plan.rows,
            clock=self.clock,
            device=torch.cuda.get_device_name() if self.where.device.type == "cuda" else "cpu",
            devices=self.where.count,
            parameters=self.model.num_parameters(),
        )
        (self.folder / STATE).unlink(missing_ok=True)
        for split, metrics in report["results"].items():
            print(split, {name: round(value, 4) for name, value in metrics.items()})

    def _save_state(self) -> None:
        if self.where.rank > 0:
            return
        state = {
            "settings": settings(self.options),
            "processes": self.where.count,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "history": self.history.state(),
            "step": self.step,
            "seconds": self.clock.read(),
        }
        staged = self.folder / "training_state.partial.pt"
        torch.save(state, staged)
        staged.replace(self.folder / STATE)

    def _load_state(self) -> None:
        state = torch.load(self.folder / STATE, map_location=self.where.device, weights_only=True)
        check_same_run(self.options, state["settings"])
        if state["processes"] != self.where.count:
            raise ValueError(f"--resume: the run was begun with {state['processes']} processes, not {self.where.count}")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.history.load_state(state["history"])
        self.step = state["step"]
        self.clock.load(state["seconds"])

    def _tensors(self, arrays: Arrays) -> Batch:
        return {name: torch.from_numpy(array).to(self.where.device, torch.int64) for name, array in arrays.items()}

    def _precision(self) -> torch.autocast:
        bf16 = self.options.mixed_precision == "bf16"
        return torch.autocast(self.where.device.type, dtype=torch.bfloat16, enabled=bf16)


class Objective(nn.Module):
    """The mean loss as a module of its own, so that data parallelism sees one forward."""

    def __init__(self, model: nn.Module, mean_loss: MeanLoss) -> None:
        super().__init__()
        self.model, self.mean_loss = model, mean_loss

    def forward(self, batch: Batch) -> Tensor:
        """Return the mean loss of a batch."""
        return self.mean_loss(self.model, batch)
