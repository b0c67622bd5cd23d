"""The encoder with each of six heads."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import Array

from albert_docs_pkg.flax.backbone import FlaxAlbertHeadModel
from albert_docs_pkg.flax.call_arguments import documents_choices, documents_inputs
from albert_docs_pkg.flax.outputs import FlaxAlbertForPreTrainingOutput, LogitsOutput, QuestionAnsweringOutput


class FlaxAlbertForPreTraining(FlaxAlbertHeadModel):
    """ALBERT as it is pretrained: a masked-token head and a sentence-order head (sections 3.1 and 3.2 of the paper).

    Args:
        config: the model's sizes.
        input_shape: shape of the inputs that initial parameters are made with; any will do.
        seed: of the initial parameters.
        dtype: dtype of the computation; the parameters are float32.
        _do_init: make initial parameters.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from albert_docs_pkg import AlbertTokenizer, FlaxAlbertForPreTraining
        >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
        >>> pretraining = FlaxAlbertForPreTraining.from_pretrained("albert-wordnet-nano")
        >>> pair = tokenizer("a large cat", "the lion roared", return_tensors="np")
        >>> pretraining(**pair).sop_logits.shape
        (1, 2)
    """

    head = "ForPreTraining"

    @documents_inputs
    def __call__(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        position_ids: Any = None,
        params: Any = None,
        dropout_rng: Array | None = None,
        train: bool = False,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        inputs_embeds: Any = None,
        labels: Any = None,
        sentence_order_label: Any = None,
        validate: bool | None = None,
    ) -> FlaxAlbertForPreTrainingOutput | tuple[Any, ...]:
        """Score pieces and sentence order; the loss is the sum of those whose labels are given.

        Args:
            labels: integers of shape (batch, length), the right piece at masked positions, -100 elsewhere.
            sentence_order_label: integers of shape (batch): 0 for segments in order, 1 for swapped ones, -100 for a
                sequence that has no second segment.

        Returns:
            ``loss`` where labels are given, ``prediction_logits`` of shape (batch, length, vocab_size) and
            ``sop_logits`` of shape (batch, 2), ``hidden_states`` and ``attentions`` where asked for.

        Example:
            >>> float(pretraining(jnp.array([[2, 4, 3]]), labels=jnp.full((1, 3), -100)).loss)
            0.0
        """
        return self._run(
            (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds),
            {"labels": labels, "sentence_order_label": sentence_order_label},
            params,
            dropout_rng,
            train,
            output_attentions,
            output_hidden_states,
            return_dict,
            validate,
        )


class FlaxAlbertForMaskedLM(FlaxAlbertHeadModel):
    """ALBERT with the masked-token head alone, without pooler.

    Args:
        config: the model's sizes.
        input_shape: shape of the inputs that initial parameters are made with; any will do.
        seed: of the initial parameters.
        dtype: dtype of the computation; the parameters are float32.
        _do_init: make initial parameters.

    Example:
        >>> from albert_docs_pkg import FlaxAlbertForMaskedLM
        >>> filler = FlaxAlbertForMaskedLM.from_pretrained("albert-wordnet-nano")
        >>> inputs = tokenizer("a large [MASK] of water", return_tensors="np")
        >>> filler(**inputs).logits.shape[-1] == filler.config.vocab_size
        True
    """

    head = "ForMaskedLM"

    @documents_inputs
    def __call__(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        position_ids: Any = None,
        params: Any = None,
        dropout_rng: Array | None = None,
        train: bool = False,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        inputs_embeds: Any = None,
        labels: Any = None,
        validate: bool | None = None,
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score every piece at every position.

        Args:
            labels: integers of shape (batch, length), the right piece where the loss counts, -100 elsewhere.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, length, vocab_size), ``hidden_states`` and
            ``attentions`` where asked for.

        Example:
            >>> filler(jnp.array([[2, 4, 3]])).keys()
            ['logits']
        """
        return self._run(
            (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds),
            {"labels": labels},
            params,
            dropout_rng,
            train,
            output_attentions,
            output_hidden_states,
            return_dict,
            validate,
        )


