"""What the TensorFlow models return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tensorflow import Tensor

from albert_docs_pkg.model_output import ModelOutput


class TFModelOutput(ModelOutput):
    """Base of the outputs below: TensorFlow and Keras take them apart and build them again, as they do with dicts.

    Example:
        >>> import tensorflow as tf
        >>> from albert_docs_pkg.tensorflow.outputs import LogitsOutput
        >>> doubled = tf.nest.map_structure(lambda part: 2 * part, LogitsOutput(logits=tf.ones(2)))
        >>> float(doubled.logits[0])
        2.0
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _tell_keras(cls)

    def __tf_flatten__(self) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        return tuple(self.keys()), self.to_tuple()

    @classmethod
    def __tf_unflatten__(cls, names: tuple[str, ...], parts: tuple[Any, ...]) -> Any:
        return cls(**dict(zip(names, parts, strict=True)))


def _tell_keras(cls: Any) -> None:
    """Register an output class with the library that Keras walks nested values with."""
    try:
        import optree
    except ModuleNotFoundError:  # Keras then uses another library, which takes objects as they are
        return

    def flatten(output: Any) -> tuple[tuple[Any, ...], tuple[str, ...], tuple[str, ...]]:
        names = tuple(output.keys())
        return output.to_tuple(), names, names

    def unflatten(names: Any, parts: Any) -> Any:
        return cls(**dict(zip(names, parts, strict=True)))

    optree.register_pytree_node(cls, flatten, unflatten, namespace="keras")


@dataclass
class EncoderOutput(TFModelOutput):
    """Output of the encoder, and the fields every model output ends with.

    Args:
        last_hidden_state: float of shape (batch, length, hidden_size), the states after the last layer.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` tensors of shape (batch, length,
            hidden_size): the mapped embeddings, then the states after each application of a layer group.
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` tensors of shape (batch,
            heads, length, length): attention probabilities after the softmax, before dropout.

    Example:
        >>> from albert_docs_pkg.tensorflow.outputs import EncoderOutput
        >>> EncoderOutput(last_hidden_state=tf.zeros((1, 3, 8))).keys()
        ['last_hidden_state']
    """

    last_hidden_state: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


@dataclass
class AlbertModelOutput(TFModelOutput):
    """Output of :class:`~albert_docs_pkg.TFAlbertModel`.

    Args:
        last_hidden_state: float of shape (batch, length, hidden_size).
        pooler_output: float of shape (batch, hidden_size): the first token's state through a linear layer and tanh;
            ``None`` for a model without pooler.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` tensors of shape (batch, length,
            hidden_size).
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` tensors of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg.tensorflow.outputs import AlbertModelOutput
        >>> AlbertModelOutput(last_hidden_state=tf.zeros((1, 3, 8))).pooler_output is None
        True
    """

    last_hidden_state: Tensor | None = None
    pooler_output: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


@dataclass
class TFAlbertForPreTrainingOutput(TFModelOutput):
    """Output of :class:`~albert_docs_pkg.TFAlbertForPreTraining`.

    Args:
        loss: scalar, sum of the losses of whichever labels were given; ``None`` without labels.
        prediction_logits: float of shape (batch, length, vocab_size), scores of every piece at every position.
        sop_logits: float of shape (batch, 2), scores of "segments in order" and "segments swapped".
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` tensors of shape (batch, length,
            hidden_size).
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` tensors of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg import TFAlbertForPreTrainingOutput
        >>> TFAlbertForPreTrainingOutput(sop_logits=tf.zeros((1, 2))).keys()
        ['sop_logits']
    """

    loss: Tensor | None = None
    prediction_logits: Tensor | None = None
    sop_logits: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


@dataclass
class LogitsOutput(TFModelOutput):
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
        >>> LogitsOutput(logits=tf.zeros((1, 2)))["logits"].shape
        TensorShape([1, 2])
    """

    loss: Tensor | None = None
    logits: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None


@dataclass
class QuestionAnsweringOutput(TFModelOutput):
    """Output of :class:`~albert_docs_pkg.TFAlbertForQuestionAnswering`.

    Args:
        loss: scalar, mean of the cross entropies of start and end; ``None`` without labels.
        start_logits: float of shape (batch, length), scores of each token as the first of the answer.
        end_logits: float of shape (batch, length), scores of each token as the last of the answer.
        hidden_states: with ``output_hidden_states``, ``num_hidden_layers + 1`` tensors of shape (batch, length,
            hidden_size).
        attentions: with ``output_attentions``, ``num_hidden_layers * inner_group_num`` tensors of shape (batch,
            heads, length, length).

    Example:
        >>> from albert_docs_pkg.tensorflow.outputs import QuestionAnsweringOutput
        >>> len(QuestionAnsweringOutput(start_logits=tf.zeros((1, 4)), end_logits=tf.zeros((1, 4))))
        2
    """

    loss: Tensor | None = None
    start_logits: Tensor | None = None
    end_logits: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    attentions: tuple[Tensor, ...] | None = None
