"""The heads that have rooms of their own, and the losses of all of them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.heads import HEADS, IGNORED_LABEL, classifier_dropout, infer_problem_type
from albert_docs_pkg.pytorch.encoder import ACTIVATION_FUNCTIONS


class AlbertMLMHead(nn.Module):
    """Scores of every vocabulary piece: H to E, activation, normalisation, then the (tied) embedding matrix.

    The bias belongs to this module and to the decoder at once, as in the files on the hub.

    Args:
        config: uses ``hidden_size``, ``embedding_size``, ``vocab_size``, ``hidden_act`` and ``layer_norm_eps``.

    Example:
        >>> import torch
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.pytorch.heads import AlbertMLMHead
        >>> small = AlbertConfig(vocab_size=50, hidden_size=8, num_attention_heads=2, intermediate_size=16)
        >>> AlbertMLMHead(small)(torch.zeros(1, 5, 8)).shape
        torch.Size([1, 5, 50])
    """

    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.dense = nn.Linear(config.hidden_size, config.embedding_size)
        self.LayerNorm = nn.LayerNorm(config.embedding_size, eps=config.layer_norm_eps)
        self.decoder = nn.Linear(config.embedding_size, config.vocab_size)
        self.decoder.bias = self.bias
        self.activation = ACTIVATION_FUNCTIONS[config.hidden_act]

    def forward(self, hidden_states: Tensor) -> Tensor:
        """Score states of shape (..., hidden_size); the result has shape (..., vocab_size).

        Example:
            >>> AlbertMLMHead(small)(torch.zeros(3, 8)).shape
            torch.Size([3, 50])
        """
        return self.decoder(self.LayerNorm(self.activation(self.dense(hidden_states))))


def masked_token_scores(
    head: AlbertMLMHead, hidden_states: Tensor, labels: Tensor | None, output_logits: bool | None
) -> tuple[Tensor | None, Tensor | None]:
    """Return logits and loss of masked tokens; without logits, only labelled positions are scored.

    Few positions are labelled in training and every score costs ``vocab_size`` products, so the loss alone is much
    cheaper. How many are labelled has to be known on the host.

    Args:
        head: the masked-token head.
        hidden_states: float of shape (batch, length, hidden_size).
        labels: integers of shape (batch, length), -100 where there is none; ``None`` for no loss.
        output_logits: score every position. ``None`` leaves that out in training, where labels in host memory tell
            the number of labelled positions without waiting for a device.

    Returns:
        Logits of shape (batch, length, vocab_size), ``None`` where they were left out, and the loss or ``None``.

    Raises:
        ValueError: no logits are wanted, but there are no labels either, or labels of another shape.

    Example:
        >>> from albert_docs_pkg.pytorch.heads import masked_token_scores
        >>> labels = torch.tensor([[7, -100, -100]])
        >>> masked_token_scores(AlbertMLMHead(small), torch.zeros(1, 3, 8), labels, False)[0] is None
        True
    """
    if output_logits is None:
        output_logits = not head.training or not _countable(labels)
    if output_logits:
        logits = head(hidden_states)
        return logits, None if labels is None else cross_entropy(logits, labels)
    if labels is None:
        raise ValueError("output_logits=False leaves nothing to compute: there are no labels")
    if labels.shape != hidden_states.shape[:-1]:
        raise ValueError(f"labels must have shape {tuple(hidden_states.shape[:-1])}, got {tuple(labels.shape)}")
    flat = labels.reshape(-1)
    places = (flat != IGNORED_LABEL).nonzero().squeeze(-1)
    device = hidden_states.device
    chosen = hidden_states.flatten(0, 1).index_select(0, places.to(device, non_blocking=True))
    return None, cross_entropy(head(chosen), flat[places].to(device, non_blocking=True))


def _countable(labels: Tensor | None) -> bool:
    """Tell whether the labelled positions can be counted now: real values in host memory, no graph being captured."""
    return type(labels) is Tensor and labels.device.type == "cpu" and not torch.compiler.is_compiling()


class AlbertSOPHead(nn.Module):
    """Scores of "the segments are in order" and "they are swapped", from the pooled vector.

    Args:
        config: uses ``hidden_size`` and ``classifier_dropout_prob``.

    Example:
        >>> from albert_docs_pkg.pytorch.heads import AlbertSOPHead
        >>> AlbertSOPHead(small)(torch.zeros(1, 8)).shape
        torch.Size([1, 2])
    """

    def __init__(self, config: AlbertConfig) -> None:
        super().__init__()
        self.dropout = nn.Dropout(classifier_dropout(config))
        self.classifier = nn.Linear(config.hidden_size, HEADS["ForPreTraining"].output_width(config))

    def forward(self, pooled: Tensor) -> Tensor:
        """Score pooled vectors of shape (batch, hidden_size); the result has shape (batch, 2).

        Example:
            >>> AlbertSOPHead(small)(torch.zeros(4, 8)).shape
            torch.Size([4, 2])
        """
        return self.classifier(self.dropout(pooled))


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross entropy over the labels that are not -100; 0 when all of them are.

    Args:
        logits: float of shape (..., classes).
        labels: integers of shape (...), class ids or -100.

    Returns:
        Scalar in the dtype of ``logits``.

    Raises:
        ValueError: the shapes do not go together.

    Example:
        >>> from albert_docs_pkg.pytorch.heads import cross_entropy
        >>> cross_entropy(torch.zeros(2, 4), torch.tensor([1, -100]))
        tensor(1.3863)
    """
    if labels.shape != logits.shape[:-1]:
        raise ValueError(f"labels must have shape {tuple(logits.shape[:-1])}, got {tuple(labels.shape)}")
    labels = labels.reshape(-1).long()
    total = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels, ignore_index=IGNORED_LABEL, reduction="sum")
    return total / (labels != IGNORED_LABEL).sum().clamp(min=1)


