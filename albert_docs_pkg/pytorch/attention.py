"""Self-attention of a shared layer: the projections are joined once per forward, then used at every depth."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.pytorch.packing import Packing, packed_attention


class JointProjection(NamedTuple):
    """Query, key and value projections as one: weight of shape (3 * hidden, hidden), bias of shape (3 * hidden)."""

    weight: Tensor
    bias: Tensor


class AlbertAttention(nn.Module):
    """Multi-head self-attention with its output projection, residual and layer normalisation.

    The three projections are separate parameters, as in every ALBERT checkpoint, and are multiplied as one:
    :meth:`join_projections` is called once per forward of the whole model, not once per layer.

    Args:
        config: uses ``hidden_size``, ``num_attention_heads``, both dropout rates and ``layer_norm_eps``.

    Example:
        >>> import torch
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.pytorch.attention import AlbertAttention
        >>> attention = AlbertAttention(AlbertConfig(hidden_size=8, num_attention_heads=2))
        >>> states, probabilities = attention(torch.zeros(1, 5, 8), attention.join_projections())
        >>> states.shape, probabilities
        (torch.Size([1, 5, 8]), None)
    """

    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.num_heads = config.num_attention_heads
        self.head_size = width // config.num_attention_heads
        self.attention_dropout = config.attention_probs_dropout_prob
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.dense = nn.Linear(width, width)
        self.LayerNorm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.output_dropout = nn.Dropout(config.hidden_dropout_prob)

    def join_projections(self) -> JointProjection:
        """Return query, key and value as one projection; gradients flow back into the three.

        Example:
            >>> attention.join_projections().weight.shape
            torch.Size([24, 8])
        """
        parts = (self.query, self.key, self.value)
        return JointProjection(torch.cat([part.weight for part in parts]), torch.cat([part.bias for part in parts]))

    def forward(
        self,
        hidden_states: Tensor,
        projection: JointProjection,
        mask: Tensor | Packing | None = None,
        return_probabilities: bool = False,
        implementation: str = "sdpa",
    ) -> tuple[Tensor, Tensor | None]:
        """Attend over a batch.

        Args:
            hidden_states: float of shape (batch, length, hidden_size), of shape (tokens, hidden_size) when packed.
            projection: what :meth:`join_projections` returned.
            mask: float to add to the scores, broadcast to (batch, heads, length, length); ``None`` to attend to all;
                the packing of a packed batch.
            return_probabilities: also return the attention probabilities, which takes ``"eager"``.
            implementation: ``"sdpa"`` for PyTorch's fused attention, ``"eager"`` for one operation after another.

        Returns:
            The new states in the shape of the old ones, and the probabilities of shape (batch, heads, length,
            length) or ``None``.

        Example:
            >>> attention(torch.zeros(1, 5, 8), attention.join_projections(), return_probabilities=True)[1].shape
            torch.Size([1, 2, 5, 5])
        """
        joined = F.linear(hidden_states, projection.weight, projection.bias)
        rate = self.attention_dropout if self.training else 0.0
        probabilities = None
        if isinstance(mask, Packing):
            context = packed_attention(joined, mask, self.num_heads, rate)
        else:
            context, probabilities = self._attend(joined, mask, rate, return_probabilities or implementation == "eager")
        states = self.LayerNorm(hidden_states + self.output_dropout(self.dense(context)))
        return states, probabilities if return_probabilities else None

    def _attend(self, joined: Tensor, mask: Tensor | None, rate: float, eager: bool) -> tuple[Tensor, Tensor | None]:
        batch, length, _ = joined.shape
        heads = joined.view(batch, length, 3, self.num_heads, self.head_size).permute(2, 0, 3, 1, 4)
        query, key, value = heads.unbind(0)
        probabilities = None
        if eager:
            scores = query @ key.transpose(-1, -2) * (1.0 / math.sqrt(self.head_size))
            probabilities = torch.softmax(scores if mask is None else scores + mask, dim=-1)
            context = F.dropout(probabilities, rate, self.training) @ value
        else:
            context = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=rate)
        return context.transpose(1, 2).reshape(batch, length, self.num_heads * self.head_size), probabilities


def additive_mask(attention_mask: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    """Turn a mask of ones and zeros into what is added to attention scores; built once per forward.

    A masked key gets the lowest number of ``dtype``, not minus infinity, so that a row with nothing to attend to
    stays finite.

    Args:
        attention_mask: 1 (or ``True``) to attend, 0 to leave out; shape (batch, length) for keys,
            (batch, length, length) for pairs of query and key, (batch, heads or 1, length, length) in full.
            ``None`` gives ``None``, so that kernels without mask can be taken.
        dtype: floating dtype of the scores.

    Returns:
        Float of ``dtype`` that broadcasts to (batch, heads, length, length), or ``None``.

    Raises:
        ValueError: a number of dimensions other than 2, 3 or 4.

    Example:
        >>> from albert_docs_pkg.pytorch.attention import additive_mask
        >>> additive_mask(torch.tensor([[1, 1, 0]]), torch.float32).shape
        torch.Size([1, 1, 1, 3])
    """
    if attention_mask is None:
        return None
    if attention_mask.dim() == 2:
        attention_mask = attention_mask[:, None, None, :]
    elif attention_mask.dim() == 3:
        attention_mask = attention_mask[:, None, :, :]
    elif attention_mask.dim() != 4:
        raise ValueError(
            "attention_mask must have shape (batch, length), (batch, length, length) or "
            f"(batch, heads, length, length), got {tuple(attention_mask.shape)}"
        )
    blocked = attention_mask == 0
    return torch.zeros(blocked.shape, dtype=dtype, device=blocked.device).masked_fill(blocked, torch.finfo(dtype).min)
