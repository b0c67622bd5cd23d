"""Run a batch of NumPy arrays through a model of any framework and get NumPy scores back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import copy
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar, Literal

import numpy as np

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.pipelines.batching import Batch

Scores = Literal["labels", "choices", "tokens", "spans", "pieces", "states", "pooled"]
"""What of a model's output is wanted: a vector per row (``labels``, ``choices``, ``pooled``), one per token
(``tokens``, ``spans``: start and end, ``states``), or the vocabulary at the picked positions (``pieces``)."""

_LENGTHS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


class Runner(ABC):
    """A model that is ready to score batches.

    Args:
        model: of the runner's framework.
        scores: what of its output is wanted.
        device: where to compute; where the model is when ``None``.
    """

    framework: ClassVar[str]
    prefix: ClassVar[str]

    def __init__(self, model: Any, scores: Scores, device: Any = None) -> None:
        self.model = model
        self.scores = scores
        self.config: AlbertConfig = model.config
        self.pad_token_id = self.config.pad_token_id or 0
        self._has_states = getattr(model, "spec", None) is None

    @classmethod
    @abstractmethod
    def placed(cls, device: Any) -> Any:
        """Return a device of this machine: by the framework's own name, or by number, -1 for the CPU."""

    @property
    @abstractmethod
    def has_pooler(self) -> bool:
        """Whether the output has a pooled vector."""

    def reading(self, scores: Scores) -> Runner:
        """Return a runner of the same model that wants something else of its output."""
        other = copy(self)
        other.scores = scores
        return other

    @property
    def scores_tokens(self) -> bool:
        """Whether there is a vector for each token."""
        return self.scores in ("tokens", "spans", "states")

    def padded_shape(self, rows: int, length: int) -> tuple[int, int]:
        """Return the shape to which a batch is padded; a framework that compiles for each shape wants few of them."""
        return rows, length

    def __call__(self, batch: Batch) -> np.ndarray:
        """Score a batch: float32 of shape (rows, ...), (rows, length, ...) or (picks, vocab_size)."""
        if self.scores == "pieces":
            return self._pieces(batch)
        output = self._output(batch)
        if self.scores == "spans":
            return np.stack([self._host(output["start_logits"]), self._host(output["end_logits"])], axis=-1)
        if self.scores == "states":
            return self._host(output["last_hidden_state"] if self._has_states else output["hidden_states"][-1])
        return self._host(output["pooler_output" if self.scores == "pooled" else "logits"])

    @abstractmethod
    def _output(self, batch: Batch) -> Any:
        """Return the model's output by field."""

    @abstractmethod
    def _pieces(self, batch: Batch) -> np.ndarray:
        """Return the scores of all pieces at the picked positions, computing them nowhere else."""

    @abstractmethod
    def _host(self, tensor: Any) -> np.ndarray:
        """Return a tensor as float32 in the memory of the host."""

    def _columns(self, batch: Batch) -> dict[str, np.ndarray]:
        """Return the inputs by name, with the axis of choices where the model has one."""
        columns = {
            "input_ids": batch.input_ids,
            "attention_mask": batch.attention_mask,
            "token_type_ids": batch.token_type_ids,
        }
        # Every choice is a row of its own, so that choices of all lengths can be sorted.
        return {name: column[:, None] if self.scores == "choices" else column for name, column in columns.items()}


