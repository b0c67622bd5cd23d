"""What the Flax models return: pytrees, so that ``jax.jit`` takes and gives them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import jax
from jax import Array

from albert_docs_pkg.model_output import ModelOutput


@dataclass
class EncoderOutput(ModelOutput):
    """Output of the encoder, and the fields every model output ends with.

    Args:
        last_hidden_state: float of shape (batch, length, hidden_size), the states after the last layer.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` arrays of shape (batch, length,
            hidden_size): the mapped embeddings, then the states after each application of a layer group.
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` arrays of shape (batch,
            heads, length, length): attention probabilities after the softmax, before dropout.

    Example:
        >>> import jax.numpy as jnp
        >>> from albert_docs_pkg.flax.outputs import EncoderOutput
        >>> EncoderOutput(last_hidden_state=jnp.zeros((1, 3, 8))).keys()
        ['last_hidden_state']
    """

    last_hidden_state: Array | None = None
    hidden_states: tuple[Array, ...] | None = None
    attentions: tuple[Array, ...] | None = None


@dataclass
class FlaxAlbertModelOutput(ModelOutput):
    """Output of :class:`~albert_docs_pkg.FlaxAlbertModel`.

    Args:
        last_hidden_state: float of shape (batch, length, hidden_size).
        pooler_output: float of shape (batch, hidden_size): the first token's state through a linear layer and tanh;
            ``None`` for a model without pooler.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` arrays of shape (batch, length,
            hidden_size).
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` arrays of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg.flax.outputs import FlaxAlbertModelOutput
        >>> FlaxAlbertModelOutput(last_hidden_state=jnp.zeros((1, 3, 8))).pooler_output is None
        True
    """

    last_hidden_state: Array | None = None
    pooler_output: Array | None = None
    hidden_states: tuple[Array, ...] | None = None
    attentions: tuple[Array, ...] | None = None


@dataclass
class FlaxAlbertForPreTrainingOutput(ModelOutput):
    """Output of :class:`~albert_docs_pkg.FlaxAlbertForPreTraining`.

    Args:
        loss: scalar, sum of the losses of whichever labels were given; ``None`` without labels.
        prediction_logits: float of shape (batch, length, vocab_size), scores of every piece at every position.
        sop_logits: float of shape (batch, 2), scores of "segments in order" and "segments swapped".
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` arrays of shape (batch, length,
            hidden_size).
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` arrays of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg import FlaxAlbertForPreTrainingOutput
        >>> FlaxAlbertForPreTrainingOutput(sop_logits=jnp.zeros((1, 2))).to_tuple()[0].shape
        (1, 2)
    """

    loss: Array | None = None
    prediction_logits: Array | None = None
    sop_logits: Array | None = None
    hidden_states: tuple[Array, ...] | None = None
    attentions: tuple[Array, ...] | None = None


@dataclass
class LogitsOutput(ModelOutput):
    """Output of the heads with one set of scores: masked tokens, sequences, choices, tokens.

    Args:
        loss: scalar; ``None`` without labels.
        logits: float of shape (batch, length, vocab_size) for masked tokens, (batch, num_labels) for sequences,
            (batch, choices) for multiple choice, (batch, length, num_labels) for tokens.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` arrays of shape (batch, length,
            hidden_size); for multiple choice the first dimension is batch times choices.
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` arrays of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg.flax.outputs import LogitsOutput
        >>> LogitsOutput(logits=jnp.zeros((1, 2)))["logits"].shape
        (1, 2)
    """

    loss: Array | None = None
    logits: Array | None = None
    hidden_states: tuple[Array, ...] | None = None
    attentions: tuple[Array, ...] | None = None


@dataclass
class QuestionAnsweringOutput(ModelOutput):
    """Output of :class:`~albert_docs_pkg.FlaxAlbertForQuestionAnswering`.

    Args:
        loss: scalar, mean of the cross entropies of start and end; ``None`` without labels.
        start_logits: float of shape (batch, length), scores of each token as the first of the answer.
        end_logits: float of shape (batch, length), scores of each token as the last of the answer.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` arrays of shape (batch, length,
            hidden_size).
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` arrays of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg.flax.outputs import QuestionAnsweringOutput
        >>> len(QuestionAnsweringOutput(start_logits=jnp.zeros((1, 4)), end_logits=jnp.zeros((1, 4))))
        2
    """

    loss: Array | None = None
    start_logits: Array | None = None
    end_logits: Array | None = None
    hidden_states: tuple[Array, ...] | None = None
    attentions: tuple[Array, ...] | None = None


for _output in (
    EncoderOutput,
    FlaxAlbertModelOutput,
    FlaxAlbertForPreTrainingOutput,
    LogitsOutput,
    QuestionAnsweringOutput,
):
    jax.tree_util.register_dataclass(_output, [field.name for field in fields(_output)], [])