class FlaxAlbertForSequenceClassification(FlaxAlbertHeadModel):
    """ALBERT with a classifier or regressor on the pooled vector.

    Args:
        config: the model's sizes; ``num_labels`` and ``problem_type`` make the head.
        input_shape: shape of the inputs that initial parameters are made with; any will do.
        seed: of the initial parameters.
        dtype: dtype of the computation; the parameters are float32.
        _do_init: make initial parameters.

    Example:
        >>> from albert_docs_pkg import FlaxAlbertForSequenceClassification
        >>> classifier = FlaxAlbertForSequenceClassification.from_pretrained("albert-wordnet-nano", num_labels=3)
        >>> classifier(**tokenizer("a large cat", return_tensors="np")).logits.shape
        (1, 3)
    """

    head = "ForSequenceClassification"

    @documents_inputs
    def __call__(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        position_ids: Any = None,
        params: Any = None,
        dropout_rng: Array | None = None,
        train: bool = False,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        inputs_embeds: Any = None,
        labels: Any = None,
        validate: bool | None = None,
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score the labels of each sequence.

        Args:
            labels: integers of shape (batch) for one class of many, float of shape (batch) or (batch, num_labels)
                for a regression, zeros and ones of shape (batch, num_labels) for many labels at once. Which of
                them it is follows ``config.problem_type``, or the labels where that is ``None``.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, num_labels), ``hidden_states`` and
            ``attentions`` where asked for.

        Example:
            >>> def loss(params):
            ...     return classifier(jnp.array([[2, 5, 3]]), params=params, labels=jnp.array([1])).loss
            >>> jax.grad(loss)(classifier.params)["classifier"]["bias"].shape
            (3,)
        """
        return self._run(
            (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds),
            {"labels": labels},
            params,
            dropout_rng,
            train,
            output_attentions,
            output_hidden_states,
            return_dict,
            validate,
        )


class FlaxAlbertForMultipleChoice(FlaxAlbertHeadModel):
    """ALBERT that scores each of several choices by its pooled vector.

    Args:
        config: the model's sizes.
        input_shape: shape of the inputs that initial parameters are made with; any will do.
        seed: of the initial parameters.
        dtype: dtype of the computation; the parameters are float32.
        _do_init: make initial parameters.

    Example:
        >>> from albert_docs_pkg import FlaxAlbertForMultipleChoice
        >>> chooser = FlaxAlbertForMultipleChoice.from_pretrained("albert-wordnet-nano")
        >>> question, choices = "a large cat is", ["an animal", "a tool"]
        >>> pairs = tokenizer([question] * 2, choices, padding=True, return_tensors="np")
        >>> chooser(**{name: values[None] for name, values in pairs.items()}).logits.shape
        (1, 2)
    """

    head = "ForMultipleChoice"

    @documents_choices
    def __call__(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        position_ids: Any = None,
        params: Any = None,
        dropout_rng: Array | None = None,
        train: bool = False,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        inputs_embeds: Any = None,
        labels: Any = None,
        validate: bool | None = None,
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score the choices of each question.

        Args:
            labels: integers of shape (batch), the number of the right choice.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, choices), ``hidden_states`` and
            ``attentions`` (of batch times choices rows) where asked for.

        Example:
            >>> chooser(jnp.array([[[2, 5, 3], [2, 6, 3]]]), labels=jnp.array([0])).keys()
            ['loss', 'logits']
        """
        inputs = input_ids if input_ids is not None else inputs_embeds
        dimensions = 3 if input_ids is not None else 4
        if inputs is None or np.ndim(inputs) != dimensions:
            found = "nothing" if inputs is None else f"shape {np.shape(inputs)}"
            raise ValueError(f"multiple choice takes inputs of shape (batch, choices, length), got {found}")
        return self._run(
            [_flat(part) for part in (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds)],
            {"labels": None if labels is None else _array(labels).reshape(-1)},
            params,
            dropout_rng,
            train,
            output_attentions,
            output_hidden_states,
            return_dict,
            validate,
            np.shape(inputs)[1],
        )


