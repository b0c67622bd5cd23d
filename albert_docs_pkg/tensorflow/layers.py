"""Keras layers as ALBERT uses them: built at once, since all sizes are known, and filled by ``init_weights``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import tensorflow as tf
from tensorflow import Tensor


class EmbeddingTable(keras.layers.Layer):
    """A table of vectors that are looked up by number; its only variable is ``weight``.

    Unlike the layer of Keras it can be resized, and takes -1 for an error rather than for the last row.

    Args:
        rows: number of vectors.
        width: length of each.
        **options: ``name`` and ``dtype`` as for any Keras layer.

    Example:
        >>> import tensorflow as tf
        >>> from albert_docs_pkg.tensorflow.layers import EmbeddingTable
        >>> table = EmbeddingTable(50, 8)
        >>> table(tf.constant([[2, 9, 3]])).shape
        TensorShape([1, 3, 8])
    """

    def __init__(self, rows: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.input_dim, self.output_dim = rows, width
        self.weight = self.add_weight(shape=(rows, width), initializer="zeros", name="weight")
        self.built = True

    def call(self, ids: Tensor) -> Tensor:
        """Look up integers of any shape; the result has one more dimension.

        Example:
            >>> table(tf.constant([4])).shape
            TensorShape([1, 8])
        """
        return tf.gather(tf.convert_to_tensor(self.weight), ids)

    def resize(self, rows: int) -> None:
        """Make the table longer or shorter; new rows start as the mean of the old ones.

        Example:
            >>> table.resize(52)
            >>> tuple(table.weight.shape)
            (52, 8)
        """
        values = resized_rows(self.weight, rows)
        del self.weight
        self.weight = self.add_weight(shape=(rows, self.output_dim), initializer="zeros", name="weight")
        self.weight.assign(values)
        self.input_dim = rows


def dense(inputs: int, outputs: int, dtype: Any, name: str | None = None) -> keras.layers.Dense:
    """Return a linear layer with a kernel of shape (inputs, outputs) and a bias, both zero.

    Example:
        >>> from albert_docs_pkg.tensorflow.layers import dense
        >>> tuple(dense(8, 3, "float32").kernel.shape)
        (8, 3)
    """
    layer = keras.layers.Dense(outputs, kernel_initializer="zeros", dtype=dtype, name=name)
    layer.build((None, inputs))
    return layer


def layer_norm(width: int, epsilon: float, dtype: Any) -> keras.layers.LayerNormalization:
    """Return a layer normalisation over the last dimension, scale 1 and offset 0.

    Example:
        >>> from albert_docs_pkg.tensorflow.layers import layer_norm
        >>> tuple(layer_norm(4, 1e-12, "float32").gamma.shape)
        (4,)
    """
    layer = keras.layers.LayerNormalization(epsilon=epsilon, dtype=dtype)
    layer.build((None, width))
    return layer


def project(states: Tensor, weight: Tensor, transpose: bool = False) -> Tensor:
    """Multiply the last dimension with a matrix, all rows of the batch in one product.

    Args:
        states: float of shape (..., inputs).
        weight: float of shape (inputs, outputs), or (outputs, inputs) with ``transpose``.
        transpose: use the transposed matrix, which is not made for that.

    Returns:
        Float of shape (..., outputs).

    Example:
        >>> import tensorflow as tf
        >>> from albert_docs_pkg.tensorflow.layers import project
        >>> project(tf.zeros((2, 3, 8)), tf.zeros((5, 8)), transpose=True).shape
        TensorShape([2, 3, 5])
    """
    outputs = weight.shape[0 if transpose else 1]
    rows = tf.matmul(tf.reshape(states, (-1, states.shape[-1])), weight, transpose_b=transpose)
    result = tf.reshape(rows, tf.concat([tf.shape(states)[:-1], [outputs]], axis=0))
    result.set_shape(states.shape[:-1].concatenate(outputs))
    return result


def resized_rows(table: Any, count: int, fill: float | None = None) -> Tensor:
    """Return a tensor of the first ``count`` rows of ``table``; rows it lacks are the mean of all, or ``fill``.

    Example:
        >>> from albert_docs_pkg.tensorflow.layers import resized_rows
        >>> resized_rows(tf.constant([[1.0], [3.0]]), 3).numpy().tolist()
        [[1.0], [3.0], [2.0]]
    """
    table = tf.convert_to_tensor(table)
    added = count - table.shape[0]
    if added <= 0:
        return table[:count]
    row = tf.reduce_mean(table, 0, keepdims=True) if fill is None else tf.fill((1, *table.shape[1:]), fill)
    return tf.concat([table, tf.repeat(tf.cast(row, table.dtype), added, axis=0)], axis=0)


ACTIVATION_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": partial(tf.nn.gelu, approximate=False),
    "gelu_new": partial(tf.nn.gelu, approximate=True),
    "gelu_pytorch_tanh": partial(tf.nn.gelu, approximate=True),
    "relu": tf.nn.relu,
    "silu": tf.nn.silu,
    "swish": tf.nn.silu,
    "tanh": tf.tanh,
}
"""Functions of the names ``hidden_act`` takes."""
