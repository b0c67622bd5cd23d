"""Self-attention of a shared layer: the projections are joined once per forward, then used at every depth."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from tensorflow import Tensor

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.tensorflow.layers import dense, layer_norm, project


class JointProjection(NamedTuple):
    """Query, key and value projections as one: weight of shape (hidden, 3 * hidden), bias of shape (3 * hidden).

    The query's part is divided by the square root of the head size, so that scores need no scaling.
    """

    weight: Tensor
    bias: Tensor


class AlbertAttention(keras.layers.Layer):
    """Multi-head self-attention with its output projection, residual and layer normalisation.

    The three projections are separate variables, as in every ALBERT checkpoint, and are multiplied as one:
    :meth:`join_projections` is called once per forward of the whole model, not once per layer.

    Args:
        config: uses ``hidden_size``, ``num_attention_heads``, both dropout rates and ``layer_norm_eps``.
        **options: ``name`` and ``dtype`` as for any Keras layer.

    Example:
        >>> import tensorflow as tf
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.tensorflow.attention import AlbertAttention
        >>> attention = AlbertAttention(AlbertConfig(hidden_size=8, num_attention_heads=2))
        >>> states, probabilities = attention(tf.zeros((1, 5, 8)), projection=attention.join_projections())
        >>> states.shape, probabilities
        (TensorShape([1, 5, 8]), None)
    """

    def __init__(self, config: AlbertConfig, **options: Any) -> None:
        super().__init__(**options)
        width, dtype = config.hidden_size, self.dtype_policy
        self.num_heads = config.num_attention_heads
        self.head_size = width // config.num_attention_heads
        self.query = dense(width, width, dtype, name="query")
        self.key = dense(width, width, dtype, name="key")
        self.value = dense(width, width, dtype, name="value")
        self.dense = dense(width, width, dtype)
        self.LayerNorm = layer_norm(width, config.layer_norm_eps, dtype)
        self.attention_dropout = keras.layers.Dropout(config.attention_probs_dropout_prob, dtype=dtype)
        self.output_dropout = keras.layers.Dropout(config.hidden_dropout_prob, dtype=dtype)
        self.built = True

    def join_projections(self) -> JointProjection:
        """Return query, key and value as one projection; gradients flow back into the three.

        Example:
            >>> attention.join_projections().weight.shape
            TensorShape([8, 24])
        """
        scale = 1.0 / math.sqrt(self.head_size)
        weights = [tf.cast(part.kernel, self.compute_dtype) for part in (self.query, self.key, self.value)]
        biases = [tf.cast(part.bias, self.compute_dtype) for part in (self.query, self.key, self.value)]
        return JointProjection(
            tf.concat([weights[0] * scale, *weights[1:]], axis=1), tf.concat([biases[0] * scale, *biases[1:]], axis=0)
        )

    def call(
        self,
        hidden_states: Tensor,
        projection: JointProjection,
        score_mask: Tensor | None = None,
        return_probabilities: bool = False,
        training: bool | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Attend over a batch; the mask is not called ``mask``, which Keras takes for one of its own.

        Args:
            hidden_states: float of shape (batch, length, hidden_size).
            projection: what :meth:`join_projections` returned.
            score_mask: float to add to the scores, broadcast to (batch, heads, length, length); ``None`` to attend to
                all.
            return_probabilities: also return the attention probabilities.
            training: apply dropout.

        Returns:
            The new states of shape (batch, length, hidden_size), and the probabilities of shape (batch, heads,
            length, length) or ``None``.

        Example:
            >>> joined = attention.join_projections()
            >>> attention(tf.zeros((1, 5, 8)), projection=joined, return_probabilities=True)[1].shape
            TensorShape([1, 2, 5, 5])
        """
        batch, length = tf.unstack(tf.shape(hidden_states)[:2])
        joined = project(hidden_states, projection.weight) + projection.bias
        heads = tf.transpose(tf.reshape(joined, (batch, length, 3, self.num_heads, self.head_size)), (2, 0, 3, 1, 4))
        query, key, value = tf.unstack(heads)
        scores = tf.matmul(query, key, transpose_b=True)
        probabilities = tf.nn.softmax(scores if score_mask is None else scores + score_mask)
        context = tf.matmul(self.attention_dropout(probabilities, training=training), value)
        width = self.num_heads * self.head_size
        context = tf.reshape(tf.transpose(context, (0, 2, 1, 3)), (batch, length, width))
        attended = self.output_dropout(self.dense(context), training=training)
        states = self.LayerNorm(hidden_states + attended)
        return states, probabilities if return_probabilities else None


def additive_mask(attention_mask: Tensor | None, dtype: Any) -> Tensor | None:
    """Turn a mask of ones and zeros into what is added to attention scores; built once per forward.

    A masked key gets half of the lowest number of ``dtype``, not minus infinity, so that a row with nothing to attend
    to stays finite, in half precision too.

    Args:
        attention_mask: 1 (or ``True``) to attend, 0 to leave out; shape (batch, length) for keys,
            (batch, length, length) for pairs of query and key, (batch, heads or 1, length, length) in full.
            ``None`` gives ``None``, so that nothing is added at all.
        dtype: floating dtype of the scores.

    Returns:
        Float of ``dtype`` that broadcasts to (batch, heads, length, length), or ``None``.

    Raises:
        ValueError: a number of dimensions other than 2, 3 or 4.

    Example:
        >>> from albert_docs_pkg.tensorflow.attention import additive_mask
        >>> additive_mask(tf.constant([[1, 1, 0]]), tf.float32).shape
        TensorShape([1, 1, 1, 3])
    """
    if attention_mask is None:
        return None
    dimensions = attention_mask.shape.rank
    if dimensions == 2:
        attention_mask = attention_mask[:, None, None, :]
    elif dimensions == 3:
        attention_mask = attention_mask[:, None, :, :]
    elif dimensions != 4:
        raise ValueError(
            "attention_mask must have shape (batch, length), (batch, length, length) or "
            f"(batch, heads, length, length), got {tuple(attention_mask.shape)}"
        )
    blocked = tf.logical_not(tf.cast(attention_mask, tf.bool))
    dtype = tf.as_dtype(dtype)
    return tf.where(blocked, tf.constant(dtype.min / 2, dtype), tf.constant(0, dtype))
