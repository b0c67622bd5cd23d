"""The encoder: a few groups of layers, applied many times; the times are one ``jax.lax.scan`` per group."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.flax.attention import FlaxAlbertAttention, JointProjection
from albert_docs_pkg.flax.outputs import EncoderOutput


class FlaxAlbertLayer(nn.Module):
    """Self-attention and a feed-forward block, each with residual and layer normalisation.

    Args:
        config: uses the sizes, ``hidden_act``, ``hidden_dropout_prob``, ``layer_norm_eps`` and ``initializer_range``.
        dtype: dtype of the computation; the parameters are float32.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.flax.encoder import FlaxAlbertLayer
        >>> small = AlbertConfig(hidden_size=8, num_attention_heads=2, intermediate_size=16, inner_group_num=2)
        >>> layer = FlaxAlbertLayer(small)
        >>> (states, _), variables = layer.init_with_output(jax.random.key(0), jnp.zeros((1, 5, 8)))
        >>> states.shape
        (1, 5, 8)
    """

    config: AlbertConfig
    dtype: Any = jnp.float32

    def setup(self) -> None:
        """Declare attention, the two dense layers and the normalisation."""
        config = self.config
        dense = partial(nn.Dense, dtype=self.dtype, kernel_init=nn.initializers.normal(config.initializer_range))
        self.attention = FlaxAlbertAttention(config, self.dtype)
        self.ffn = dense(config.intermediate_size)
        self.ffn_output = dense(config.hidden_size)
        self.full_layer_layer_norm = nn.LayerNorm(config.layer_norm_eps, dtype=self.dtype, use_fast_variance=False)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def join_projections(self) -> JointProjection:
        """Return the joint projection of the attention.

        Example:
            >>> layer.apply(variables, method="join_projections").bias.shape
            (24,)
        """
        return self.attention.join_projections()

    def __call__(
        self,
        hidden_states: Array,
        projection: JointProjection | None = None,
        mask: Array | None = None,
        return_probabilities: bool = False,
        implementation: str = "sdpa",
        deterministic: bool = True,
    ) -> tuple[Array, Array | None]:
        """Apply the layer once; arguments and results as for :class:`FlaxAlbertAttention`.

        Example:
            >>> layer.apply(variables, jnp.zeros((2, 3, 8)))[0].shape
            (2, 3, 8)
        """
        attended, probabilities = self.attention(
            hidden_states, projection, mask, return_probabilities, implementation, deterministic
        )
        # The original drops out the feed-forward output too, where ports often have forgotten to.
        expanded = ACTIVATION_FUNCTIONS[self.config.hidden_act](self.ffn(attended))
        dropped = self.dropout(self.ffn_output(expanded), deterministic=deterministic)
        return self.full_layer_layer_norm(attended + dropped), probabilities


class FlaxAlbertLayerGroup(nn.Module):
    """``inner_group_num`` distinct layers, applied one after the other.

    Args:
        config: as for :class:`FlaxAlbertLayer`.
        dtype: dtype of the computation.

    Example:
        >>> from albert_docs_pkg.flax.encoder import FlaxAlbertLayerGroup
        >>> group = FlaxAlbertLayerGroup(small)
        >>> variables = group.init(jax.random.key(0), jnp.zeros((1, 5, 8)))
        >>> sorted(variables["params"]["albert_layers"])
        ['0', '1']
    """

    config: AlbertConfig
    dtype: Any = jnp.float32

    def setup(self) -> None:
        """Declare the inner layers."""
        config, dtype = self.config, self.dtype
        self.albert_layers = Numbered(partial(FlaxAlbertLayer, config, dtype), config.inner_group_num)

    def join_projections(self) -> tuple[JointProjection, ...]:
        """Return the joint projection of each inner layer.

        Example:
            >>> len(group.apply(variables, method="join_projections"))
            2
        """
        return tuple(layer.join_projections() for layer in self.albert_layers())

    def __call__(
        self,
        hidden_states: Array,
        projections: tuple[JointProjection, ...] | None = None,
        mask: Array | None = None,
        return_probabilities: bool = False,
        implementation: str = "sdpa",
        deterministic: bool = True,
    ) -> tuple[Array, tuple[Array, ...]]:
        """Apply the group once.

        Returns:
            The new states of shape (batch, length, hidden_size), and one array of probabilities per inner layer
            when they were asked for.

        Example:
            >>> group.apply(variables, jnp.zeros((1, 5, 8)))[1]
            ()
        """
        collected = []
        projections = self.join_projections() if projections is None else projections
        for layer, projection in zip(self.albert_layers(), projections, strict=True):
            hidden_states, probabilities = layer(
                hidden_states, projection, mask, return_probabilities, implementation, deterministic
            )
            if probabilities is not None:
                collected.append(probabilities)
        return hidden_states, tuple(collected)


class FlaxAlbertTransformer(nn.Module):
    """Maps embeddings from E to H, then applies the layer groups ``num_hidden_layers`` times in all.

    Group ``g`` of ``G`` serves the layers ``g * L / G`` up to ``(g + 1) * L / G``. Its applications are one
    ``jax.lax.scan``: the group is compiled once, however deep the model is.

    Args:
        config: as for :class:`FlaxAlbertLayer`, and the numbers of layers and groups.
        dtype: dtype of the computation.

    Example:
        >>> from albert_docs_pkg.flax.encoder import FlaxAlbertTransformer
        >>> encoder = FlaxAlbertTransformer(small)
        >>> variables = encoder.init(jax.random.key(0), jnp.zeros((1, 5, 128)))
        >>> encoder.apply(variables, jnp.zeros((1, 5, 128)), output_hidden_states=True).keys()
        ['last_hidden_state', 'hidden_states']
    """

    config: AlbertConfig
    dtype: Any = jnp.float32

    def setup(self) -> None:
        """Declare the mapping from E to H and the groups."""
        config, dtype = self.config, self.dtype
        self.embedding_hidden_mapping_in = nn.Dense(
            config.hidden_size, dtype=dtype, kernel_init=nn.initializers.normal(config.initializer_range)
        )
        self.albert_layer_groups = Numbered(partial(FlaxAlbertLayerGroup, config, dtype), config.num_hidden_groups)

    def __call__(
        self,
        embeddings: Array,
        mask: Array | None = None,
        output_attentions: bool = False,
        output_hidden_states: bool = False,
        implementation: str = "sdpa",
        deterministic: bool = True,
        recompute: bool = False,
    ) -> EncoderOutput:
        """Encode a batch.

        Args:
            embeddings: float of shape (batch, length, embedding_size).
            mask: what :func:`albert_docs_pkg.flax.attention.broadcast_mask` returned.
            output_attentions: keep the probabilities of every layer.
            output_hidden_states: keep the states of every layer.
            implementation: ``"sdpa"`` or ``"eager"``.
            deterministic: no dropout.
            recompute: keep only the states between layers for the backward pass and compute the rest again there.

        Example:
            >>> encoder.apply(variables, jnp.zeros((1, 5, 128))).last_hidden_state.shape
            (1, 5, 8)
        """

        def apply_once(
            group: FlaxAlbertLayerGroup, states: Array, projections: tuple[JointProjection, ...]
        ) -> tuple[Array, tuple[Array | None, tuple[Array, ...]]]:
            states, probabilities = group(states, projections, mask, output_attentions, implementation, deterministic)
            return states, (states if output_hidden_states else None, probabilities)

        # In a loop of XLA nothing can be merged across its steps, so nothing has to be kept from being merged.
        step = nn.remat(apply_once, prevent_cse=False) if recompute else apply_once
        states = self.embedding_hidden_mapping_in(embeddings)
        all_states = [states]
        attentions: list[Array] = []
        for group in self.albert_layer_groups():
            states, (stacked_states, stacked_probabilities) = self._repeat(step, group, states)
            if stacked_states is not None:
                all_states.extend(stacked_states)
            # One stack per inner layer; the outputs go layer by layer.
            for probabilities in zip(*stacked_probabilities, strict=True):
                attentions.extend(probabilities)
        return EncoderOutput(
            last_hidden_state=states,
            hidden_states=tuple(all_states) if output_hidden_states else None,
            attentions=tuple(attentions) if output_attentions else None,
        )

    def _repeat(self, step: Callable[..., Any], group: FlaxAlbertLayerGroup, states: Array) -> Any:
        """Apply a group as often as its share of the depth; what a step keeps comes back stacked."""
        scan = nn.scan(
            step,
            variable_broadcast="params",
            split_rngs={"params": False, "dropout": True},
            in_axes=nn.broadcast,
            length=self.config.num_hidden_layers // self.config.num_hidden_groups,
        )
        return scan(group, states, group.join_projections())


class Numbered(nn.Module):
    """Modules of one kind under the names ``"0"``, ``"1"`` ..., which is how Flax checkpoints nest a list.

    Args:
        make: builds one of them.
        count: how many.

    Example:
        >>> from flax import linen as nn
        >>> from albert_docs_pkg.flax.encoder import Numbered
        >>> class Pair(nn.Module):
        ...     @nn.compact
        ...     def __call__(self, inputs):
        ...         return [layer(inputs) for layer in Numbered(partial(nn.Dense, 4), 2, name="layers")()]
        >>> sorted(Pair().init(jax.random.key(0), jnp.zeros((1, 3)))["params"]["layers"])
        ['0', '1']
    """

    make: Callable[..., nn.Module]
    count: int

    def setup(self) -> None:
        """Declare the modules."""
        for number in range(self.count):
            setattr(self, str(number), self.make())

    def __call__(self) -> list[Any]:
        """Return the modules."""
        return [getattr(self, str(number)) for number in range(self.count)]


ACTIVATION_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "gelu": partial(jax.nn.gelu, approximate=False),
    "gelu_new": partial(jax.nn.gelu, approximate=True),
    "gelu_pytorch_tanh": partial(jax.nn.gelu, approximate=True),
    "relu": jax.nn.relu,
    "silu": jax.nn.silu,
    "swish": jax.nn.silu,
    "tanh": jnp.tanh,
}
"""Functions of the names ``hidden_act`` takes."""
