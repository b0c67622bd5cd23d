"""The encoder with each of six heads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from tensorflow import Tensor

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.heads import HEADS
from albert_docs_pkg.tensorflow.backbone import TFAlbertHeadModel
from albert_docs_pkg.tensorflow.call_arguments import documents_choices, documents_inputs
from albert_docs_pkg.tensorflow.heads import AlbertMLMHead, AlbertSOPHead, cross_entropy, sequence_loss, span_loss
from albert_docs_pkg.tensorflow.outputs import LogitsOutput, QuestionAnsweringOutput, TFAlbertForPreTrainingOutput


@keras.saving.register_keras_serializable("albert_docs_pkg")
class TFAlbertForPreTraining(TFAlbertHeadModel):
    """ALBERT as it is pretrained: a masked-token head and a sentence-order head (sections 3.1 and 3.2 of the paper).

    Args:
        config: the model's sizes.
        **options: ``dtype`` and ``name`` as for any Keras model.

    Example:
        >>> import tensorflow as tf
        >>> from albert_docs_pkg import TFAlbertForPreTraining, AlbertTokenizer
        >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
        >>> pretraining = TFAlbertForPreTraining.from_pretrained("albert-wordnet-nano")
        >>> pair = tokenizer("a large cat", "the lion roared", return_tensors="tf")
        >>> pretraining(**pair).sop_logits.shape
        TensorShape([1, 2])
    """

    spec = HEADS["ForPreTraining"]

    def _add_rooms(self, config: AlbertConfig) -> None:
        self.predictions = AlbertMLMHead(config, dtype=self.dtype_policy, name="predictions")
        self.sop_classifier = AlbertSOPHead(config, dtype=self.dtype_policy, name="sop_classifier")

    def _label_counts(self, arguments: Mapping[str, Any]) -> dict[str, int]:
        return {"labels": self.config.vocab_size, "sentence_order_label": 2}

    @documents_inputs
    def call(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        sentence_order_label: Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        validate: bool = False,
        training: bool | None = None,
    ) -> TFAlbertForPreTrainingOutput | tuple[Any, ...]:
        """Score pieces and sentence order; the loss is the sum of those whose labels are given.

        Args:
            labels: integers of shape (batch, length), the right piece at masked positions, -100 elsewhere.
            sentence_order_label: integers of shape (batch): 0 for segments in order, 1 for swapped ones, -100 for a
                sequence that has no second segment.

        Returns:
            ``loss`` where labels are given, ``prediction_logits`` of shape (batch, length, vocab_size) and
            ``sop_logits`` of shape (batch, 2), ``hidden_states`` and ``attentions`` where asked for.

        Example:
            >>> float(pretraining(tf.constant([[2, 4, 3]]), labels=tf.fill((1, 3), -100)).loss)
            0.0
        """
        encoded = self.albert(
            [input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds],
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
            return_dict=True,
            training=training,
        )
        logits = self.predictions(encoded.last_hidden_state, embeddings=self._tied_matrix())
        sop_logits = self.sop_classifier(encoded.pooler_output, training=training)
        losses = []
        if labels is not None:
            losses.append(cross_entropy(logits, labels))
        if sentence_order_label is not None:
            losses.append(cross_entropy(sop_logits, tf.reshape(sentence_order_label, (-1,))))
        loss = sum(losses[1:], losses[0]) if losses else None
        output = TFAlbertForPreTrainingOutput(loss, logits, sop_logits, encoded.hidden_states, encoded.attentions)
        return self._answer(output, return_dict)


@keras.saving.register_keras_serializable("albert_docs_pkg")
class TFAlbertForMaskedLM(TFAlbertHeadModel):
    """ALBERT with the masked-token head alone, without pooler.

    Args:
        config: the model's sizes.
        **options: ``dtype`` and ``name`` as for any Keras model.

    Example:
        >>> from albert_docs_pkg import TFAlbertForMaskedLM
        >>> filler = TFAlbertForMaskedLM.from_pretrained("albert-wordnet-nano")
        >>> inputs = tokenizer("a large [MASK] of water", return_tensors="tf")
        >>> filler(**inputs).logits.shape[-1] == filler.config.vocab_size
        True
    """

    spec = HEADS["ForMaskedLM"]

    def _add_rooms(self, config: AlbertConfig) -> None:
        self.predictions = AlbertMLMHead(config, dtype=self.dtype_policy, name="predictions")

    def _label_counts(self, arguments: Mapping[str, Any]) -> dict[str, int]:
        return {"labels": self.config.vocab_size}

    @documents_inputs
    def call(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        validate: bool = False,
        training: bool | None = None,
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score every piece at every position.

        Args:
            labels: integers of shape (batch, length), the right piece where the loss counts, -100 elsewhere.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, length, vocab_size), ``hidden_states`` and
            ``attentions`` where asked for.

        Example:
            >>> filler(tf.constant([[2, 4, 3]])).keys()
            ['logits']
        """
        encoded = self.albert(
            [input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds],
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
            return_dict=True,
            training=training,
        )
        logits = self.predictions(encoded.last_hidden_state, embeddings=self._tied_matrix())
        loss = None if labels is None else cross_entropy(logits, labels)
        return self._answer(LogitsOutput(loss, logits, encoded.hidden_states, encoded.attentions), return_dict)