def sequence_loss(logits: Tensor, labels: Tensor, problem_type: str | None) -> Tensor:
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
        >>> from albert_docs_pkg.pytorch.heads import sequence_loss
        >>> sequence_loss(torch.zeros(1, 3), torch.tensor([[1.0, 0.0, 1.0]]), None)
        tensor(0.6931)
    """
    if problem_type is None:
        problem_type = infer_problem_type(logits.shape, labels.shape, not labels.dtype.is_floating_point)
    if problem_type == "single_label_classification":
        return cross_entropy(logits, labels.reshape(-1))
    if problem_type == "regression" and labels.dim() == 1:
        labels = labels.unsqueeze(-1)
    if labels.shape != logits.shape:
        raise ValueError(f"labels of a {problem_type} must have shape {tuple(logits.shape)}, got {tuple(labels.shape)}")
    if problem_type == "regression":
        return F.mse_loss(logits, labels.to(logits.dtype))
    return F.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))


def span_loss(start_logits: Tensor, end_logits: Tensor, start_positions: Tensor, end_positions: Tensor) -> Tensor:
    """Mean cross entropy of first and last token; a position outside the sequence is left out.

    Args:
        start_logits: float of shape (batch, length).
        end_logits: float of shape (batch, length).
        start_positions: integers of shape (batch) or (batch, 1).
        end_positions: integers of shape (batch) or (batch, 1).

    Example:
        >>> from albert_docs_pkg.pytorch.heads import span_loss
        >>> scores = torch.zeros(1, 4)
        >>> span_loss(scores, scores, torch.tensor([1]), torch.tensor([9]))
        tensor(0.6931)
    """
    length = start_logits.shape[1]
    losses = []
    for logits, positions in ((start_logits, start_positions), (end_logits, end_positions)):
        positions = positions.reshape(-1)
        inside = (positions >= 0) & (positions < length)
        losses.append(cross_entropy(logits, positions.masked_fill(~inside, IGNORED_LABEL)))
    return (losses[0] + losses[1]) / 2
