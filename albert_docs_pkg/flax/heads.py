"""The heads that have rooms of their own, and the losses of all of them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.flax.encoder import ACTIVATION_FUNCTIONS
from albert_docs_pkg.heads import HEADS, IGNORED_LABEL, classifier_dropout, infer_problem_type


class FlaxAlbertMLMHead(nn.Module):
    """Scores of every vocabulary piece: H to E, activation, normalisation, then the (tied) embedding matrix.

    Args:
        config: uses ``hidden_size``, ``embedding_size``, ``vocab_size``, ``hidden_act``, ``layer_norm_eps``,
            ``tie_word_embeddings`` and ``initializer_range``.
        dtype: dtype of the computation; the parameters are float32.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.flax.heads import FlaxAlbertMLMHead
        >>> head = FlaxAlbertMLMHead(AlbertConfig(vocab_size=50, hidden_size=8, num_attention_heads=2))
        >>> states, table = jnp.zeros((1, 5, 8)), jnp.zeros((50, 128))
        >>> scores, variables = head.init_with_output(jax.random.key(0), states, table)
        >>> scores.shape
        (1, 5, 50)
    """

    config: AlbertConfig
    dtype: Any = jnp.float32

    def setup(self) -> None:
        """Declare the transformation, the bias, and a matrix of its own where nothing is tied."""
        config = self.config
        draw = nn.initializers.normal(config.initializer_range)
        self.dense = nn.Dense(config.embedding_size, dtype=self.dtype, kernel_init=draw)
        self.LayerNorm = nn.LayerNorm(config.layer_norm_eps, dtype=self.dtype, use_fast_variance=False)
        self.bias = self.param("bias", nn.initializers.zeros, (config.vocab_size,))
        if not config.tie_word_embeddings:
            self.decoder = nn.Dense(config.vocab_size, use_bias=False, dtype=self.dtype, kernel_init=draw)

    def __call__(self, hidden_states: Array, word_embeddings: Array) -> Array:
        """Score states of shape (..., hidden_size); the result has shape (..., vocab_size).

        Args:
            hidden_states: float of shape (..., hidden_size).
            word_embeddings: float of shape (vocab_size, embedding_size), the output matrix if the config ties it.

        Example:
            >>> head.apply(variables, jnp.zeros((3, 8)), table).shape
            (3, 50)
        """
        states = self.LayerNorm(ACTIVATION_FUNCTIONS[self.config.hidden_act](self.dense(hidden_states)))
        if self.config.tie_word_embeddings:
            scores = jnp.einsum("...e,ve->...v", states, word_embeddings.astype(self.dtype))
        else:
            scores = self.decoder(states)
        return scores + self.bias.astype(self.dtype)


class FlaxAlbertSOPHead(nn.Module):
    """Scores of "the segments are in order" and "they are swapped", from the pooled vector.

    Args:
        config: uses ``hidden_size``, ``classifier_dropout_prob`` and ``initializer_range``.
        dtype: dtype of the computation; the parameters are float32.

    Example:
        >>> from albert_docs_pkg.flax.heads import FlaxAlbertSOPHead
        >>> order = FlaxAlbertSOPHead(AlbertConfig(hidden_size=8, num_attention_heads=2))
        >>> order.init_with_output(jax.random.key(0), jnp.zeros((1, 8)))[0].shape
        (1, 2)
    """

    config: AlbertConfig
    dtype: Any = jnp.float32

    def setup(self) -> None:
        """Declare the dropout and the classifier."""
        config = self.config
        width = HEADS["ForPreTraining"].output_width(config)
        draw = nn.initializers.normal(config.initializer_range)
        self.dropout = nn.Dropout(classifier_dropout(config))
        self.classifier = nn.Dense(width, dtype=self.dtype, kernel_init=draw)

    def __call__(self, pooled: Array, deterministic: bool = True) -> Array:
        """Score pooled vectors of shape (batch, hidden_size); the result has shape (batch, 2).

        Example:
            >>> variables = order.init(jax.random.key(0), jnp.zeros((1, 8)))
            >>> order.apply(variables, jnp.zeros((4, 8))).shape
            (4, 2)
        """
        return self.classifier(self.dropout(pooled, deterministic=deterministic))


def cross_entropy(logits: Array, labels: Array) -> Array:
    """Mean cross entropy over the labels that are not -100; 0 when all of them are.

    Args:
        logits: float of shape (..., classes).
        labels: integers of shape (...), class ids or -100. Any other id gives NaN.

    Returns:
        Scalar, float32 whatever the dtype of ``logits``.

    Raises:
        ValueError: the shapes do not go together.

    Example:
        >>> from albert_docs_pkg.flax.heads import cross_entropy
        >>> round(float(cross_entropy(jnp.zeros((2, 4)), jnp.array([1, -100]))), 4)
        1.3863
    """
    if labels.shape != logits.shape[:-1]:
        raise ValueError(f"labels must have shape {tuple(logits.shape[:-1])}, got {tuple(labels.shape)}")
    labels = jnp.asarray(labels)
    counted = labels != IGNORED_LABEL
    # JAX would read a negative index from the end: it is sent past the end, where the score is NaN.
    index = jnp.where(counted, jnp.where(labels < 0, logits.shape[-1], labels), 0)
    scores = jax.nn.log_softmax(logits.astype(jnp.float32), axis=-1)
    losses = -jnp.take_along_axis(scores, index[..., None], axis=-1, mode="fill", fill_value=jnp.nan)[..., 0]
    return jnp.where(counted, losses, 0.0).sum() / jnp.maximum(counted.sum(), 1)


def sequence_loss(logits: Array, labels: Array, problem_type: str | None) -> Array:
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
        >>> from albert_docs_pkg.flax.heads import sequence_loss
        >>> round(float(sequence_loss(jnp.zeros((1, 3)), jnp.array([[1.0, 0.0, 1.0]]), None)), 4)
        0.6931
    """
    if problem_type is None:
        integers = not jnp.issubdtype(labels.dtype, jnp.floating)
        problem_type = infer_problem_type(logits.shape, labels.shape, integers)
    if problem_type == "single_label_classification":
        return cross_entropy(logits, labels.reshape(-1))
    if problem_type == "regression" and labels.ndim == 1:
        labels = labels[:, None]
    if labels.shape != logits.shape:
        raise ValueError(f"labels of a {problem_type} must have shape {tuple(logits.shape)}, got {tuple(labels.shape)}")
    logits, labels = logits.astype(jnp.float32), labels.astype(jnp.float32)
    if problem_type == "regression":
        return jnp.square(logits - labels).mean()
    return -(labels * jax.nn.log_sigmoid(logits) + (1.0 - labels) * jax.nn.log_sigmoid(-logits)).mean()


def span_loss(start_logits: Array, end_logits: Array, start_positions: Array, end_positions: Array) -> Array:
    """Mean cross entropy of first and last token; a position outside the sequence is left out.

    Args:
        start_logits: float of shape (batch, length).
        end_logits: float of shape (batch, length).
        start_positions: integers of shape (batch) or (batch, 1).
        end_positions: integers of shape (batch) or (batch, 1).

    Example:
        >>> from albert_docs_pkg.flax.heads import span_loss
        >>> scores = jnp.zeros((1, 4))
        >>> round(float(span_loss(scores, scores, jnp.array([1]), jnp.array([9]))), 4)
        0.6931
    """
    length = start_logits.shape[1]
    losses = []
    for logits, positions in ((start_logits, start_positions), (end_logits, end_positions)):
        positions = positions.reshape(-1)
        inside = (positions >= 0) & (positions < length)
        losses.append(cross_entropy(logits, jnp.where(inside, positions, IGNORED_LABEL)))
    return (losses[0] + losses[1]) / 2