class PyTorchRunner(Runner):
    """A PyTorch model in inference mode."""

    framework = "pt"
    prefix = ""

    def __init__(self, model: Any, scores: Scores, device: Any = None) -> None:
        import torch

        super().__init__(model, scores)
        self._torch = torch
        if device is not None:
            model.to(self.placed(device))
        self.device = next(model.parameters()).device

    @classmethod
    def placed(cls, device: Any) -> Any:
        """Return a device of this machine."""
        from albert_docs_pkg.pytorch.pretrained import usable_device

        return usable_device(_device_name(device, "cuda"))

    @property
    def has_pooler(self) -> bool:
        """Whether the output has a pooled vector."""
        return self._has_states and self.model.pooler is not None

    def __call__(self, batch: Batch) -> np.ndarray:
        """Score a batch without dropout, whatever mode the model is in, and leave it in that mode."""
        training = self.model.training
        if training:
            self.model.eval()
        try:
            with self._torch.inference_mode():
                return super().__call__(batch)
        finally:
            if training:
                self.model.train()

    def _tensors(self, batch: Batch) -> dict[str, Any]:
        columns = self._columns(batch)
        if batch.attention_mask.all():
            # Without a mask the attention kernels that take none can be used.
            del columns["attention_mask"]
        return {name: self._torch.from_numpy(column).to(self.device) for name, column in columns.items()}

    def _output(self, batch: Batch) -> Any:
        return self.model(
            **self._tensors(batch),
            output_attentions=False,
            output_hidden_states=self.scores == "states" and not self._has_states,
            return_dict=True,
        )

    def _pieces(self, batch: Batch) -> np.ndarray:
        encoded = self.model.albert(**self._tensors(batch), output_attentions=False, return_dict=True)
        rows, positions = self._torch.from_numpy(batch.picks).long().to(self.device).T
        return self._host(self.model.predictions(encoded.last_hidden_state[rows, positions]))

    def _host(self, tensor: Any) -> np.ndarray:
        return tensor.float().cpu().numpy()


class TensorFlowRunner(Runner):
    """A TensorFlow model, traced once for all batch sizes and lengths."""

    framework = "tf"
    prefix = "TF"

    def __init__(self, model: Any, scores: Scores, device: Any = None) -> None:
        import tensorflow as tf

        super().__init__(model, scores)
        self._tf = tf
        self.device = None if device is None else self.placed(device)

    @classmethod
    def placed(cls, device: Any) -> Any:
        """Return a device of this machine."""
        from albert_docs_pkg.tensorflow.placement import usable_device

        return usable_device(_device_name(device, "GPU"))

    @property
    def has_pooler(self) -> bool:
        """Whether the output has a pooled vector."""
        return self._has_states and self.model.pooler is not None

    def _output(self, batch: Batch) -> Any:
        return self._run(self._traced, *self._columns(batch).values())

    def _pieces(self, batch: Batch) -> np.ndarray:
        return self._host(self._run(self._traced_pieces, *self._columns(batch).values(), batch.picks))

    def _host(self, tensor: Any) -> np.ndarray:
        return np.asarray(self._tf.cast(tensor, self._tf.float32))

    def _run(self, function: Any, *arrays: np.ndarray) -> Any:
        if self.device is None:
            return function(*map(self._tf.constant, arrays))
        with self._tf.device(self.device):
            return function(*map(self._tf.constant, arrays))

    @cached_property
    def _traced(self) -> Any:
        tf = self._tf
        shape = (None, 1, None) if self.scores == "choices" else (None, None)

        def run(input_ids: Any, attention_mask: Any, token_type_ids: Any) -> dict[str, Any]:
            output = self.model(
                input_ids,
                attention_mask=attention_mask,
                token_type_ids=token_type_ids,
                output_attentions=False,
                output_hidden_states=self.scores == "states" and not self._has_states,
                return_dict=True,
                training=False,
            )
            return dict(output.items())

        return tf.function(run, input_signature=[tf.TensorSpec(shape, tf.int32)] * 3)

    @cached_property
    def _traced_pieces(self) -> Any:
        tf, model = self._tf, self.model

        def run(input_ids: Any, attention_mask: Any, token_type_ids: Any, picks: Any) -> Any:
            encoded = model.albert(
                input_ids,
                attention_mask=attention_mask,
                token_type_ids=token_type_ids,
                return_dict=True,
                training=False,
            )
            states = tf.gather_nd(encoded.last_hidden_state, picks)
            return model.predictions(states, embeddings=model.albert.embeddings.word_embeddings.weight)

        inputs = [tf.TensorSpec((None, None), tf.int32)] * 3
        return tf.function(run, input_signature=[*inputs, tf.TensorSpec((None, 2), tf.int32)])


