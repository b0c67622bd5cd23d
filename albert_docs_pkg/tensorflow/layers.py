"""Keras layers as ALBERT uses them: built at once, since all sizes are known, and filled by ``init_weights``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import tensorflow as tf
from tensorflow import Tensor


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


def embedding(rows: int, width: int, dtype: Any) -> keras.layers.Embedding:
    """Return an embedding table of shape (rows, width), all zero.

    Example:
        >>> from albert_docs_pkg.tensorflow.layers import embedding
        >>> tuple(embedding(5, 2, "float32").embeddings.shape)
        (5, 2)
    """
    layer = keras.layers.Embedding(rows, width, embeddings_initializer="zeros", dtype=dtype)
    layer.build()
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
