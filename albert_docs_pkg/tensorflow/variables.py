"""Variables of a model under their canonical names: what Keras names and lays out otherwise is known here alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from albert_docs_pkg.tensorflow.layers import EmbeddingTable


@dataclass(frozen=True)
class NamedVariable:
    """A Keras variable and how it goes with the weight of a checkpoint.

    Args:
        variable: the variable.
        transposed: a kernel, of shape (inputs, outputs), where checkpoints have (outputs, inputs).
        kind: ``"weight"`` is drawn at random, ``"scale"`` starts as 1, ``"bias"`` as 0.
        padding_row: row of an embedding that starts as 0.

    Example:
        >>> from albert_docs_pkg.tensorflow.layers import dense
        >>> from albert_docs_pkg.tensorflow.variables import NamedVariable
        >>> NamedVariable(dense(8, 3, "float32").kernel, transposed=True).shape
        (3, 8)
    """

    variable: keras.Variable
    transposed: bool = False
    kind: str = "weight"
    padding_row: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the weight in checkpoints.

        Example:
            >>> NamedVariable(dense(8, 3, "float32").bias).shape
            (3,)
        """
        shape = tuple(self.variable.shape)
        return shape[::-1] if self.transposed else shape

    def canonical(self, value: Any = None) -> np.ndarray:
        """Return the variable, or a value of its shape such as a gradient, as checkpoints have it.

        Example:
            >>> NamedVariable(dense(8, 3, "float32").kernel, transposed=True).canonical().shape
            (3, 8)
        """
        if isinstance(value, tf.IndexedSlices):
            value = tf.convert_to_tensor(value)
        if value is None:
            # Of a tensor, unlike of a variable, NumPy sees the memory itself; it is copied once, below.
            value = tf.convert_to_tensor(self.variable.value)
        array = np.asarray(value)
        return np.array(array.T if self.transposed else array, order="C")

    def fill(self, array: np.ndarray) -> None:
        """Set the variable from a weight of a checkpoint, cast to the variable's dtype.

        Example:
            >>> import numpy as np
            >>> kernel = NamedVariable(dense(8, 3, "float32").kernel, transposed=True)
            >>> kernel.fill(np.ones((3, 8)))
            >>> float(kernel.canonical().sum())
            24.0
        """
        if array.dtype.name == "bfloat16" and self.variable.dtype != "bfloat16":
            array = array.astype(np.float32)
        if array.shape != self.shape:
            raise ValueError(f"the weight of {self.variable.path} must have shape {self.shape}, got {array.shape}")
        # Never more than two copies: each is gone before the next but one is made. The variable makes the last.
        array = np.asarray(array.T if self.transposed else array, order="C")
        value = tf.cast(tf.convert_to_tensor(array), self._dtype)
        del array
        handle = self._handle()
        if handle is None:
            self.variable.assign(value)
        else:
            tf.raw_ops.AssignVariableOp(resource=handle, value=value, validate_shape=False)

    def release(self) -> None:
        """Give the memory of the variable back, where TensorFlow lets it go; :meth:`fill` has to follow.

        Example:
            >>> kernel.release()
            >>> kernel.fill(np.zeros((3, 8)))
        """
        handle = self._handle()
        if handle is not None:
            nothing = tf.zeros([], self._dtype)
            tf.raw_ops.AssignVariableOp(resource=handle, value=nothing, validate_shape=False)

    @property
    def _dtype(self) -> tf.DType:
        return tf.as_dtype(self.variable.dtype)

    def _handle(self) -> Any:
        """Return the handle of a variable that lives in one place, ``None`` for one that a strategy distributes."""
        value = self.variable.value
        plain = type(value).__name__ == "ResourceVariable" and tf.executing_eagerly()
        return value.handle if plain else None

    def initial(self, generator: np.random.Generator, deviation: float) -> np.ndarray:
        """Draw an initial value.

        Example:
            >>> bias = NamedVariable(dense(8, 3, "float32").bias, kind="bias")
            >>> bias.initial(np.random.default_rng(0), 0.02).tolist()
            [0.0, 0.0, 0.0]
        """
        if self.kind in ("scale", "bias"):
            return np.full(self.shape, 1.0 if self.kind == "scale" else 0.0, np.float32)
        value = generator.standard_normal(self.shape, np.float32) * np.float32(deviation)
        if self.padding_row is not None:
            value[self.padding_row] = 0.0
        return value


def named_variables(layer: keras.layers.Layer, prefix: str = "") -> Iterator[tuple[str, NamedVariable]]:
    """Yield the variables of a layer and of the layers in it, by canonical name.

    The names are the attributes that lead to them; the layers of Keras call their own variables otherwise.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.tensorflow.heads import AlbertSOPHead
        >>> from albert_docs_pkg.tensorflow.variables import named_variables
        >>> head = AlbertSOPHead(AlbertConfig(hidden_size=8, num_attention_heads=2))
        >>> [name for name, _ in named_variables(head)]
        ['classifier.weight', 'classifier.bias']
    """
    for attribute, value in vars(layer).items():
        if attribute.startswith("_"):
            continue
        if isinstance(value, keras.Variable):
            yield prefix + attribute, NamedVariable(value, kind="bias" if attribute == "bias" else "weight")
        elif isinstance(value, keras.layers.Layer):
            yield from _of(value, f"{prefix}{attribute}", getattr(layer, "padding_id", None))
        elif isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, keras.layers.Layer):
                    yield from named_variables(item, f"{prefix}{attribute}.{number}.")


def _of(layer: keras.layers.Layer, path: str, padding_row: int | None) -> Iterator[tuple[str, NamedVariable]]:
    if isinstance(layer, keras.layers.Dense):
        yield f"{path}.weight", NamedVariable(layer.kernel, transposed=True)
        yield f"{path}.bias", NamedVariable(layer.bias, kind="bias")
    elif isinstance(layer, keras.layers.LayerNormalization):
        yield f"{path}.weight", NamedVariable(layer.gamma, kind="scale")
        yield f"{path}.bias", NamedVariable(layer.beta, kind="bias")
    elif isinstance(layer, EmbeddingTable):
        row = padding_row if path.endswith("word_embeddings") else None
        yield f"{path}.weight", NamedVariable(layer.weight, padding_row=row)
    else:
        yield from named_variables(layer, f"{path}.")