class FlaxRunner(Runner):
    """A Flax model, compiled for a few shapes that batches are padded to."""

    framework = "flax"
    prefix = "Flax"

    def __init__(self, model: Any, scores: Scores, device: Any = None) -> None:
        import jax

        super().__init__(model, scores)
        self._jax = jax
        self.params = model.params if device is None else jax.device_put(model.params, self.placed(device))

    @classmethod
    def placed(cls, device: Any) -> Any:
        """Return a device of this machine."""
        from albert_docs_pkg.flax.pretrained import usable_device

        return usable_device(_device_name(device, "gpu"))

    @property
    def has_pooler(self) -> bool:
        """Whether the output has a pooled vector."""
        return self._has_states and self.model.module.add_pooling_layer

    def padded_shape(self, rows: int, length: int) -> tuple[int, int]:
        """Return the next power of two of rows, and the next of a dozen lengths."""
        longest = self.config.max_position_embeddings
        width = next((bucket for bucket in _LENGTHS if bucket >= length), -(-length // 128) * 128)
        return _next_power_of_two(rows), min(width, longest)

    def _output(self, batch: Batch) -> Any:
        return self.model(
            **self._columns(batch),
            params=self.params,
            output_attentions=False,
            output_hidden_states=self.scores == "states" and not self._has_states,
            return_dict=True,
            validate=False,
        )

    def _pieces(self, batch: Batch) -> np.ndarray:
        count = len(batch.picks)
        picks = np.zeros((_next_power_of_two(count), 2), np.int32)
        picks[:count] = batch.picks
        return self._host(self._compiled_pieces(self.params, picks, **self._columns(batch)))[:count]

    def _host(self, tensor: Any) -> np.ndarray:
        return np.asarray(tensor, np.float32)

    @cached_property
    def _compiled_pieces(self) -> Any:
        def score(module: Any, picks: Any, **columns: Any) -> Any:
            states = module.albert(**columns).last_hidden_state[picks[:, 0], picks[:, 1]]
            return module.predictions(states, module.albert.embeddings.word_embeddings.embedding)

        def run(params: Any, picks: Any, **columns: Any) -> Any:
            return self.model.module.apply({"params": params}, picks, **columns, method=score)

        return self._jax.jit(run)


RUNNERS: dict[str, type[Runner]] = {
    runner.framework: runner for runner in (PyTorchRunner, TensorFlowRunner, FlaxRunner)
}
"""The runner of each framework."""


def load_runner(
    name_or_path: Any, head: str, framework: str, scores: Scores, device: Any = None, **options: Any
) -> Runner:
    """Load a checkpoint into a model of a framework and make it ready to run.

    Args:
        name_or_path: bundled name, folder or hub id.
        head: ``"Model"`` or the end of a class name, such as ``"ForMaskedLM"``.
        framework: ``"pt"``, ``"tf"`` or ``"flax"``.
        scores: what of the output is wanted.
        device: where the weights go.
        **options: as for ``from_pretrained``.

    Example:
        >>> from albert_docs_pkg.pipelines.runners import load_runner
        >>> load_runner("albert-wordnet-nano", "ForMaskedLM", "pt", "pieces").config.vocab_size
        6000
    """
    kind = RUNNERS[framework]
    model_class = getattr(import_module("albert_docs_pkg"), f"{kind.prefix}Albert{head}")
    place = None if device is None else kind.placed(device)
    return kind(model_class.from_pretrained(name_or_path, device=place, **options), scores, place)


def _next_power_of_two(count: int) -> int:
    return 1 << (count - 1).bit_length()


def _device_name(device: Any, accelerator: str) -> Any:
    """Return a device that came as a number under the name that the framework has for it."""
    if isinstance(device, bool) or not isinstance(device, int):
        return device
    return "cpu" if device < 0 else f"{accelerator}:{device}"