class FlaxAlbertForTokenClassification(FlaxAlbertHeadModel):
    """ALBERT with a classifier on every token.

    Args:
        config: the model's sizes; ``num_labels`` makes the head.
        input_shape: shape of the inputs that initial parameters are made with; any will do.
        seed: of the initial parameters.
        dtype: dtype of the computation; the parameters are float32.
        _do_init: make initial parameters.

    Example:
        >>> from albert_docs_pkg import FlaxAlbertForTokenClassification
        >>> tagger = FlaxAlbertForTokenClassification.from_pretrained("albert-wordnet-nano", num_labels=4)
        >>> tagger(jnp.array([[2, 5, 6, 3]])).logits.shape
        (1, 4, 4)
    """

    head = "ForTokenClassification"

    @documents_inputs
    def __call__(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        position_ids: Any = None,
        params: Any = None,
        dropout_rng: Array | None = None,
        train: bool = False,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        inputs_embeds: Any = None,
        labels: Any = None,
        validate: bool | None = None,
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score the labels of each token.

        Args:
            labels: integers of shape (batch, length), -100 for tokens that do not count.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, length, num_labels), ``hidden_states`` and
            ``attentions`` where asked for.

        Example:
            >>> tagger(jnp.array([[2, 5, 3]]), labels=jnp.array([[-100, 1, -100]])).keys()
            ['loss', 'logits']
        """
        return self._run(
            (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds),
            {"labels": labels},
            params,
            dropout_rng,
            train,
            output_attentions,
            output_hidden_states,
            return_dict,
            validate,
        )


class FlaxAlbertForQuestionAnswering(FlaxAlbertHeadModel):
    """ALBERT that scores each token as the first and as the last of an answer.

    Args:
        config: the model's sizes.
        input_shape: shape of the inputs that initial parameters are made with; any will do.
        seed: of the initial parameters.
        dtype: dtype of the computation; the parameters are float32.
        _do_init: make initial parameters.

    Example:
        >>> from albert_docs_pkg import FlaxAlbertForQuestionAnswering
        >>> reader = FlaxAlbertForQuestionAnswering.from_pretrained("albert-wordnet-nano")
        >>> inputs = tokenizer("what is a lion?", "a lion is a large cat", return_tensors="np")
        >>> reader(**inputs).start_logits.shape == inputs["input_ids"].shape
        True
    """

    head = "ForQuestionAnswering"

    @documents_inputs
    def __call__(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        position_ids: Any = None,
        params: Any = None,
        dropout_rng: Array | None = None,
        train: bool = False,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        inputs_embeds: Any = None,
        start_positions: Any = None,
        end_positions: Any = None,
        validate: bool | None = None,
    ) -> QuestionAnsweringOutput | tuple[Any, ...]:
        """Score the tokens as start and end of the answer.

        Args:
            start_positions: integers of shape (batch), the first token of the answer; a position outside the
                sequence does not count.
            end_positions: integers of shape (batch), the last token of the answer; likewise.

        Returns:
            ``loss`` where both positions are given, ``start_logits`` and ``end_logits`` of shape (batch, length),
            ``hidden_states`` and ``attentions`` where asked for.

        Example:
            >>> spans = {"start_positions": jnp.array([1]), "end_positions": jnp.array([1])}
            >>> reader(jnp.array([[2, 5, 3]]), **spans).keys()
            ['loss', 'start_logits', 'end_logits']
        """
        return self._run(
            (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds),
            {"start_positions": start_positions, "end_positions": end_positions},
            params,
            dropout_rng,
            train,
            output_attentions,
            output_hidden_states,
            return_dict,
            validate,
        )


def _array(value: Any) -> Any:
    return value if isinstance(value, jax.Array) else np.asarray(value)


def _flat(inputs: Any) -> Any:
    """Join batch and choices into one dimension."""
    if inputs is None:
        return None
    array = _array(inputs)
    return array.reshape(-1, *array.shape[2:])
