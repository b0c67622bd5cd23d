"""What the TensorFlow scripts share: devices, and the course of a run.

A step takes the rows of all devices and of all passes of gradient accumulation. Its loss is the mean over all their
targets, so it is the same however the rows are divided.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow import Tensor

from albert_docs_pkg import TFAlbertPreTrainedModel
from examples.tasks.batches import Part
from examples.tasks.course import Course
from examples.tasks.features import Arrays
from examples.tasks.states import read_arrays, save_arrays
from examples.tasks.task import Task

Batch = dict[str, Tensor]
MeanLoss = Callable[[Any, Batch], Tensor]
Answer = Callable[[Any, Batch], Tensor]


def devices(options: argparse.Namespace) -> tf.distribute.Strategy:
    """Return the strategy for the devices asked for: all GPUs, or parts of the processor.

    Raises:
        SystemExit: there are not so many GPUs, or TensorFlow already runs with other settings.
    """
    gpus = tf.config.list_physical_devices("GPU")
    wanted = options.devices or max(1, len(gpus))
    try:
        if options.threads:
            tf.config.threading.set_intra_op_parallelism_threads(options.threads)
            tf.config.threading.set_inter_op_parallelism_threads(options.threads)
        if not gpus and wanted > 1:
            parts = [tf.config.LogicalDeviceConfiguration() for _ in range(wanted)]
            tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    except RuntimeError as error:
        raise SystemExit(f"--threads and --devices must be set before TensorFlow runs: {error}") from None
    names = [device.name for device in tf.config.list_logical_devices("GPU" if gpus else "CPU")]
    if len(names) < wanted:
        raise SystemExit(f"--devices must be at most {len(names)}, the GPUs of this machine, got {wanted}")
    if options.mixed_precision == "bf16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    else:
        keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(options.seed)  # the new head starts the same on every device and in every run
    return tf.distribute.MirroredStrategy(names[:wanted]) if wanted > 1 else tf.distribute.get_strategy()


def seed_dropout(model: TFAlbertPreTrainedModel, seed: int, step: int) -> None:
    """Make dropout follow from the seed and the step, so that a resumed run drops the same."""
    layers = [each for each in model._flatten_layers() if isinstance(each, keras.layers.Dropout) and each.rate > 0]
    for number, layer in enumerate(layers):
        layer.seed_generator.state.assign(np.random.SeedSequence((seed, step, number)).generate_state(2))


class Trainer(Course):
    """The course of a run with TensorFlow.

    Args:
        task: data, options and metrics.
        model: with the task's head, built in the scope of the strategy.
        strategy: what :func:`devices` returned.
        mean_loss: function from the model and a batch to the mean loss over the batch's targets, in training, as models
            of this package compute it on several devices.
        answer: function from the model and a batch to what the task measures.
    """

    framework = "tensorflow"

    def __init__(
        self,
        task: Task,
        model: TFAlbertPreTrainedModel,
        strategy: tf.distribute.Strategy,
        mean_loss: MeanLoss,
        answer: Answer,
    ) -> None:
        super().__init__(task, strategy.num_replicas_in_sync)
        self.model, self.strategy, self.mean_loss = model, strategy, mean_loss
        with strategy.scope():
            self.optimizer = keras.optimizers.AdamW(
                0.0, weight_decay=self.options.weight_decay, beta_2=0.999, epsilon=1e-8
            )
            plain = [variable for variable in model.trainable_variables if len(variable.shape) == 1]
            self.optimizer.exclude_from_weight_decay(var_list=plain)
            self.optimizer.build(model.trainable_variables)
        # Rows are padded to few lengths; the graph is traced once for all of them.
        self._step = tf.function(self._step_on_all_devices, reduce_retracing=True)
        self._answer = tf.function(lambda batch: answer(model, batch), reduce_retracing=True)

    def train_step(self) -> float:
        """Take one step; return its loss over all devices."""
        seed_dropout(self.model, self.options.seed, self.step)
        self.optimizer.learning_rate.assign(self.plan.learning_rate(self.step))
        parts = [self.plan.parts(self.step, device) for device in range(self.devices)]
        # A loss on several devices is such that the mean of theirs is the mean over the targets of the pass.
        shares = [tf.constant(sum(part.share for part in each), tf.float32) for each in zip(*parts, strict=True)]
        if self.devices == 1:
            passes: Any = _tensors_of_passes(parts[0])
        else:
            passes = self.strategy.experimental_distribute_values_from_function(
                lambda context: _tensors_of_passes(parts[context.replica_id_in_sync_group])
            )
        return float(self._step(passes, shares))

    def answers(self, split: str) -> list[np.ndarray]:
        """Return what the model says about a split."""
        batches = self.task.evaluation_batches(split)
        answers = [self._answer(_tensors(batch.arrays)) for batch in batches]
        return [tf.cast(answer, tf.float32).numpy() for answer in answers]

    def save_model(self) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        self.model.save_pretrained(self.folder)

    def save_state(self, state: dict[str, Any]) -> None:
        """Write everything into one file."""
        save_arrays(self.folder, state, [keras.ops.convert_to_numpy(variable) for variable in self._variables()])

    def read_state(self) -> dict[str, Any]:
        """Read that file."""
        return read_arrays(self.folder)

    def restore(self, state: dict[str, Any]) -> None:
        """Give all variables their values back."""
        for variable, array in zip(self._variables(), state["arrays"], strict=True):
            variable.assign(array)

    def facts(self) -> dict[str, Any]:
        """Return the kind of device and the number of parameters."""
        gpus = tf.config.list_physical_devices("GPU")
        name = tf.config.experimental.get_device_details(gpus[0])["device_name"] if gpus else "cpu"
        return {"device": name, "parameters": self.model.num_parameters()}

    def _step_on_all_devices(self, passes: Any, shares: list[Tensor]) -> Tensor:
        losses = self.strategy.run(self._step_on_one_device, args=(passes, shares))
        return self.strategy.reduce("SUM", losses, axis=None)

    def _step_on_one_device(self, passes: list[Batch], shares: list[Tensor]) -> Tensor:
        variables = self.model.trainable_variables
        total, sums = tf.zeros(()), [tf.zeros(variable.shape) for variable in variables]
        for batch, share in zip(passes, shares, strict=True):
            with tf.GradientTape() as tape:
                loss = tf.cast(self.mean_loss(self.model, batch), tf.float32) * share / self.devices
            gradients = tape.gradient(loss, [variable.value for variable in variables], unconnected_gradients="zero")
            # An embedding's gradient is sparse; with passes and devices to add up it is handled as any other.
            sums = [before + tf.convert_to_tensor(gradient) for before, gradient in zip(sums, gradients, strict=True)]
            total += loss
        if self.devices > 1:
            sums = tf.distribute.get_replica_context().all_reduce("SUM", sums)
        sums, _ = tf.clip_by_global_norm(sums, self.options.max_gradient_norm)
        # The optimizer adds up what the devices hand it, and by now they hand it the same.
        self.optimizer.apply([gradient / self.devices for gradient in sums], variables)
        return total

    def _variables(self) -> list[keras.Variable]:
        # The rate is set anew in each step.
        optimizer = [each for each in self.optimizer.variables if each is not self.optimizer.learning_rate]
        return [*self.model.trainable_variables, *optimizer]


def _tensors(arrays: Arrays) -> Batch:
    return {name: tf.convert_to_tensor(array, tf.int32) for name, array in arrays.items()}


def _tensors_of_passes(parts: list[Part]) -> list[Batch]:
    return [_tensors(part.arrays) for part in parts]
