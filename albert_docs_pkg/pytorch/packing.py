"""Batches of mixed lengths without their padding: the layers see one row of real tokens, results are padded back.

Sequences are put in order of length, so that those of one length stand side by side. Everything of a layer but
attention treats each token alone and runs on all of them at once; attention runs once for each length that occurs,
without a mask. The order and the lengths are worked out once per forward, on the device of the mask: a mask in host
memory costs no wait for a GPU, one on the GPU costs a single wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Packing:
    """Where the real tokens of a batch are.

    Args:
        rows: integers of shape (tokens), places of the real tokens in the batch read row by row, sequences of equal
            length side by side.
        runs: for each length that occurs, the number of sequences and the length, in the order of ``rows``.
        batch: number of sequences.
        length: padded length.

    Example:
        >>> import torch
        >>> from albert_docs_pkg.pytorch.packing import Packing
        >>> packing = Packing.of(torch.tensor([[1, 1, 1], [1, 0, 0], [1, 1, 1]]), torch.device("cpu"))
        >>> packing.rows.tolist(), packing.runs
        ([3, 0, 1, 2, 6, 7, 8], [(1, 1), (2, 3)])
    """

    rows: Tensor
    runs: list[tuple[int, int]]
    batch: int
    length: int

    @classmethod
    def of(cls, attention_mask: Tensor, device: torch.device) -> Packing:
        """Find the real tokens.

        Args:
            attention_mask: zero for padding, which may stand anywhere; shape (batch, length).
            device: where the states are.

        Example:
            >>> Packing.of(torch.tensor([[0, 1], [0, 0]]), torch.device("cpu")).runs
            [(1, 1)]
        """
        batch, length = attention_mask.shape
        real = attention_mask != 0
        lengths = real.sum(1)
        order = lengths.argsort(stable=True)
        places = torch.arange(batch * length, device=real.device).view(batch, length)
        counts = torch.bincount(lengths, minlength=length + 1).tolist()
        runs = [(sequences, size) for size, sequences in enumerate(counts) if sequences and size]
        return cls(places[order][real[order]].to(device, non_blocking=True), runs, batch, length)

    def pack(self, states: Tensor) -> Tensor:
        """Return the real tokens of states of shape (batch, length, width), as (tokens, width).

        Example:
            >>> packing.pack(torch.zeros(3, 3, 8)).shape
            torch.Size([7, 8])
        """
        return states.flatten(0, 1).index_select(0, self.rows)

    def pad(self, tokens: Tensor) -> Tensor:
        """Put tokens of shape (tokens, width) back into a batch of shape (batch, length, width), zero at padding.

        Example:
            >>> packing.pad(torch.ones(7, 8)).sum(-1)[1]
            tensor([8., 0., 0.])
        """
        padded = tokens.new_zeros(self.batch * self.length, tokens.shape[-1])
        return padded.index_copy(0, self.rows, tokens).view(self.batch, self.length, -1)


def can_pack(attention_mask: Tensor | None, output_attentions: bool) -> bool:
    """Tell whether a batch can be packed: a plain mask of padding, and no probabilities wanted.

    While a graph is captured the number of real tokens is not known, so captured graphs are padded.

    Example:
        >>> from albert_docs_pkg.pytorch.packing import can_pack
        >>> can_pack(torch.ones(2, 3), False), can_pack(None, False)
        (True, False)
    """
    return (
        type(attention_mask) is Tensor
        and attention_mask.dim() == 2
        and not attention_mask.is_meta
        and not output_attentions
        and not torch.compiler.is_compiling()
        and not torch.jit.is_tracing()
    )


def packed_attention(joined: Tensor, packing: Packing, num_heads: int, dropout: float) -> Tensor:
    """Attend within each sequence of a packed batch.

    Args:
        joined: query, key and value of shape (tokens, 3 * hidden_size).
        packing: where the tokens belong.
        num_heads: number of heads.
        dropout: rate on the probabilities.

    Returns:
        Context of shape (tokens, hidden_size).

    Example:
        >>> from albert_docs_pkg.pytorch.packing import packed_attention
        >>> packed_attention(torch.zeros(7, 24), packing, num_heads=2, dropout=0.0).shape
        torch.Size([7, 8])
    """
    tokens, width = joined.shape[0], joined.shape[1] // 3
    kernel = _variable_length_kernel() if joined.is_cuda and joined.dtype in _KERNEL_DTYPES and not dropout else None
    if kernel is not None:
        return _variable_length(kernel, joined, packing, num_heads)
    parts, first = [], 0
    for sequences, length in packing.runs:
        run = joined[first : first + sequences * length].view(sequences, length, 3, num_heads, -1)
        query, key, value = run.permute(2, 0, 3, 1, 4).unbind(0)
        context = F.scaled_dot_product_attention(query, key, value, dropout_p=dropout)
        parts.append(context.transpose(1, 2).reshape(sequences * length, width))
        first += sequences * length
    return torch.cat(parts) if parts else joined.new_zeros(tokens, width)


_KERNEL_DTYPES = (torch.float16, torch.bfloat16)


@cache
def _variable_length_kernel() -> Any:
    """Return ``varlen_attn`` of PyTorch 2.10 and later; as it loads the compiler, it waits until a GPU asks for it."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    return varlen_attn


def _variable_length(kernel: Any, joined: Tensor, packing: Packing, num_heads: int) -> Tensor:
    """One kernel for all sequences; it takes (tokens, heads, head size) and where sequences start."""
    sizes = [length for sequences, length in packing.runs for _ in range(sequences)]
    starts = torch.tensor([0, *sizes], dtype=torch.int32).cumsum(0, dtype=torch.int32)
    starts = starts.to(joined.device, non_blocking=True)
    query, key, value = joined.view(joined.shape[0], 3, num_heads, -1).unbind(1)
    return kernel(query, key, value, starts, starts, max(sizes), max(sizes)).flatten(1)
