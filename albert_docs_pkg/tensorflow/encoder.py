"""The encoder: a few groups of layers, applied many times."""

from __future__ import annotations

from typing import Any

import keras
from tensorflow import Tensor

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.tensorflow.attention import AlbertAttention, JointProjection
from albert_docs_pkg.tensorflow.layers import ACTIVATION_FUNCTIONS, dense, layer_norm
from albert_docs_pkg.tensorflow.outputs import EncoderOutput


class AlbertLayer(keras.layers.Layer):
    """Self-attention and a feed-forward block, each with residual and layer normalisation.

    Args:
        config: uses the sizes, ``hidden_act``, ``hidden_dropout_prob`` and ``layer_norm_eps``.
        **options: ``name`` and ``dtype`` as for any Keras layer.

    Example:
        >>> import tensorflow as tf
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.tensorflow.encoder import AlbertLayer
        >>> layer = AlbertLayer(AlbertConfig(hidden_size=8, num_attention_heads=2, intermediate_size=16))
        >>> layer(tf.zeros((1, 5, 8)), projection=layer.attention.join_projections())[0].shape
        TensorShape([1, 5, 8])
    """

    def __init__(self, config: AlbertConfig, **options: Any) -> None:
        super().__init__(**options)
        width, dtype = config.hidden_size, self.dtype_policy
        self.attention = AlbertAttention(config, dtype=dtype, name="attention")
        self.ffn = dense(width, config.intermediate_size, dtype, name="ffn")
        self.ffn_output = dense(config.intermediate_size, width, dtype, name="ffn_output")
        self.full_layer_layer_norm = layer_norm(width, config.layer_norm_eps, dtype)
        self.activation = ACTIVATION_FUNCTIONS[config.hidden_act]
        self.dropout = keras.layers.Dropout(config.hidden_dropout_prob, dtype=dtype)
        self.built = True

    def call(
        self,
        hidden_states: Tensor,
        projection: JointProjection,
        score_mask: Tensor | None = None,
        return_probabilities: bool = False,
        training: bool | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Apply the layer once; arguments and results as for :meth:`AlbertAttention.call`.

        Example:
            >>> layer(tf.zeros((2, 3, 8)), projection=layer.attention.join_projections())[0].shape
            TensorShape([2, 3, 8])
        """
        attended, probabilities = self.attention(
            hidden_states,
            projection=projection,
            score_mask=score_mask,
            return_probabilities=return_probabilities,
            training=training,
        )
        # The original drops out the feed-forward output too, where ports often have forgotten to.
        expanded = self.activation(self.ffn(attended))
        output = self.dropout(self.ffn_output(expanded), training=training)
        return self.full_layer_layer_norm(attended + output), probabilities


class AlbertLayerGroup(keras.layers.Layer):
    """``inner_group_num`` distinct layers, applied one after the other.

    Args:
        config: as for :class:`AlbertLayer`.
        **options: ``name`` and ``dtype`` as for any Keras layer.

    Example:
        >>> from albert_docs_pkg.tensorflow.encoder import AlbertLayerGroup
        >>> small = AlbertConfig(hidden_size=8, num_attention_heads=2, intermediate_size=16, inner_group_num=2)
        >>> group = AlbertLayerGroup(small)
        >>> len(group.join_projections())
        2
    """

    def __init__(self, config: AlbertConfig, **options: Any) -> None:
        super().__init__(**options)
        self.albert_layers = [
            AlbertLayer(config, dtype=self.dtype_policy, name=f"layer_{number}")
            for number in range(config.inner_group_num)
        ]
        self.built = True

    def join_projections(self) -> list[JointProjection]:
        """Return the joint projection of each inner layer.

        Example:
            >>> group.join_projections()[0].bias.shape
            TensorShape([24])
        """
        return [layer.attention.join_projections() for layer in self.albert_layers]

    def call(
        self,
        hidden_states: Tensor,
        projections: list[JointProjection],
        score_mask: Tensor | None = None,
        return_probabilities: bool = False,
        training: bool | None = None,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Apply the group once.

        Returns:
            The new states of shape (batch, length, hidden_size), and one tensor of probabilities per inner layer
            when they were asked for.

        Example:
            >>> group(tf.zeros((1, 5, 8)), projections=group.join_projections())[1]
            ()
        """
        collected = []
        for layer, projection in zip(self.albert_layers, projections, strict=True):
            hidden_states, probabilities = layer(
                hidden_states,
                projection=projection,
                score_mask=score_mask,
                return_probabilities=return_probabilities,
                training=training,
            )
            if probabilities is not None:
                collected.append(probabilities)
        return hidden_states, tuple(collected)


class AlbertTransformer(keras.layers.Layer):
    """Maps embeddings from E to H, then applies the layer groups ``num_hidden_layers`` times in all.

    Group ``g`` of ``G`` serves the layers ``g * L / G`` up to ``(g + 1) * L / G``.

    Args:
        config: as for :class:`AlbertLayer`, and the numbers of layers and groups.
        **options: ``name`` and ``dtype`` as for any Keras layer.

    Example:
        >>> from albert_docs_pkg.tensorflow.encoder import AlbertTransformer
        >>> encoder = AlbertTransformer(small)
        >>> encoder(tf.zeros((1, 5, 128)), output_hidden_states=True).keys()
        ['last_hidden_state', 'hidden_states']
    """

    def __init__(self, config: AlbertConfig, **options: Any) -> None:
        super().__init__(**options)
        dtype = self.dtype_policy
        self.layers_per_group = config.num_hidden_layers // config.num_hidden_groups
        self.embedding_hidden_mapping_in = dense(config.embedding_size, config.hidden_size, dtype)
        self.albert_layer_groups = [
            AlbertLayerGroup(config, dtype=dtype, name=f"group_{number}") for number in range(config.num_hidden_groups)
        ]
        self.built = True

    def call(
        self,
        embeddings: Tensor,
        score_mask: Tensor | None = None,
        output_attentions: bool = False,
        output_hidden_states: bool = False,
        training: bool | None = None,
    ) -> EncoderOutput:
        """Encode a batch.

        Args:
            embeddings: float of shape (batch, length, embedding_size).
            score_mask: what :func:`albert_docs_pkg.tensorflow.attention.additive_mask` returned.
            output_attentions: keep the probabilities of every layer.
            output_hidden_states: keep the states of every layer.
            training: apply dropout.

        Example:
            >>> encoder(tf.zeros((1, 5, 128))).last_hidden_state.shape
            TensorShape([1, 5, 8])
        """
        states = self.embedding_hidden_mapping_in(embeddings)
        all_states = [states]
        attentions: list[Tensor] = []
        for group in self.albert_layer_groups:
            projections = group.join_projections()
            for _ in range(self.layers_per_group):
                states, probabilities = group(
                    states,
                    projections=projections,
                    score_mask=score_mask,
                    return_probabilities=output_attentions,
                    training=training,
                )
                if output_hidden_states:
                    all_states.append(states)
                attentions.extend(probabilities)
        return EncoderOutput(
            last_hidden_state=states,
            hidden_states=tuple(all_states) if output_hidden_states else None,
            attentions=tuple(attentions) if output_attentions else None,
        )
