"""What the PyTorch models return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from albert_docs_pkg.model_output import ModelOutput


@dataclass
class EncoderOutput(ModelOutput):
    """Output of the encoder, and the fields every model output ends with.

    Args:
        last_hidden_state: float of shape (batch, length, hidden_size), the states after the last layer.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` tensors of shape (batch, length,
            hidden_size): the mapped embeddings, then the states after each application of a layer group.
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` tensors of shape (batch,
            heads, length, length): attention probabilities after the softmax, before dropout.

    Example:
        >>> import torch
        >>> from albert_docs_pkg.pytorch.outputs import EncoderOutput
        >>> EncoderOutput(last_hidden_state=torch.zeros(1, 3, 8)).keys()
        ['last_hidden_state']
    """

    last_hidden_state: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None

    def padded(self, pad: Callable[[Tensor], Tensor]) -> EncoderOutput:
        """Return the output of a packed batch with every state padded back.

        Args:
            pad: such as :meth:`albert_docs_pkg.pytorch.packing.Packing.pad`.

        Example:
            >>> packed = EncoderOutput(last_hidden_state=torch.zeros(3, 8))
            >>> packed.padded(lambda tokens: tokens.view(1, 3, 8)).last_hidden_state.shape
            torch.Size([1, 3, 8])
        """
        last = None if self.last_hidden_state is None else pad(self.last_hidden_state)
        return EncoderOutput(last, self.hidden_states and tuple(pad(states) for states in self.hidden_states))


@dataclass
class AlbertModelOutput(ModelOutput):
    """Output of :class:`~albert_docs_pkg.AlbertModel`.

    Args:
        last_hidden_state: float of shape (batch, length, hidden_size).
        pooler_output: float of shape (batch, hidden_size): the first token's state through a linear layer and tanh;
            ``None`` for a model without pooler.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` tensors of shape (batch, length,
            hidden_size).
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` tensors of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg.pytorch.outputs import AlbertModelOutput
        >>> AlbertModelOutput(last_hidden_state=torch.zeros(1, 3, 8)).pooler_output is None
        True
    """

    last_hidden_state: Tensor | None = None
    pooler_output: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


@dataclass
class AlbertForPreTrainingOutput(ModelOutput):
    """Output of :class:`~albert_docs_pkg.AlbertForPreTraining`.

    Args:
        loss: scalar, sum of the losses of whichever labels were given; ``None`` without labels.
        prediction_logits: float of shape (batch, length, vocab_size), scores of every piece at every position.
        sop_logits: float of shape (batch, 2), scores of "segments in order" and "segments swapped".
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` tensors of shape (batch, length,
            hidden_size).
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` tensors of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg import AlbertForPreTrainingOutput
        >>> AlbertForPreTrainingOutput(sop_logits=torch.zeros(1, 2)).to_tuple()
        (tensor([[0., 0.]]),)
    """

    loss: Tensor | None = None
    prediction_logits: Tensor | None = None
    sop_logits: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


@dataclass
class LogitsOutput(ModelOutput):
    """Output of the heads with one set of scores: masked tokens, sequences, choices, tokens.

    Args:
        loss: scalar; ``None`` without labels.
        logits: float of shape (batch, length, vocab_size) for masked tokens, (batch, num_labels) for sequences,
            (batch, choices) for multiple choice, (batch, length, num_labels) for tokens.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` tensors of shape (batch, length,
            hidden_size); for multiple choice the first dimension is batch times choices.
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` tensors of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg.pytorch.outputs import LogitsOutput
        >>> LogitsOutput(logits=torch.zeros(1, 2))["logits"].shape
        torch.Size([1, 2])
    """

    loss: Tensor | None = None
    logits: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


@dataclass
class QuestionAnsweringOutput(ModelOutput):
    """Output of :class:`~albert_docs_pkg.AlbertForQuestionAnswering`.

    Args:
        loss: scalar, mean of the cross entropies of start and end; ``None`` without labels.
        start_logits: float of shape (batch, length), scores of each token as the first of the answer.
        end_logits: float of shape (batch, length), scores of each token as the last of the answer.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` tensors of shape (batch, length,
            hidden_size).
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` tensors of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg.pytorch.outputs import QuestionAnsweringOutput
        >>> len(QuestionAnsweringOutput(start_logits=torch.zeros(1, 4), end_logits=torch.zeros(1, 4)))
        2
    """

    loss: Tensor | None = None
    start_logits: Tensor | None = None
    end_logits: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


for _output in (EncoderOutput, AlbertModelOutput, AlbertForPreTrainingOutput, LogitsOutput, QuestionAnsweringOutput):
    # torch.export and torch.func take containers apart; they have to know these.
    torch.export.register_dataclass(_output, serialized_type_name=f"albert_docs_pkg.{_output.__name__}")
