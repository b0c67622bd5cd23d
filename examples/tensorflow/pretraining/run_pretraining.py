r"""Pretrain an ALBERT on masked tokens and sentence order with TensorFlow, with resume after a kill.

The corpus is the bundled WordNet text, or text files with one sentence per line and an empty line between documents. A
run that is started again with the same `--output_dir` goes on with the very next batch. Rows
are padded to multiples of 32, so that the graph of a step serves few shapes.

    python run_pretraining.py --output_dir runs/nano
    python run_pretraining.py --output_dir runs/own --train_file corpus.txt --max_steps 2000

It uses one device; the PyTorch script of the same name uses several.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import AlbertTokenizer, TFAlbertForPreTraining
from examples.tasks.pretraining import build_config, parse
from examples.tasks.pretraining_course import Arrays, PretrainingCourse
from examples.tensorflow.training import devices, seed_dropout


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, train, and leave the model, its metrics and its curve in the output folder."""
    options = parse(__doc__, arguments)
    options.devices = 1
    devices(options)  # threads, precision and seed
    tokenizer = AlbertTokenizer.from_pretrained(options.tokenizer)
    model = TFAlbertForPreTraining(build_config(options, tokenizer.vocab_size))
    Pretraining(options, tokenizer, model).run()


class Pretraining(PretrainingCourse):
    """The course with TensorFlow: a graph that changes variables."""

    framework = "tensorflow"

    def __init__(self, options: Any, tokenizer: AlbertTokenizer, model: TFAlbertForPreTraining) -> None:
        super().__init__(options, tokenizer)
        self.model = model
        self.optimizer = keras.optimizers.AdamW(0.0, weight_decay=options.weight_decay, beta_2=0.98, epsilon=1e-8)
        plain = [variable for variable in model.trainable_variables if len(variable.shape) == 1]
        self.optimizer.exclude_from_weight_decay(var_list=plain)
        self.optimizer.build(model.trainable_variables)
        self._step = tf.function(self._take_step, reduce_retracing=True)
        self._sums = tf.function(partial(sums_of, model), reduce_retracing=True)

    def train_step(self, arrays: Arrays, rate: float) -> tuple[float, float]:
        """Take one step; return the mean cross entropies of hidden tokens and of sentence order."""
        seed_dropout(self.model, self.options.seed, self.step)
        self.optimizer.learning_rate.assign(rate)
        masked, order = self._step(tensors(arrays)).numpy().tolist()
        return masked, order

    def sums(self, arrays: Arrays) -> Sequence[float]:
        """Return the sums of one held-out batch."""
        return self._sums(tensors(arrays)).numpy().tolist()

    def arrays(self) -> list[np.ndarray]:
        """Return weights and the optimizer's memory."""
        return [keras.ops.convert_to_numpy(variable) for variable in self._variables()]

    def restore(self, arrays: list[np.ndarray]) -> None:
        """Give all variables their values back."""
        for variable, array in zip(self._variables(), arrays, strict=True):
            variable.assign(array)

    def save_model(self) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        self.model.save_pretrained(self.folder)

    def facts(self) -> dict[str, Any]:
        """Return the kind of device and the number of parameters."""
        gpus = tf.config.list_physical_devices("GPU")
        name = tf.config.experimental.get_device_details(gpus[0])["device_name"] if gpus else "cpu"
        return {"device": name, "parameters": self.model.num_parameters()}

    def _take_step(self, batch: dict[str, Tensor]) -> Tensor:
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            output = self.model(batch, training=True)
            loss = tf.cast(output.loss, tf.float32)
        gradients = tape.gradient(loss, [variable.value for variable in variables], unconnected_gradients="zero")
        # An embedding's gradient is sparse; the norm is over all of its rows.
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        clipped, _ = tf.clip_by_global_norm(dense, self.options.max_gradient_norm)
        self.optimizer.apply(clipped, variables)
        labels = batch["sentence_order_label"]
        counted = labels != -100
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.boolean_mask(labels, counted),
            logits=tf.cast(tf.boolean_mask(output.sop_logits, counted), tf.float32),
        )
        order = tf.math.divide_no_nan(tf.reduce_sum(each), tf.cast(tf.size(each), tf.float32))
        return tf.stack([loss - order, order])

    def _variables(self) -> list[keras.Variable]:
        # The rate is set anew in each step.
        memory = [each for each in self.optimizer.variables if each is not self.optimizer.learning_rate]
        return [*self.model.trainable_variables, *memory]


def sums_of(model: TFAlbertForPreTraining, batch: dict[str, Tensor]) -> Tensor:
    """Return loss, hits and counts of hidden tokens, and hits and counts of sentence order."""
    names = ("input_ids", "attention_mask", "token_type_ids")
    output = model({name: batch[name] for name in names}, training=False)
    hidden = batch["labels"] != -100
    scores = tf.cast(tf.boolean_mask(output.prediction_logits, hidden), tf.float32)
    targets = tf.boolean_mask(batch["labels"], hidden)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=scores)
    right = tf.gather(scores, targets, batch_dims=1)
    higher = tf.reduce_sum(tf.cast(scores > right[:, None], tf.int32), axis=1)
    order = batch["sentence_order_label"]
    guess = tf.argmax(output.sop_logits, axis=-1, output_type=tf.int32)
    parts = [losses, higher < 1, higher < 5, hidden, guess == order, order != -100]
    return tf.stack([tf.reduce_sum(tf.cast(part, tf.float32)) for part in parts])


def tensors(arrays: Arrays) -> dict[str, Tensor]:
    """Return the columns as tensors."""
    return {name: tf.convert_to_tensor(array, tf.int32) for name, array in arrays.items()}


if __name__ == "__main__":
    main()
