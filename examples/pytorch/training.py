"""What the PyTorch scripts share: torchrun's processes, the training step, answers, and a state to go on from.

A step takes the rows of all processes and of all passes of gradient accumulation. Its loss is the mean over all
their targets, so it is the same however the rows are divided.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from albert_docs_pkg import AlbertPreTrainedModel
from examples.tasks.course import Course
from examples.tasks.features import Arrays
from examples.tasks.task import Task

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


class Trainer(Course):
    """The course of a run with PyTorch.

    Args:
        task: data, options and metrics.
        model: with the task's head.
        where: this process.
        mean_loss: function from the model and a batch to the mean loss over the batch's targets.
        answer: function from the model and a batch to what the task measures.
    """

    framework = "pytorch"

    def __init__(
        self, task: Task, model: AlbertPreTrainedModel, where: Processes, mean_loss: MeanLoss, answer: Answer
    ) -> None:
        super().__init__(task, where.count, leads=where.rank == 0)
        self.where, self.model, self.answer = where, model.to(where.device), answer
        self.objective: nn.Module = Objective(model, mean_loss)
        if where.count > 1:
            self.objective = DistributedDataParallel(self.objective)
        decayed = [weight for weight in model.parameters() if weight.dim() > 1]
        plain = [weight for weight in model.parameters() if weight.dim() == 1]
        groups = [{"params": decayed, "weight_decay": self.options.weight_decay}, {"params": plain, "weight_decay": 0}]
        self.optimizer = torch.optim.AdamW(groups, lr=0.0, fused=True)

    def train_step(self) -> float:
        """Take one step, pass by pass; return its loss over all processes."""
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
        if self.where.count > 1:
            dist.all_reduce(total)
        return total.item()

    @torch.no_grad()
    def answers(self, split: str) -> list[np.ndarray]:
        """Return what the model says about a split; each process answers some of its batches."""
        self.model.eval()
        rank, count = self.where.rank, self.where.count
        found: dict[int, np.ndarray] = {}
        for number, batch in enumerate(self.task.evaluation_batches(split)):
            if number % count == rank:
                with self._precision():
                    found[number] = self.answer(self.model, self._tensors(batch.arrays)).float().cpu().numpy()
        if count > 1:
            gathered: list[dict[int, np.ndarray]] = [{} for _ in range(count)]
            dist.all_gather_object(gathered, found)
            found = {number: answer for part in gathered for number, answer in part.items()}
        return [found[number] for number in sorted(found)]

    def save_model(self) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        self.model.save_pretrained(self.folder)

    def save_state(self, state: dict[str, Any]) -> None:
        """Write everything into one file."""
        staged = self.folder / "training_state.partial.pt"
        torch.save(state | {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}, staged)
        staged.replace(self.folder / STATE)

    def read_state(self) -> dict[str, Any]:
        """Read that file."""
        return torch.load(self.folder / STATE, map_location=self.where.device, weights_only=True)

    def restore(self, state: dict[str, Any]) -> None:
        """Take back weights and the optimizer's memory."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])

    def facts(self) -> dict[str, Any]:
        """Return the kind of device and the size of the model."""
        device = torch.cuda.get_device_name() if self.where.device.type == "cuda" else "cpu"
        return {"device": device, "parameters": self.model.num_parameters()}

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
