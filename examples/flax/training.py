"""What the Flax scripts share: a mesh of devices, and the course of a run.

A step takes the rows of all devices and of all passes of gradient accumulation. Its loss is the mean over all their
targets, so it is the same however the rows are divided. The rows of a pass lie on the devices side by side, the
parameters on each of them whole; what has to be exchanged for that is the compiler's business.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from albert_docs_pkg import FlaxAlbertPreTrainedModel
from examples.tasks.batches import TrainingPlan
from examples.tasks.course import Course
from examples.tasks.states import read_arrays, save_arrays
from examples.tasks.task import Task

Params = Any
Batch = dict[str, jax.Array]
MeanLoss = Callable[[Any, Params, Batch, jax.Array], jax.Array]
Answer = Callable[[Any, Params, Batch], jax.Array]


def devices(options: argparse.Namespace) -> Mesh:
    """Return the devices asked for: all GPUs or TPUs, or parts of the processor.

    Raises:
        SystemExit: there are not so many, or JAX already runs with other settings.
    """
    if options.threads:
        print("--threads is not for JAX, which takes the processors it may use: set taskset or a container's limit")
    try:
        if options.devices:
            jax.config.update("jax_num_cpu_devices", options.devices)
    except RuntimeError as error:
        # Only a processor is divided so; accelerators are there or not.
        if len(jax.devices()) < options.devices:
            raise SystemExit(f"--devices must be set before JAX runs: {error}") from None
    found = jax.devices()
    wanted = options.devices or len(found)
    if len(found) < wanted:
        raise SystemExit(f"--devices must be at most {len(found)}, the devices of this machine, got {wanted}")
    return Mesh(np.array(found[:wanted]), ("rows",))


def compute_dtype(options: argparse.Namespace) -> Any:
    """Return the dtype that models compute in; their parameters are float32."""
    return jnp.bfloat16 if options.mixed_precision == "bf16" else jnp.float32


def learning_rates(plan: TrainingPlan) -> optax.Schedule:
    """Return the rate of each step: up in a line during the warm-up, then down in a line to 0."""
    peak, warmup = plan.options.learning_rate, plan.warmup_steps
    falling = optax.linear_schedule(peak, 0.0, plan.total_steps - warmup)
    if not warmup:
        return falling
    return optax.join_schedules([optax.linear_schedule(peak / (warmup + 1), peak, warmup), falling], [warmup])


class Trainer(Course):
    """The course of a run with Flax.

    Args:
        task: data, options and metrics.
        model: with the task's head.
        mesh: what :func:`devices` returned.
        mean_loss: function from the model, its parameters, a batch and a random key to the mean loss over the
            batch's targets, in training.
        answer: function from the model, its parameters and a batch to what the task measures.
        finish: what is done on the host with each answer, because its shape follows from the values.
    """

    framework = "flax"

    def __init__(
        self,
        task: Task,
        model: FlaxAlbertPreTrainedModel,
        mesh: Mesh,
        mean_loss: MeanLoss,
        answer: Answer,
        finish: Callable[[np.ndarray], np.ndarray] = lambda answers: answers,
    ) -> None:
        super().__init__(task, mesh.size)
        self.model, self.finish = model, finish
        self.everywhere = NamedSharding(mesh, PartitionSpec())
        self.side_by_side = NamedSharding(mesh, PartitionSpec("rows"))
        decay = partial(jax.tree.map, lambda weight: weight.ndim > 1)
        self.optimizer = optax.chain(
            optax.clip_by_global_norm(self.options.max_gradient_norm),
            optax.adamw(learning_rates(self.plan), weight_decay=self.options.weight_decay, mask=decay),
        )
        self.params = jax.device_put(model.params, self.everywhere)
        self.optimizer_state = jax.device_put(self.optimizer.init(self.params), self.everywhere)
        # Rows are padded to few lengths; a step is compiled once for each.
        self._step = jax.jit(partial(self._new_state, partial(mean_loss, model)), donate_argnums=(0, 1))
        self._answer = jax.jit(partial(answer, model))

    def train_step(self) -> float:
        """Take one step; return its loss over all devices."""
        # Dropout follows from the seed and the step, so a resumed run drops the same.
        key = jax.random.fold_in(jax.random.key(self.options.seed), self.step)
        self.params, self.optimizer_state, loss = self._step(self.params, self.optimizer_state, self._passes(), key)
        return float(loss)

    def answers(self, split: str) -> list[np.ndarray]:
        """Return what the model says about a split."""
        batches = self.task.evaluation_batches(split)
        answers = [self._answer(self.params, batch.arrays) for batch in batches]
        return [self.finish(np.asarray(answer, np.float32)) for answer in answers]

    def save_model(self) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        self.model.params = self.params
        self.model.save_pretrained(self.folder)

    def save_state(self, state: dict[str, Any]) -> None:
        """Write everything into one file."""
        save_arrays(self.folder, state, jax.tree.leaves((self.params, self.optimizer_state)))

    def read_state(self) -> dict[str, Any]:
        """Read that file."""
        return read_arrays(self.folder)

    def restore(self, state: dict[str, Any]) -> None:
        """Put the arrays back where they came from, on all devices."""
        form = jax.tree.structure((self.params, self.optimizer_state))
        restored = jax.tree.unflatten(form, state["arrays"])
        self.params, self.optimizer_state = jax.device_put(restored, self.everywhere)

    def facts(self) -> dict[str, Any]:
        """Return the kind of device and the number of parameters."""
        device = jax.devices()[0]
        name = "cpu" if device.platform == "cpu" else device.device_kind
        return {"device": name, "parameters": self.model.num_parameters()}

    def _passes(self) -> list[tuple[Batch, float]]:
        """Return the rows of each pass, those of the devices side by side, and the pass's share of the targets."""
        of_devices = [self.plan.parts(self.step, device) for device in range(self.devices)]
        passes = []
        for parts in zip(*of_devices, strict=True):
            arrays = {name: np.concatenate([part.arrays[name] for part in parts]) for name in parts[0].arrays}
            passes.append((jax.device_put(arrays, self.side_by_side), sum(part.share for part in parts)))
        return passes

    def _new_state(
        self, mean_loss: Any, params: Params, state: Any, passes: list[tuple[Batch, jax.Array]], key: jax.Array
    ) -> tuple[Params, Any, jax.Array]:
        total, sums = jnp.zeros(()), jax.tree.map(jnp.zeros_like, params)
        for number, (batch, share) in enumerate(passes):
            objective = partial(_shared_loss, mean_loss, batch, share, jax.random.fold_in(key, number))
            loss, gradients = jax.value_and_grad(objective)(params)
            total, sums = total + loss, jax.tree.map(jnp.add, sums, gradients)
        updates, state = self.optimizer.update(sums, state, params)
        return optax.apply_updates(params, updates), state, total


def _shared_loss(mean_loss: Any, batch: Batch, share: jax.Array, key: jax.Array, params: Params) -> jax.Array:
    return mean_loss(params, batch, key).astype(jnp.float32) * share
