"""The heads that have rooms of their own, and the losses of all of them."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from tensorflow import Tensor

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.heads import HEADS, IGNORED_LABEL, classifier_dropout, infer_problem_type
from albert_docs_pkg.tensorflow.layers import (
    ACTIVATION_FUNCTIONS,
    EmbeddingTable,
    dense,
    layer_norm,
    project,
    resized_rows,
)


class AlbertMLMHead(keras.layers.Layer):
    """Scores of every vocabulary piece: H to E, activation, normalisation, then the embedding matrix.

    The matrix is the one of the word embeddings and is handed to the call, or, with ``tie_word_embeddings`` off, one
    of this layer's own.

    Args:
        config: uses ``hidden_size``, ``embedding_size``, ``vocab_size``, ``hidden_act``, ``layer_norm_eps`` and
            ``tie_word_embeddings``.
        **options: ``name`` and ``dtype`` as for any Keras layer.

    Example:
        >>> import tensorflow as tf
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.tensorflow.heads import AlbertMLMHead
        >>> small = AlbertConfig(vocab_size=50, hidden_size=8, num_attention_heads=2, intermediate_size=16)
        >>> AlbertMLMHead(small)(tf.zeros((1, 5, 8)), embeddings=tf.zeros((50, 128))).shape
        TensorShape([1, 5, 50])
    """

    def __init__(self, config: AlbertConfig, **options: Any) -> None:
        super().__init__(**options)
        dtype = self.dtype_policy
        self.dense = dense(config.hidden_size, config.embedding_size, dtype)
        self.LayerNorm = layer_norm(config.embedding_size, config.layer_norm_eps, dtype)
        self.activation = ACTIVATION_FUNCTIONS[config.hidden_act]
        self.decoder = None
        if not config.tie_word_embeddings:
            self.decoder = EmbeddingTable(config.vocab_size, config.embedding_size, dtype=dtype, name="decoder")
        self.bias = self.add_weight(shape=(config.vocab_size,), initializer="zeros", name="bias")
        self.built = True

    def call(self, hidden_states: Tensor, embeddings: Tensor | None = None) -> Tensor:
        """Score states of shape (..., hidden_size); the result has shape (..., vocab_size).

        Args:
            hidden_states: float of shape (..., hidden_size).
            embeddings: the tied matrix of shape (vocab_size, embedding_size).

        Example:
            >>> AlbertMLMHead(small)(tf.zeros((3, 8)), embeddings=tf.zeros((50, 128))).shape
            TensorShape([3, 50])
        """
        states = self.LayerNorm(self.activation(self.dense(hidden_states)))
        matrix = embeddings if self.decoder is None else self.decoder.weight
        matrix = tf.cast(matrix, self.compute_dtype)
        bias = tf.cast(self.bias, self.compute_dtype)
        return project(states, matrix, transpose=True) + bias

    def resize(self, count: int) -> None:
        """Make place for another number of pieces; a new one has bias 0.

        Example:
            >>> head = AlbertMLMHead(small)
            >>> head.resize(52)
            >>> tuple(head.bias.shape)
            (52,)
        """
        bias = resized_rows(self.bias, count, fill=0.0)
        del self.bias
        self.bias = self.add_weight(shape=(count,), initializer="zeros", name="bias")
        self.bias.assign(bias)
        if self.decoder is not None:
            self.decoder.resize(count)


class AlbertSOPHead(keras.layers.Layer):
    """Scores of "the segments are in order" and "they are swapped", from the pooled vector.

    Args:
        config: uses ``hidden_size`` and ``classifier_dropout_prob``.
        **options: ``name`` and ``dtype`` as for any Keras layer.

    Example:
        >>> from albert_docs_pkg.tensorflow.heads import AlbertSOPHead
        >>> AlbertSOPHead(small)(tf.zeros((1, 8))).shape
        TensorShape([1, 2])
    """

    def __init__(self, config: AlbertConfig, **options: Any) -> None:
        super().__init__(**options)
        dtype = self.dtype_policy
        self.dropout = keras.layers.Dropout(classifier_dropout(config), dtype=dtype)
        self.classifier = dense(config.hidden_size, HEADS["ForPreTraining"].output_width(config), dtype)
        self.built = True

    def call(self, pooled: Tensor, training: bool | None = None) -> Tensor:
        """Score pooled vectors of shape (batch, hidden_size); the result has shape (batch, 2).

        Args:
            pooled: float of shape (batch, hidden_size).
            training: apply dropout.

        Example:
            >>> AlbertSOPHead(small)(tf.zeros((4, 8))).shape
            TensorShape([4, 2])
        """
        return self.classifier(self.dropout(pooled, training=training))


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross entropy over the labels that are not -100; 0 when all of them are.

    Args:
        logits: float of shape (..., classes).
        labels: integers of shape (...), class ids or -100.

    Returns:
        Scalar, float32 also for logits in half precision.

    Raises:
        ValueError: the shapes do not go together.

    Example:
        >>> from albert_docs_pkg.tensorflow.heads import cross_entropy
        >>> round(float(cross_entropy(tf.zeros((2, 4)), tf.constant([1, -100]))), 4)
        1.3863
    """
    _check_label_shape("labels", labels, logits.shape[:-1])
    counted = tf.not_equal(labels, tf.cast(IGNORED_LABEL, labels.dtype))
    classes = tf.where(counted, labels, tf.zeros_like(labels))
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=classes, logits=_wide(logits))
    return _mean(losses, counted)


