"""Token, segment and position embeddings of width E, summed and normalised."""

from __future__ import annotations

from torch import Tensor, nn

from albert_docs_pkg.configuration import AlbertConfig


class AlbertEmbeddings(nn.Module):
    """Sum of word, position and segment embeddings, normalised, with dropout.

    Args:
        config: uses ``vocab_size``, ``embedding_size``, ``max_position_embeddings``, ``type_vocab_size``,
            ``pad_token_id``, ``layer_norm_eps`` and ``hidden_dropout_prob``.

    Example:
        >>> import torch
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.pytorch.embeddings import AlbertEmbeddings
        >>> embeddings = AlbertEmbeddings(AlbertConfig(vocab_size=50, embedding_size=8))
        >>> embeddings(torch.tensor([[2, 9, 3]])).shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        width = config.embedding_size
        self.word_embeddings = nn.Embedding(config.vocab_size, width, padding_idx=config.pad_token_id)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, width)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, width)
        self.LayerNorm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(
        self,
        input_ids: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
    ) -> Tensor:
        """Embed a batch.

        Args:
            input_ids: integers of shape (batch, length); or give ``inputs_embeds``.
            token_type_ids: integers of shape (batch, length); all zero when absent.
            position_ids: integers of shape (batch, length) or (1, length); 0, 1, 2 ... when absent.
            inputs_embeds: float of shape (batch, length, embedding_size), used instead of the word embeddings.

        Returns:
            Float of shape (batch, length, embedding_size).

        Example:
            >>> embeddings(inputs_embeds=torch.zeros(2, 4, 8)).shape
            torch.Size([2, 4, 8])
        """
        if inputs_embeds is None:
            inputs_embeds = self.word_embeddings(input_ids)
        # Positions 0, 1, 2 ... and segment 0 are rows of the tables: no index tensor is made and nothing is gathered.
        if position_ids is None:
            positions: Tensor = self.position_embeddings.weight[: inputs_embeds.shape[1]]
        else:
            positions = self.position_embeddings(position_ids)
        if token_type_ids is None:
            segments: Tensor = self.token_type_embeddings.weight[0]
        else:
            segments = self.token_type_embeddings(token_type_ids)
        return self.dropout(self.LayerNorm(inputs_embeds + segments + positions))
