"""Token, segment and position embeddings of width E, summed and normalised."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from albert_docs_pkg.configuration import AlbertConfig


class FlaxAlbertEmbeddings(nn.Module):
    """Sum of word, position and segment embeddings, normalised, with dropout.

    Args:
        config: uses ``vocab_size``, ``embedding_size``, ``max_position_embeddings``, ``type_vocab_size``,
            ``pad_token_id``, ``layer_norm_eps``, ``hidden_dropout_prob`` and ``initializer_range``.
        dtype: dtype of the computation; the parameters are float32.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.flax.embeddings import FlaxAlbertEmbeddings
        >>> embeddings = FlaxAlbertEmbeddings(AlbertConfig(vocab_size=50, embedding_size=8))
        >>> output, variables = embeddings.init_with_output(jax.random.key(0), jnp.array([[2, 9, 3]]))
        >>> output.shape
        (1, 3, 8)
    """

    config: AlbertConfig
    dtype: Any = jnp.float32

    def setup(self) -> None:
        """Declare the tables and the normalisation."""
        config = self.config
        width = config.embedding_size
        draw = nn.initializers.normal(config.initializer_range)

        def draw_words(key: Array, shape: tuple[int, ...], dtype: Any) -> Array:
            table = draw(key, shape, dtype)
            return table if config.pad_token_id is None else table.at[config.pad_token_id].set(0.0)

        self.word_embeddings = nn.Embed(config.vocab_size, width, embedding_init=draw_words)
        self.position_embeddings = nn.Embed(config.max_position_embeddings, width, embedding_init=draw)
        self.token_type_embeddings = nn.Embed(config.type_vocab_size, width, embedding_init=draw)
        self.LayerNorm = nn.LayerNorm(config.layer_norm_eps, dtype=self.dtype, use_fast_variance=False)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def __call__(
        self,
        input_ids: Array | None = None,
        token_type_ids: Array | None = None,
        position_ids: Array | None = None,
        inputs_embeds: Array | None = None,
        deterministic: bool = True,
    ) -> Array:
        """Embed a batch.

        Args:
            input_ids: integers of shape (batch, length); or give ``inputs_embeds``.
            token_type_ids: integers of shape (batch, length); all zero when absent.
            position_ids: integers of shape (batch, length) or (1, length); 0, 1, 2 ... when absent.
            inputs_embeds: float of shape (batch, length, embedding_size), used instead of the word embeddings.
            deterministic: no dropout.

        Returns:
            Float of shape (batch, length, embedding_size).

        Example:
            >>> embeddings.apply(variables, inputs_embeds=jnp.zeros((2, 4, 8))).shape
            (2, 4, 8)
        """
        words = self._words(input_ids) if inputs_embeds is None else inputs_embeds
        # Positions 0, 1, 2 ... and segment 0 are rows of the tables: nothing is gathered.
        positions = self.position_embeddings.embedding
        positions = positions[: words.shape[1]] if position_ids is None else jnp.take(positions, position_ids, axis=0)
        segments = self.token_type_embeddings.embedding
        segments = segments[0] if token_type_ids is None else jnp.take(segments, token_type_ids, axis=0)
        states = self.LayerNorm(words + segments + positions)
        return self.dropout(states, deterministic=deterministic)

    def _words(self, input_ids: Any) -> Array:
        words = jnp.take(self.word_embeddings.embedding, input_ids, axis=0)
        if self.config.pad_token_id is None:
            return words
        # The padding piece is never trained through its place in the input.
        padding = (input_ids == self.config.pad_token_id)[..., None]
        return jnp.where(padding, jax.lax.stop_gradient(words), words)
