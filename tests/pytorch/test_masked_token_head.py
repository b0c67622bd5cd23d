"""The masked-token head scores labelled positions alone in training, with the loss and gradients of scoring all."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from albert_docs_pkg import AlbertForMaskedLM, AlbertForPreTraining
from tests.pytorch.conftest import small_config

NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "classifier_dropout_prob": 0.0}
CLASSES = [AlbertForMaskedLM, AlbertForPreTraining]


def model_and_inputs(model_class: Any) -> tuple[Any, dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    model = model_class(small_config(**NO_DROPOUT)).train()
    ids = torch.randint(5, model.config.vocab_size, (3, 7))
    labels = torch.where(torch.rand(3, 7) < 0.3, ids, -100)
    inputs = {"input_ids": ids, "labels": labels}
    if model_class is AlbertForPreTraining:
        inputs["sentence_order_label"] = torch.tensor([0, 1, -100])
    return model, inputs


def logits_of(output: Any) -> Any:
    return output.prediction_logits if "sop_logits" in output else output.logits


@pytest.mark.parametrize("model_class", CLASSES)
def test_loss_and_gradients_equal_those_of_all_positions(model_class: Any) -> None:
    model, inputs = model_and_inputs(model_class)
    gradients, losses = [], []
    for output_logits in (True, None):
        model.zero_grad()
        output = model(**inputs, output_logits=output_logits)
        output.loss.backward()
        losses.append(output.loss.detach())
        gradients.append({name: weight.grad.clone() for name, weight in model.named_parameters()})
        assert (logits_of(output) is None) == (output_logits is None)
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-6, atol=0)
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=1e-4, atol=1e-7, msg=name)


@pytest.mark.parametrize("model_class", CLASSES)
def test_evaluation_scores_every_position(model_class: Any) -> None:
    model, inputs = model_and_inputs(model_class)
    assert logits_of(model.eval()(**inputs)).shape == (3, 7, model.config.vocab_size)


@pytest.mark.parametrize("model_class", CLASSES)
def test_no_labelled_position_is_a_loss_of_zero_that_trains_nothing(model_class: Any) -> None:
    model, inputs = model_and_inputs(model_class)
    loss = model(inputs["input_ids"], labels=torch.full((3, 7), -100)).loss
    loss.backward()
    assert loss == 0
    assert all(weight.grad is None or not weight.grad.any() for weight in model.parameters())


def test_without_logits_and_labels_there_is_nothing_to_compute() -> None:
    model, inputs = model_and_inputs(AlbertForMaskedLM)
    with pytest.raises(ValueError, match="there are no labels"):
        model(inputs["input_ids"], output_logits=False)


def test_labels_of_another_shape_are_refused() -> None:
    model, inputs = model_and_inputs(AlbertForMaskedLM)
    with pytest.raises(ValueError, match=r"labels must have shape \(3, 7\), got \(3, 6\)"):
        model(inputs["input_ids"], labels=inputs["labels"][:, 1:])


def test_a_captured_graph_scores_every_position() -> None:
    model, inputs = model_and_inputs(AlbertForMaskedLM)
    output = torch.compile(model, fullgraph=True, backend="eager")(**inputs)
    assert output.logits.shape == (3, 7, model.config.vocab_size)
    torch.testing.assert_close(output.loss, model(**inputs).loss, rtol=1e-6, atol=0)
