"""The encoder with each of six heads."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from albert_docs_pkg.call_arguments import documents_choices, documents_inputs
from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.heads import HEADS
from albert_docs_pkg.pytorch.backbone import AlbertHeadModel
from albert_docs_pkg.pytorch.heads import (
    AlbertMLMHead,
    AlbertSOPHead,
    cross_entropy,
    masked_token_scores,
    sequence_loss,
    span_loss,
)
from albert_docs_pkg.pytorch.outputs import AlbertForPreTrainingOutput, LogitsOutput, QuestionAnsweringOutput
from albert_docs_pkg.pytorch.validation import check_labels


class AlbertForPreTraining(AlbertHeadModel):
    """ALBERT as it is pretrained: a masked-token head and a sentence-order head (sections 3.1 and 3.2 of the paper).

    Args:
        config: the model's sizes.

    Example:
        >>> import torch
        >>> from albert_docs_pkg import AlbertForPreTraining, AlbertTokenizer
        >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
        >>> pretraining = AlbertForPreTraining.from_pretrained("albert-wordnet-nano")
        >>> pair = tokenizer("a large cat", "the lion roared", return_tensors="pt")
        >>> pretraining(**pair).sop_logits.shape
        torch.Size([1, 2])
    """

    spec = HEADS["ForPreTraining"]

    def _add_rooms(self, config: AlbertConfig) -> None:
        self.predictions = AlbertMLMHead(config)
        self.sop_classifier = AlbertSOPHead(config)

    @documents_inputs
    def forward(
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
        output_logits: bool | None = None,
    ) -> AlbertForPreTrainingOutput | tuple[Any, ...]:
        """Score pieces and sentence order; the loss is the sum of those whose labels are given.

        Args:
            labels: integers of shape (batch, length), the right piece at masked positions, -100 elsewhere.
            sentence_order_label: integers of shape (batch): 0 for segments in order, 1 for swapped ones, -100 for a
                sequence that has no second segment.
            output_logits: return ``prediction_logits``, which takes scoring every position. When absent they are
                left out in training where ``labels`` are in host memory: only labelled positions are scored then.

        Returns:
            ``loss`` where labels are given, ``prediction_logits`` of shape (batch, length, vocab_size) and
            ``sop_logits`` of shape (batch, 2), ``hidden_states`` and ``attentions`` where asked for.

        Example:
            >>> labels = torch.full((1, 3), -100)
            >>> pretraining(torch.tensor([[2, 4, 3]]), labels=labels).loss
            tensor(0., grad_fn=<DivBackward0>)
        """
        encoded = self.albert(
            input_ids,
            attention_mask,
            token_type_ids,
            position_ids,
            inputs_embeds,
            output_attentions,
            output_hidden_states,
            True,
            validate,
        )
        if validate:
            check_labels("labels", labels, self.config.vocab_size)
            check_labels("sentence_order_label", sentence_order_label, 2)
        logits, masked_loss = masked_token_scores(self.predictions, encoded.last_hidden_state, labels, output_logits)
        sop_logits = self.sop_classifier(encoded.pooler_output)
        losses = [] if masked_loss is None else [masked_loss]
        if sentence_order_label is not None:
            losses.append(cross_entropy(sop_logits, sentence_order_label.reshape(-1)))
        loss = sum(losses[1:], losses[0]) if losses else None
        output = AlbertForPreTrainingOutput(loss, logits, sop_logits, encoded.hidden_states, encoded.attentions)
        return self._answer(output, return_dict)


class AlbertForMaskedLM(AlbertHeadModel):
    """ALBERT with the masked-token head alone, without pooler.

    Args:
        config: the model's sizes.

    Example:
        >>> from albert_docs_pkg import AlbertForMaskedLM
        >>> filler = AlbertForMaskedLM.from_pretrained("albert-wordnet-nano")
        >>> inputs = tokenizer("a large [MASK] of water", return_tensors="pt")
        >>> filler(**inputs).logits.shape[-1] == filler.config.vocab_size
        True
    """

    spec = HEADS["ForMaskedLM"]

    def _add_rooms(self, config: AlbertConfig) -> None:
        self.predictions = AlbertMLMHead(config)

    @documents_inputs
    def forward(
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
        output_logits: bool | None = None,
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score every piece at every position.

        Args:
            labels: integers of shape (batch, length), the right piece where the loss counts, -100 elsewhere.
            output_logits: return ``logits``, which takes scoring every position. When absent they are left out in
                training where ``labels`` are in host memory: only labelled positions are scored then.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, length, vocab_size), ``hidden_states`` and
            ``attentions`` where asked for.

        Example:
            >>> filler(torch.tensor([[2, 4, 3]])).keys()
            ['logits']
        """
        encoded = self.albert(
            input_ids,
            attention_mask,
            token_type_ids,
            position_ids,
            inputs_embeds,
            output_attentions,
            output_hidden_states,
            True,
            validate,
        )
        if validate:
            check_labels("labels", labels, self.config.vocab_size)
        logits, loss = masked_token_scores(self.predictions, encoded.last_hidden_state, labels, output_logits)
        return self._answer(LogitsOutput(loss, logits, encoded.hidden_states, encoded.attentions), return_dict)