@keras.saving.register_keras_serializable("albert_docs_pkg")
class TFAlbertForSequenceClassification(TFAlbertHeadModel):
    """ALBERT with a classifier or regressor on the pooled vector.

    Args:
        config: the model's sizes; ``num_labels`` and ``problem_type`` make the head.
        **options: ``dtype`` and ``name`` as for any Keras model.

    Example:
        >>> from albert_docs_pkg import TFAlbertForSequenceClassification
        >>> classifier = TFAlbertForSequenceClassification.from_pretrained("albert-wordnet-nano", num_labels=3)
        >>> classifier(**tokenizer("a large cat", return_tensors="tf")).logits.shape
        TensorShape([1, 3])
    """

    spec = HEADS["ForSequenceClassification"]

    def _label_counts(self, arguments: Mapping[str, Any]) -> dict[str, int]:
        if self.config.problem_type == "regression" or self.config.num_labels == 1:
            return {}
        return {"labels": self.config.num_labels}

    @documents_inputs
    def call(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        validate: bool = False,
        training: bool | None = None,
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
            >>> classifier(tf.constant([[2, 5, 3]]), labels=tf.constant([1])).keys()
            ['loss', 'logits']
        """
        encoded = self.albert(
            [input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds],
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
            return_dict=True,
            training=training,
        )
        logits = self.classifier(self.dropout(encoded.pooler_output, training=training))
        loss = None if labels is None else sequence_loss(logits, labels, self.config.problem_type)
        return self._answer(LogitsOutput(loss, logits, encoded.hidden_states, encoded.attentions), return_dict)


@keras.saving.register_keras_serializable("albert_docs_pkg")
class TFAlbertForMultipleChoice(TFAlbertHeadModel):
    """ALBERT that scores each of several choices by its pooled vector.

    Args:
        config: the model's sizes.
        **options: ``dtype`` and ``name`` as for any Keras model.

    Example:
        >>> from albert_docs_pkg import TFAlbertForMultipleChoice
        >>> chooser = TFAlbertForMultipleChoice.from_pretrained("albert-wordnet-nano")
        >>> question, choices = "a large cat is", ["an animal", "a tool"]
        >>> pairs = tokenizer([question] * 2, choices, padding=True, return_tensors="tf")
        >>> chooser(**{name: values[None] for name, values in pairs.items()}).logits.shape
        TensorShape([1, 2])
    """

    spec = HEADS["ForMultipleChoice"]
    takes_choices = True

    def _label_counts(self, arguments: Mapping[str, Any]) -> dict[str, int]:
        inputs = arguments.get("input_ids")
        return {"labels": (arguments["inputs_embeds"] if inputs is None else inputs).shape[1]}

    @documents_choices
    def call(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        validate: bool = False,
        training: bool | None = None,
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score the choices of each question.

        Args:
            labels: integers of shape (batch), the number of the right choice.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, choices), ``hidden_states`` and
            ``attentions`` (of batch times choices rows) where asked for.

        Example:
            >>> chooser(tf.constant([[[2, 5, 3], [2, 6, 3]]]), labels=tf.constant([0])).keys()
            ['loss', 'logits']
        """
        inputs = input_ids if input_ids is not None else inputs_embeds
        assert inputs is not None
        choices = tf.shape(inputs)[1]
        encoded = self.albert(
            [_flat(part) for part in (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds)],
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
            return_dict=True,
            training=training,
        )
        logits = self.classifier(self.dropout(encoded.pooler_output, training=training))
        logits = tf.ensure_shape(tf.reshape(logits, (-1, choices)), inputs.shape[:2])
        loss = None if labels is None else cross_entropy(logits, tf.reshape(labels, (-1,)))
        return self._answer(LogitsOutput(loss, logits, encoded.hidden_states, encoded.attentions), return_dict)


@keras.saving.register_keras_serializable("albert_docs_pkg")
class TFAlbertForTokenClassification(TFAlbertHeadModel):
    """ALBERT with a classifier on every token.

    Args:
        config: the model's sizes; ``num_labels`` makes the head.
        **options: ``dtype`` and ``name`` as for any Keras model.

    Example:
        >>> from albert_docs_pkg import TFAlbertForTokenClassification
        >>> tagger = TFAlbertForTokenClassification.from_pretrained("albert-wordnet-nano", num_labels=4)
        >>> tagger(tf.constant([[2, 5, 6, 3]])).logits.shape
        TensorShape([1, 4, 4])
    """

    spec = HEADS["ForTokenClassification"]

    def _label_counts(self, arguments: Mapping[str, Any]) -> dict[str, int]:
        return {"labels": self.config.num_labels}

    @documents_inputs
    def call(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        validate: bool = False,
        training: bool | None = None,
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score the labels of each token.

        Args:
            labels: integers of shape (batch, length), -100 for tokens that do not count.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, length, num_labels), ``hidden_states`` and
            ``attentions`` where asked for.

        Example:
            >>> tagger(tf.constant([[2, 5, 3]]), labels=tf.constant([[-100, 1, -100]])).keys()
            ['loss', 'logits']
        """
        encoded = self.albert(
            [input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds],
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
            return_dict=True,
            training=training,
        )
        logits = self.classifier(self.dropout(encoded.last_hidden_state, training=training))
        loss = None if labels is None else cross_entropy(logits, labels)
        return self._answer(LogitsOutput(loss, logits, encoded.hidden_states, encoded.attentions), return_dict)


@keras.saving.register_keras_serializable("albert_docs_pkg")
class TFAlbertForQuestionAnswering(TFAlbertHeadModel):
    """ALBERT that scores each token as the first and as the last of an answer.

    Args:
        config: the model's sizes.
        **options: ``dtype`` and ``name`` as for any Keras model.

    Example:
        >>> from albert_docs_pkg import TFAlbertForQuestionAnswering
        >>> reader = TFAlbertForQuestionAnswering.from_pretrained("albert-wordnet-nano")
        >>> inputs = tokenizer("what is a lion?", "a lion is a large cat", return_tensors="tf")
        >>> reader(**inputs).start_logits.shape == inputs["input_ids"].shape
        True
    """

    spec = HEADS["ForQuestionAnswering"]

    @documents_inputs
    def call(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        start_positions: Tensor | None = None,
        end_positions: Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        validate: bool = False,
        training: bool | None = None,
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
            >>> spans = {"start_positions": tf.constant([1]), "end_positions": tf.constant([1])}
            >>> reader(tf.constant([[2, 5, 3]]), **spans).keys()
            ['loss', 'start_logits', 'end_logits']
        """
        if (start_positions is None) != (end_positions is None):
            raise ValueError("give both start_positions and end_positions, or neither")
        encoded = self.albert(
            [input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds],
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
            return_dict=True,
            training=training,
        )
        start_logits, end_logits = tf.unstack(self.qa_outputs(encoded.last_hidden_state), axis=-1)
        loss = None
        if start_positions is not None and end_positions is not None:
            loss = span_loss(start_logits, end_logits, start_positions, end_positions)
        output = QuestionAnsweringOutput(loss, start_logits, end_logits, encoded.hidden_states, encoded.attentions)
        return self._answer(output, return_dict)


def _flat(inputs: Tensor | None) -> Tensor | None:
    """Join batch and choices into one dimension."""
    if inputs is None:
        return None
    sizes = inputs.shape[:2].num_elements()
    flat = tf.reshape(inputs, tf.concat([[-1], tf.shape(inputs)[2:]], axis=0))
    return tf.ensure_shape(flat, [sizes, *inputs.shape[2:]])
