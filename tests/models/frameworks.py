"""One face for the models of every framework, so that a behaviour all of them share is tested once.

Inputs, outputs and gradients are NumPy arrays; gradients go by canonical names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

Arrays = dict[str, np.ndarray]


class Framework(Protocol):
    """What a framework has to offer to be tested."""

    name: str

    def load(self, head: str, folder: Path | str, **options: Any) -> Any:
        """Return the model of ``head`` (``"Model"``, ``"ForMaskedLM"`` ...) with the weights of ``folder``."""

    def call(self, model: Any, inputs: Mapping[str, np.ndarray], **switches: Any) -> Arrays:
        """Return all fields of the output; those that are tuples as ``hidden_states.0`` and so on."""

    def gradients(self, model: Any, inputs: Mapping[str, np.ndarray]) -> Arrays:
        """Return the gradients of the loss, of ``pooler_output.sum()`` for the bare model."""


class PyTorch:
    """``albert_docs_pkg.pytorch``."""

    name = "pytorch"

    def load(self, head: str, folder: Path | str, **options: Any) -> Any:
        import albert_docs_pkg

        return getattr(albert_docs_pkg, f"Albert{head}").from_pretrained(folder, **options)

    def call(self, model: Any, inputs: Mapping[str, np.ndarray], **switches: Any) -> Arrays:
        import torch

        with torch.no_grad():
            return flat(model(**_tensors(inputs), **switches), lambda tensor: tensor.float().numpy())

    def gradients(self, model: Any, inputs: Mapping[str, np.ndarray]) -> Arrays:
        model.zero_grad()
        output = model(**_tensors(inputs))
        (output.pooler_output.sum() if "loss" not in output else output.loss).backward()
        return {name: weight.grad.numpy() for name, weight in model.named_parameters() if weight.grad is not None}


class TensorFlow:
    """``albert_docs_pkg.tensorflow``."""

    name = "tensorflow"

    def load(self, head: str, folder: Path | str, **options: Any) -> Any:
        import albert_docs_pkg

        return getattr(albert_docs_pkg, f"TFAlbert{head}").from_pretrained(folder, **options)

    def call(self, model: Any, inputs: Mapping[str, np.ndarray], **switches: Any) -> Arrays:
        import tensorflow as tf

        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        return flat(model(tensors, **switches), lambda tensor: tf.cast(tensor, tf.float32).numpy())

    def gradients(self, model: Any, inputs: Mapping[str, np.ndarray]) -> Arrays:
        import tensorflow as tf

        variables = model.named_variables()
        with tf.GradientTape() as tape:
            output = model({name: tf.constant(value) for name, value in inputs.items()})
            target = output.loss if "loss" in output else tf.reduce_sum(output.pooler_output)
        found = tape.gradient(target, [named.variable.value for named in variables.values()])
        return {
            name: named.canonical(gradient)
            for (name, named), gradient in zip(variables.items(), found, strict=True)
            if gradient is not None
        }


class Flax:
    """``albert_docs_pkg.flax``."""

    name = "flax"

    def load(self, head: str, folder: Path | str, **options: Any) -> Any:
        import jax

        import albert_docs_pkg

        # Programs that run once are compiled faster than they are optimised; the results are the same.
        jax.config.update("jax_disable_most_optimizations", True)
        return getattr(albert_docs_pkg, f"FlaxAlbert{head}").from_pretrained(folder, **options)

    def call(self, model: Any, inputs: Mapping[str, np.ndarray], **switches: Any) -> Arrays:
        return flat(model(**inputs, **switches), np.asarray)

    def gradients(self, model: Any, inputs: Mapping[str, np.ndarray]) -> Arrays:
        import jax

        from albert_docs_pkg.checkpoints.flax_names import canonical_weights

        def loss(params: Any) -> Any:
            output = model(**inputs, params=params)
            return output.pooler_output.sum() if "loss" not in output else output.loss

        return canonical_weights(jax.grad(loss)(model.params))


FRAMEWORKS: list[Framework] = [PyTorch(), TensorFlow(), Flax()]


def flat(output: Any, to_numpy: Any) -> Arrays:
    """Return the fields of a model output by name, members of tuples by name and number."""
    arrays = {}
    for name, value in output.items():
        if isinstance(value, tuple):
            arrays.update({f"{name}.{number}": to_numpy(part) for number, part in enumerate(value)})
        else:
            arrays[name] = to_numpy(value)
    return arrays


def _tensors(inputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
    import torch

    return {name: torch.from_numpy(np.asarray(value)) for name, value in inputs.items()}