class AlbertForSequenceClassification(AlbertHeadModel):
    """ALBERT with a classifier or regressor on the pooled vector.

    Args:
        config: the model's sizes; ``num_labels`` and ``problem_type`` make the head.

    Example:
        >>> from albert_docs_pkg import AlbertForSequenceClassification
        >>> classifier = AlbertForSequenceClassification.from_pretrained("albert-wordnet-nano", num_labels=3)
        >>> classifier(**tokenizer("a large cat", return_tensors="pt")).logits.shape
        torch.Size([1, 3])
    """

    spec = HEADS["ForSequenceClassification"]

    @documents_inputs
    def forward(
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
            >>> classifier(torch.tensor([[2, 5, 3]]), labels=torch.tensor([1])).keys()
            ['loss', 'logits']
        """
        encoded = self.albert(
            input_ids,
            attention_mask,
            token_type_ids,
            position_ids,
            inputs_embeds,
            output_attentions,
            output_hidden_states,
            True,
            validate,
        )
        logits = self.classifier(self.dropout(encoded.pooler_output))
        if validate and self.config.problem_type != "regression" and self.config.num_labels > 1:
            check_labels("labels", labels, self.config.num_labels)
        loss = None if labels is None else sequence_loss(logits, labels, self.config.problem_type)
        return self._answer(LogitsOutput(loss, logits, encoded.hidden_states, encoded.attentions), return_dict)


class AlbertForMultipleChoice(AlbertHeadModel):
    """ALBERT that scores each of several choices by its pooled vector.

    Args:
        config: the model's sizes.

    Example:
        >>> from albert_docs_pkg import AlbertForMultipleChoice
        >>> chooser = AlbertForMultipleChoice.from_pretrained("albert-wordnet-nano")
        >>> question, choices = "a large cat is", ["an animal", "a tool"]
        >>> pairs = tokenizer([question] * 2, choices, padding=True, return_tensors="pt")
        >>> chooser(**{name: values.unsqueeze(0) for name, values in pairs.items()}).logits.shape
        torch.Size([1, 2])
    """

    spec = HEADS["ForMultipleChoice"]

    @documents_choices
    def forward(
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
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score the choices of each question.

        Args:
            labels: integers of shape (batch), the number of the right choice.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, choices), ``hidden_states`` and
            ``attentions`` (of batch times choices rows) where asked for.

        Example:
            >>> chooser(torch.tensor([[[2, 5, 3], [2, 6, 3]]]), labels=torch.tensor([0])).keys()
            ['loss', 'logits']
        """
        inputs = input_ids if input_ids is not None else inputs_embeds
        dimensions = 3 if input_ids is not None else 4
        if inputs is None or inputs.dim() != dimensions:
            found = "nothing" if inputs is None else f"shape {tuple(inputs.shape)}"
            raise ValueError(f"multiple choice takes inputs of shape (batch, choices, length), got {found}")
        choices = inputs.shape[1]
        encoded = self.albert(
            *(_flat(part) for part in (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds)),
            output_attentions,
            output_hidden_states,
            True,
            validate,
        )
        logits = self.classifier(self.dropout(encoded.pooler_output)).view(-1, choices)
        if validate:
            check_labels("labels", labels, choices)
        loss = None if labels is None else cross_entropy(logits, labels.reshape(-1))
        return self._answer(LogitsOutput(loss, logits, encoded.hidden_states, encoded.attentions), return_dict)


class AlbertForTokenClassification(AlbertHeadModel):
    """ALBERT with a classifier on every token.

    Args:
        config: the model's sizes; ``num_labels`` makes the head.

    Example:
        >>> from albert_docs_pkg import AlbertForTokenClassification
        >>> tagger = AlbertForTokenClassification.from_pretrained("albert-wordnet-nano", num_labels=4)
        >>> tagger(torch.tensor([[2, 5, 6, 3]])).logits.shape
        torch.Size([1, 4, 4])
    """

    spec = HEADS["ForTokenClassification"]

    @documents_inputs
    def forward(
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
    ) -> LogitsOutput | tuple[Any, ...]:
        """Score the labels of each token.

        Args:
            labels: integers of shape (batch, length), -100 for tokens that do not count.

        Returns:
            ``loss`` where labels are given, ``logits`` of shape (batch, length, num_labels), ``hidden_states`` and
            ``attentions`` where asked for.

        Example:
            >>> tagger(torch.tensor([[2, 5, 3]]), labels=torch.tensor([[-100, 1, -100]])).keys()
            ['loss', 'logits']
        """
        encoded = self.albert(
            input_ids,
            attention_mask,
            token_type_ids,
            position_ids,
            inputs_embeds,
            output_attentions,
            output_hidden_states,
            True,
            validate,
        )
        logits = self.classifier(self.dropout(encoded.last_hidden_state))
        if validate:
            check_labels("labels", labels, self.config.num_labels)
        loss = None if labels is None else cross_entropy(logits, labels)
        return self._answer(LogitsOutput(loss, logits, encoded.hidden_states, encoded.attentions), return_dict)


class AlbertForQuestionAnswering(AlbertHeadModel):
    """ALBERT that scores each token as the first and as the last of an answer.

    Args:
        config: the model's sizes.

    Example:
        >>> from albert_docs_pkg import AlbertForQuestionAnswering
        >>> reader = AlbertForQuestionAnswering.from_pretrained("albert-wordnet-nano")
        >>> inputs = tokenizer("what is a lion?", "a lion is a large cat", return_tensors="pt")
        >>> reader(**inputs).start_logits.shape == inputs["input_ids"].shape
        True
    """

    spec = HEADS["ForQuestionAnswering"]

    @documents_inputs
    def forward(
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
            >>> spans = {"start_positions": torch.tensor([1]), "end_positions": torch.tensor([1])}
            >>> reader(torch.tensor([[2, 5, 3]]), **spans).keys()
            ['loss', 'start_logits', 'end_logits']
        """
        if (start_positions is None) != (end_positions is None):
            raise ValueError("give both start_positions and end_positions, or neither")
        encoded = self.albert(
            input_ids,
            attention_mask,
            token_type_ids,
            position_ids,
            inputs_embeds,
            output_attentions,
            output_hidden_states,
            True,
            validate,
        )
        start_logits, end_logits = self.qa_outputs(encoded.last_hidden_state).unbind(-1)
        loss = None
        if start_positions is not None and end_positions is not None:
            loss = span_loss(start_logits, end_logits, start_positions, end_positions)
        output = QuestionAnsweringOutput(loss, start_logits, end_logits, encoded.hidden_states, encoded.attentions)
        return self._answer(output, return_dict)


def _flat(inputs: Tensor | None) -> Tensor | None:
    """Join batch and choices into one dimension."""
    return None if inputs is None else inputs.flatten(0, 1)
