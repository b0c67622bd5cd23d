"""The encoder: a few groups of layers, applied many times."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.pytorch.attention import AlbertAttention, JointProjection
from albert_docs_pkg.pytorch.outputs import EncoderOutput
from albert_docs_pkg.pytorch.packing import Packing


class AlbertLayer(nn.Module):
    """Self-attention and a feed-forward block, each with residual and layer normalisation.

    Args:
        config: uses the sizes, ``hidden_act``, ``hidden_dropout_prob`` and ``layer_norm_eps``.

    Example:
        >>> import torch
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.pytorch.encoder import AlbertLayer
        >>> layer = AlbertLayer(AlbertConfig(hidden_size=8, num_attention_heads=2, intermediate_size=16))
        >>> layer(torch.zeros(1, 5, 8), layer.attention.join_projections())[0].shape
        torch.Size([1, 5, 8])
    """

    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        self.attention = AlbertAttention(config)
        self.ffn = nn.Linear(config.hidden_size, config.intermediate_size)
        self.ffn_output = nn.Linear(config.intermediate_size, config.hidden_size)
        self.full_layer_layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.activation = ACTIVATION_FUNCTIONS[config.hidden_act]
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(
        self,
        hidden_states: Tensor,
        projection: JointProjection,
        mask: Tensor | Packing | None = None,
        return_probabilities: bool = False,
        implementation: str = "sdpa",
    ) -> tuple[Tensor, Tensor | None]:
        """Apply the layer once; arguments and results as for :meth:`AlbertAttention.forward`.

        Example:
            >>> layer(torch.zeros(2, 3, 8), layer.attention.join_projections())[0].shape
            torch.Size([2, 3, 8])
        """
        attended, probabilities = self.attention(hidden_states, projection, mask, return_probabilities, implementation)
        # The original drops out the feed-forward output too, where ports often have forgotten to.
        expanded = self.activation(self.ffn(attended))
        states = self.full_layer_layer_norm(attended + self.dropout(self.ffn_output(expanded)))
        return states, probabilities


class AlbertLayerGroup(nn.Module):
    """``inner_group_num`` distinct layers, applied one after the other.

    Args:
        config: as for :class:`AlbertLayer`.

    Example:
        >>> from albert_docs_pkg.pytorch.encoder import AlbertLayerGroup
        >>> small = AlbertConfig(hidden_size=8, num_attention_heads=2, intermediate_size=16, inner_group_num=2)
        >>> group = AlbertLayerGroup(small)
        >>> len(group.join_projections())
        2
    """

    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        self.albert_layers = nn.ModuleList(AlbertLayer(config) for _ in range(config.inner_group_num))

    def join_projections(self) -> list[JointProjection]:
        """Return the joint projection of each inner layer.

        Example:
            >>> group.join_projections()[0].bias.shape
            torch.Size([24])
        """
        return [layer.attention.join_projections() for layer in self.albert_layers]  # type: ignore[union-attr, operator]

    def forward(
        self,
        hidden_states: Tensor,
        projections: list[JointProjection],
        mask: Tensor | Packing | None = None,
        return_probabilities: bool = False,
        implementation: str = "sdpa",
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Apply the group once.

        Returns:
            The new states of shape (batch, length, hidden_size), and one tensor of probabilities per inner layer
            when they were asked for.

        Example:
            >>> group(torch.zeros(1, 5, 8), group.join_projections())[1]
            ()
        """
        collected = []
        for layer, projection in zip(self.albert_layers, projections, strict=True):
            hidden_states, probabilities = layer(hidden_states, projection, mask, return_probabilities, implementation)
            if probabilities is not None:
                collected.append(probabilities)
        return hidden_states, tuple(collected)


class AlbertTransformer(nn.Module):
    """Maps embeddings from E to H, then applies the layer groups ``num_hidden_layers`` times in all.

    Group ``g`` of ``G`` serves the layers ``g * L / G`` up to ``(g + 1) * L / G``.

    Args:
        config: as for :class:`AlbertLayer`, and the numbers of layers and groups.

    Example:
        >>> from albert_docs_pkg.pytorch.encoder import AlbertTransformer
        >>> encoder = AlbertTransformer(small)
        >>> encoder(torch.zeros(1, 5, 128), output_hidden_states=True).keys()
        ['last_hidden_state', 'hidden_states']
    """

    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        self.layers_per_group = config.num_hidden_layers // config.num_hidden_groups
        self.embedding_hidden_mapping_in = nn.Linear(config.embedding_size, config.hidden_size)
        self.albert_layer_groups = nn.ModuleList(AlbertLayerGroup(config) for _ in range(config.num_hidden_groups))
        self.gradient_checkpointing = False

    def forward(
        self,
        embeddings: Tensor,
        mask: Tensor | Packing | None = None,
        output_attentions: bool = False,
        output_hidden_states: bool = False,
        implementation: str = "sdpa",
    ) -> EncoderOutput:
        """Encode a batch.

        Args:
            embeddings: float of shape (batch, length, embedding_size), of shape (tokens, embedding_size) when packed.
            mask: what :func:`albert_docs_pkg.pytorch.attention.additive_mask` returned, or the packing.
            output_attentions: keep the probabilities of every layer.
            output_hidden_states: keep the states of every layer.
            implementation: ``"sdpa"`` or ``"eager"``.

        Example:
            >>> encoder(torch.zeros(1, 5, 128)).last_hidden_state.shape
            torch.Size([1, 5, 8])
        """
        states = self.embedding_hidden_mapping_in(embeddings)
        all_states = [states]
        attentions: list[Tensor] = []
        for group in self.albert_layer_groups:
            projections = group.join_projections()  # type: ignore[operator]
            for _ in range(self.layers_per_group):
                arguments = (states, projections, mask, output_attentions, implementation)
                if self.gradient_checkpointing and self.training:
                    states, probabilities = checkpoint(group, *arguments, use_reentrant=False)
                else:
                    states, probabilities = group(*arguments)
                if output_hidden_states:
                    all_states.append(states)
                attentions.extend(probabilities)
        return EncoderOutput(
            last_hidden_state=states,
            hidden_states=tuple(all_states) if output_hidden_states else None,
            attentions=tuple(attentions) if output_attentions else None,
        )


ACTIVATION_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_new": partial(F.gelu, approximate="tanh"),
    "gelu_pytorch_tanh": partial(F.gelu, approximate="tanh"),
    "relu": F.relu,
    "silu": F.silu,
    "swish": F.silu,
    "tanh": F.tanh,
}
"""Functions of the names ``hidden_act`` takes."""
