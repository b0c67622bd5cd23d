"""Token, segment and position embeddings of width E, summed and normalised."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from tensorflow import Tensor

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.tensorflow.layers import EmbeddingTable, layer_norm


class AlbertEmbeddings(keras.layers.Layer):
    """Sum of word, position and segment embeddings, normalised, with dropout.

    Args:
        config: uses ``vocab_size``, ``embedding_size``, ``max_position_embeddings``, ``type_vocab_size``,
            ``pad_token_id``, ``layer_norm_eps`` and ``hidden_dropout_prob``.
        **options: ``name`` and ``dtype`` as for any Keras layer.

    Example:
        >>> import tensorflow as tf
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.tensorflow.embeddings import AlbertEmbeddings
        >>> embeddings = AlbertEmbeddings(AlbertConfig(vocab_size=50, embedding_size=8))
        >>> embeddings(tf.constant([[2, 9, 3]])).shape
        TensorShape([1, 3, 8])
    """

    def __init__(self, config: AlbertConfig, **options: Any) -> None:
        super().__init__(**options)
        width, dtype = config.embedding_size, self.dtype_policy
        self.padding_id = config.pad_token_id
        self.word_embeddings = EmbeddingTable(config.vocab_size, width, dtype=dtype, name="word_embeddings")
        self.position_embeddings = EmbeddingTable(config.max_position_embeddings, width, dtype=dtype)
        self.token_type_embeddings = EmbeddingTable(config.type_vocab_size, width, dtype=dtype)
        self.LayerNorm = layer_norm(width, config.layer_norm_eps, dtype)
        self.dropout = keras.layers.Dropout(config.hidden_dropout_prob, dtype=dtype)
        self.built = True

    def call(
        self,
        input_ids: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        training: bool | None = None,
    ) -> Tensor:
        """Embed a batch.

        Args:
            input_ids: integers of shape (batch, length); or give ``inputs_embeds``.
            token_type_ids: integers of shape (batch, length); all zero when absent.
            position_ids: integers of shape (batch, length) or (1, length); 0, 1, 2 ... when absent.
            inputs_embeds: float of shape (batch, length, embedding_size), used instead of the word embeddings.
            training: apply dropout.

        Returns:
            Float of shape (batch, length, embedding_size).

        Example:
            >>> embeddings(inputs_embeds=tf.zeros((2, 4, 8))).shape
            TensorShape([2, 4, 8])
        """
        if inputs_embeds is None:
            assert input_ids is not None
            inputs_embeds = self.word_embeddings(input_ids)
            if self.padding_id is not None:
                # The padding row gets no gradient from being looked up.
                padding = tf.equal(input_ids, tf.cast(self.padding_id, input_ids.dtype))[..., None]
                inputs_embeds = tf.where(padding, tf.stop_gradient(inputs_embeds), inputs_embeds)
        # Positions 0, 1, 2 ... and segment 0 are rows of the tables: no index tensor is made and nothing is gathered.
        if position_ids is None:
            table = tf.convert_to_tensor(self.position_embeddings.weight)
            positions = table[: tf.shape(inputs_embeds)[1]]
        else:
            positions = self.position_embeddings(position_ids)
        if token_type_ids is None:
            segments = tf.convert_to_tensor(self.token_type_embeddings.weight)[0]
        else:
            segments = self.token_type_embeddings(token_type_ids)
        embedded = tf.cast(inputs_embeds, self.compute_dtype) + segments + positions
        return self.dropout(self.LayerNorm(embedded), training=training)
