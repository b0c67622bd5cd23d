r"""Pretrain an ALBERT on masked tokens and sentence order with Flax, with resume after a kill.

The corpus is the bundled WordNet text, or text files with one sentence per line and an empty line between documents. A
run that is started again with the same `--output_dir` goes on with the very next batch. A
step is compiled once for each length of its rows, which are multiples of 32.

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

import jax
import jax.numpy as jnp
import numpy as np
import optax

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import AlbertTokenizer, FlaxAlbertForPreTraining
from examples.flax.training import compute_dtype
from examples.tasks.pretraining import build_config, parse
from examples.tasks.pretraining_course import Arrays, PretrainingCourse

Params = Any


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, train, and leave the model, its metrics and its curve in the output folder."""
    options = parse(__doc__, arguments)
    tokenizer = AlbertTokenizer.from_pretrained(options.tokenizer)
    config = build_config(options, tokenizer.vocab_size)
    model = FlaxAlbertForPreTraining(config, seed=options.seed, dtype=compute_dtype(options))
    Pretraining(options, tokenizer, model).run()


class Pretraining(PretrainingCourse):
    """The course with Flax: parameters and the optimizer's memory are trees that a compiled step replaces."""

    framework = "flax"

    def __init__(self, options: Any, tokenizer: AlbertTokenizer, model: FlaxAlbertForPreTraining) -> None:
        super().__init__(options, tokenizer)
        self.model, self.params = model, model.params
        decay = partial(jax.tree.map, lambda weight: weight.ndim > 1)
        # The rate depends on the clock as well, so the step is told it and the chain ends before it.
        self.optimizer = optax.chain(
            optax.clip_by_global_norm(options.max_gradient_norm),
            optax.scale_by_adam(b1=0.9, b2=0.98),
            optax.add_decayed_weights(options.weight_decay, mask=decay),
        )
        self.memory = self.optimizer.init(self.params)
        self._step = jax.jit(self._new_state, donate_argnums=(0, 1))
        self._sums = jax.jit(partial(sums_of, model))

    def train_step(self, arrays: Arrays, rate: float) -> tuple[float, float]:
        """Take one step; return the mean cross entropies of hidden tokens and of sentence order."""
        key = jax.random.fold_in(jax.random.key(self.options.seed), self.step)
        self.params, self.memory, losses = self._step(self.params, self.memory, arrays, rate, key)
        masked, order = np.asarray(losses, np.float64).tolist()
        return masked, order

    def sums(self, arrays: Arrays) -> Sequence[float]:
        """Return the sums of one held-out batch."""
        return np.asarray(self._sums(self.params, arrays), np.float64).tolist()

    def arrays(self) -> list[np.ndarray]:
        """Return weights and the optimizer's memory."""
        return [np.asarray(leaf) for leaf in jax.tree.leaves((self.params, self.memory))]

    def restore(self, arrays: list[np.ndarray]) -> None:
        """Put the arrays back where they came from."""
        form = jax.tree.structure((self.params, self.memory))
        self.params, self.memory = jax.device_put(jax.tree.unflatten(form, arrays))

    def save_model(self) -> None:
        """Write ``config.json`` and ``model.safetensors``."""
        self.model.params = self.params
        self.model.save_pretrained(self.folder)

    def facts(self) -> dict[str, Any]:
        """Return the kind of device and the number of parameters."""
        device = jax.devices()[0]
        name = "cpu" if device.platform == "cpu" else device.device_kind
        return {"device": name, "parameters": self.model.num_parameters()}

    def _new_state(
        self, params: Params, memory: Any, arrays: Arrays, rate: jax.Array, key: jax.Array
    ) -> tuple[Params, Any, jax.Array]:
        objective = jax.value_and_grad(partial(losses_of, self.model), has_aux=True)
        (_, losses), gradients = objective(params, arrays, key)
        updates, memory = self.optimizer.update(gradients, memory, params)
        updates = jax.tree.map(lambda update: -rate * update, updates)
        return optax.apply_updates(params, updates), memory, losses


def losses_of(
    model: FlaxAlbertForPreTraining, params: Params, arrays: Arrays, key: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return the model's own loss, and its two parts: hidden tokens and sentence order."""
    output = model(**arrays, params=params, dropout_rng=key, train=True)
    loss = output.loss.astype(jnp.float32)
    labels = arrays["sentence_order_label"]
    counted = labels != -100
    each = optax.softmax_cross_entropy_with_integer_labels(
        output.sop_logits.astype(jnp.float32), jnp.maximum(labels, 0)
    )
    order = jnp.sum(each * counted) / jnp.maximum(counted.sum(), 1)
    return loss, jnp.stack([loss - order, order])


def sums_of(model: FlaxAlbertForPreTraining, params: Params, arrays: Arrays) -> jax.Array:
    """Return loss, hits and counts of hidden tokens, and hits and counts of sentence order."""
    labels, order = arrays["labels"], arrays["sentence_order_label"]
    inputs = {name: arrays[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    output = model(**inputs, params=params)
    scores = output.prediction_logits.astype(jnp.float32)
    hidden, targets = labels != -100, jnp.maximum(labels, 0)
    right = jnp.take_along_axis(scores, targets[..., None], axis=-1)
    losses = jax.nn.logsumexp(scores, axis=-1) - right[..., 0]
    higher = (scores > right).sum(axis=-1)
    counted = order != -100
    guess = output.sop_logits.argmax(axis=-1)
    parts = [losses * hidden, hidden & (higher < 1), hidden & (higher < 5), hidden, counted & (guess == order), counted]
    return jnp.stack([part.sum().astype(jnp.float32) for part in parts])


if __name__ == "__main__":
    main()
