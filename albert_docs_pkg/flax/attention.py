"""Self-attention of a shared layer: the projections are joined once per group, then used at every depth."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from albert_docs_pkg.configuration import AlbertConfig


class JointProjection(NamedTuple):
    """Query, key and value projections as one: kernel of shape (hidden, 3 * hidden), bias of shape (3 * hidden)."""

    kernel: Array
    bias: Array


class ProjectionParameters(nn.Module):
    """Kernel and bias of a projection that is multiplied elsewhere, joined with others.

    Args:
        width: size of input and output.
        initializer_range: standard deviation of the initial kernel.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from albert_docs_pkg.flax.attention import ProjectionParameters
        >>> parameters = ProjectionParameters(8, 0.02).init(jax.random.key(0))["params"]
        >>> parameters["kernel"].shape, parameters["bias"].shape
        ((8, 8), (8,))
    """

    width: int
    initializer_range: float

    def setup(self) -> None:
        """Declare kernel and bias under the names that a dense layer has."""
        draw = nn.initializers.normal(self.initializer_range)
        self.kernel = self.param("kernel", draw, (self.width, self.width))
        self.bias = self.param("bias", nn.initializers.zeros, (self.width,))

    def __call__(self) -> JointProjection:
        """Return the two as a projection of one."""
        return JointProjection(self.kernel, self.bias)


class FlaxAlbertAttention(nn.Module):
    """Multi-head self-attention with its output projection, residual and layer normalisation.

    The three projections are separate parameters, as in every ALBERT checkpoint, and are multiplied as one:
    :meth:`join_projections` is called once per group of layers, outside the loop over depth.

    Args:
        config: uses ``hidden_size``, ``num_attention_heads``, both dropout rates, ``layer_norm_eps`` and
            ``initializer_range``.
        dtype: dtype of the computation; the parameters are float32.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.flax.attention import FlaxAlbertAttention
        >>> attention = FlaxAlbertAttention(AlbertConfig(hidden_size=8, num_attention_heads=2))
        >>> (states, probabilities), variables = attention.init_with_output(jax.random.key(0), jnp.zeros((1, 5, 8)))
        >>> states.shape, probabilities
        ((1, 5, 8), None)
    """

    config: AlbertConfig
    dtype: Any = jnp.float32

    def setup(self) -> None:
        """Declare the projections and the normalisation."""
        config = self.config
        width = config.hidden_size
        self.query = ProjectionParameters(width, config.initializer_range)
        self.key = ProjectionParameters(width, config.initializer_range)
        self.value = ProjectionParameters(width, config.initializer_range)
        self.dense = nn.Dense(width, dtype=self.dtype, kernel_init=nn.initializers.normal(config.initializer_range))
        self.LayerNorm = nn.LayerNorm(config.layer_norm_eps, dtype=self.dtype, use_fast_variance=False)
        self.attention_dropout = nn.Dropout(config.attention_probs_dropout_prob)
        self.output_dropout = nn.Dropout(config.hidden_dropout_prob)

    def join_projections(self) -> JointProjection:
        """Return query, key and value as one projection in ``dtype``; gradients flow back into the three.

        Example:
            >>> attention.apply(variables, method="join_projections").kernel.shape
            (8, 24)
        """
        parts = (self.query(), self.key(), self.value())
        kernel = jnp.concatenate([part.kernel for part in parts], axis=1)
        bias = jnp.concatenate([part.bias for part in parts])
        return JointProjection(kernel.astype(self.dtype), bias.astype(self.dtype))

    def __call__(
        self,
        hidden_states: Array,
        projection: JointProjection | None = None,
        mask: Array | None = None,
        return_probabilities: bool = False,
        implementation: str = "sdpa",
        deterministic: bool = True,
    ) -> tuple[Array, Array | None]:
        """Attend over a batch.

        Args:
            hidden_states: float of shape (batch, length, hidden_size).
            projection: what :meth:`join_projections` returned; joined here when absent.
            mask: ``True`` where a query attends to a key, broadcast to (batch, heads, length, length); ``None`` to
                attend to all.
            return_probabilities: also return the attention probabilities, which takes ``"eager"``.
            implementation: ``"sdpa"`` for JAX's attention function, ``"eager"`` for one operation after another.
            deterministic: no dropout.

        Returns:
            The new states of shape (batch, length, hidden_size), and the probabilities of shape (batch, heads,
            length, length) or ``None``.

        Example:
            >>> attention.apply(variables, jnp.zeros((1, 5, 8)), return_probabilities=True)[1].shape
            (1, 2, 5, 5)
        """
        if projection is None:
            projection = self.join_projections()
        batch, length, width = hidden_states.shape
        heads = self.config.num_attention_heads
        joined = hidden_states.astype(self.dtype) @ projection.kernel + projection.bias
        joined = joined.reshape(batch, length, 3, heads, width // heads)
        query, key, value = joined[:, :, 0], joined[:, :, 1], joined[:, :, 2]
        probabilities = None
        dropping = self.config.attention_probs_dropout_prob > 0 and not deterministic
        if return_probabilities or dropping or implementation == "eager":
            scores = jnp.einsum("bqhd,bkhd->bhqk", query, key).astype(jnp.float32)
            scores = scores * (1.0 / math.sqrt(width // heads))
            if mask is not None:
                # The lowest number, not minus infinity: a row with nothing to attend to stays finite.
                scores = jnp.where(mask, scores, jnp.finfo(jnp.float32).min)
            probabilities = jax.nn.softmax(scores, axis=-1).astype(self.dtype)
            kept = self.attention_dropout(probabilities, deterministic=deterministic)
            context = jnp.einsum("bhqk,bkhd->bqhd", kept, value)
        else:
            context = jax.nn.dot_product_attention(query, key, value, mask=mask)
        context = self.dense(context.reshape(batch, length, width))
        states = self.LayerNorm(hidden_states + self.output_dropout(context, deterministic=deterministic))
        return states, probabilities if return_probabilities else None


def broadcast_mask(attention_mask: Array | None) -> Array | None:
    """Turn a mask of ones and zeros into one of truth values that broadcasts to attention scores.

    Args:
        attention_mask: 1 (or ``True``) to attend, 0 to leave out; shape (batch, length) for keys,
            (batch, length, length) for pairs of query and key, (batch, heads or 1, length, length) in full.
            ``None`` gives ``None``, so that attention without mask can be taken.

    Returns:
        Truth values that broadcast to (batch, heads, length, length), or ``None``.

    Raises:
        ValueError: a number of dimensions other than 2, 3 or 4.

    Example:
        >>> from albert_docs_pkg.flax.attention import broadcast_mask
        >>> broadcast_mask(jnp.array([[1, 1, 0]])).shape
        (1, 1, 1, 3)
    """
    if attention_mask is None:
        return None
    if attention_mask.ndim == 2:
        attention_mask = attention_mask[:, None, None, :]
    elif attention_mask.ndim == 3:
        attention_mask = attention_mask[:, None, :, :]
    elif attention_mask.ndim != 4:
        raise ValueError(
            "attention_mask must have shape (batch, length), (batch, length, length) or "
            f"(batch, heads, length, length), got {tuple(attention_mask.shape)}"
        )
    return attention_mask != 0