def sequence_loss(logits: Tensor, labels: Tensor, problem_type: str | None) -> Tensor:
    """Loss of the sequence classifier by kind of problem.

    Args:
        logits: float of shape (batch, num_labels).
        labels: for ``"regression"`` float of shape (batch) or (batch, num_labels), mean squared error; for
            ``"single_label_classification"`` integers of shape (batch), cross entropy; for
            ``"multi_label_classification"`` zeros and ones of shape (batch, num_labels), binary cross entropy.
        problem_type: one of these, or ``None``: one label is a regression, integer labels name a class, others are
            many labels.

    Raises:
        ValueError: the shapes do not go together.

    Example:
        >>> from albert_docs_pkg.tensorflow.heads import sequence_loss
        >>> round(float(sequence_loss(tf.zeros((1, 3)), tf.constant([[1.0, 0.0, 1.0]]), None)), 4)
        0.6931
    """
    if problem_type is None:
        problem_type = infer_problem_type(logits.shape, labels.shape, labels.dtype.is_integer)
    if problem_type == "single_label_classification":
        return cross_entropy(logits, tf.reshape(labels, (-1,)))
    if problem_type == "regression" and labels.shape.rank == 1:
        labels = labels[:, None]
    _check_label_shape(f"labels of a {problem_type}", labels, logits.shape)
    logits = _wide(logits)
    targets = tf.cast(labels, logits.dtype)
    if problem_type == "regression":
        losses = tf.math.squared_difference(logits, targets)
    else:
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
    return _mean(losses, tf.ones_like(losses, tf.bool))


def span_loss(start_logits: Tensor, end_logits: Tensor, start_positions: Tensor, end_positions: Tensor) -> Tensor:
    """Mean cross entropy of first and last token; a position outside the sequence is left out.

    Args:
        start_logits: float of shape (batch, length).
        end_logits: float of shape (batch, length).
        start_positions: integers of shape (batch) or (batch, 1).
        end_positions: integers of shape (batch) or (batch, 1).

    Example:
        >>> from albert_docs_pkg.tensorflow.heads import span_loss
        >>> scores = tf.zeros((1, 4))
        >>> round(float(span_loss(scores, scores, tf.constant([1]), tf.constant([9]))), 4)
        0.6931
    """
    losses = []
    for logits, positions in ((start_logits, start_positions), (end_logits, end_positions)):
        positions = tf.reshape(positions, (-1,))
        inside = (positions >= 0) & (positions < tf.cast(tf.shape(logits)[1], positions.dtype))
        ignored = tf.fill(tf.shape(positions), tf.cast(IGNORED_LABEL, positions.dtype))
        losses.append(cross_entropy(logits, tf.where(inside, positions, ignored)))
    return (losses[0] + losses[1]) / 2


def _wide(logits: Tensor) -> Tensor:
    return tf.cast(logits, tf.float32) if logits.dtype in (tf.float16, tf.bfloat16) else logits


def _check_label_shape(name: str, labels: Tensor, wanted: tf.TensorShape) -> None:
    if not labels.shape.is_compatible_with(wanted):
        raise ValueError(f"{name} must have shape {tuple(wanted)}, got {tuple(labels.shape)}")


def _mean(losses: Tensor, counted: Tensor) -> Tensor:
    """Mean over what counts; over several replicas, such that the mean of theirs is the mean over the whole batch."""
    total = tf.reduce_sum(tf.where(counted, losses, tf.zeros_like(losses)))
    count = tf.reduce_sum(tf.cast(counted, losses.dtype))
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return total / tf.maximum(count, 1)
    count = replica.all_reduce(tf.distribute.ReduceOp.SUM, tf.stop_gradient(count))
    return total * replica.num_replicas_in_sync / tf.maximum(count, 1)
