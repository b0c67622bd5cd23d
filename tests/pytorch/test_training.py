"""Training: dropout where ALBERT has it, checkpointing that changes nothing but memory, switches that hold."""

from __future__ import annotations

import pytest
import torch

from albert_docs_pkg import AlbertForSequenceClassification, AlbertModel
from tests.pytorch.conftest import HEADS, load, model_class, recorded_inputs, small_config


@pytest.mark.parametrize("head", HEADS)
def test_gradient_checkpointing_gives_the_same_gradients(head: str) -> None:
    def gradients(model: torch.nn.Module) -> dict[str, torch.Tensor]:
        output = model(**recorded_inputs(head))
        (output.loss if "loss" in output else output.pooler_output.sum()).backward()
        return {name: weight.grad for name, weight in model.named_parameters()}

    plain, saving = load(head).train(), load(head).train()
    for model in (plain, saving):
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
    saving.gradient_checkpointing_enable()
    expected, found = gradients(plain), gradients(saving)
    assert expected.keys() == found.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-6)


def test_gradient_checkpointing_computes_layers_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from albert_docs_pkg.pytorch.encoder import AlbertLayerGroup

    calls = []
    original = AlbertLayerGroup.forward
    monkeypatch.setattr(
        AlbertLayerGroup, "forward", lambda self, *args: calls.append(self.training) or original(self, *args)
    )
    model = AlbertModel(small_config()).train()
    model.gradient_checkpointing_enable()
    model(torch.tensor([[2, 5, 3]])).pooler_output.sum().backward()
    assert len(calls) == 8  # four layers, each again on the way back
    model.gradient_checkpointing_disable()
    calls.clear()
    model(torch.tensor([[2, 5, 3]])).pooler_output.sum().backward()
    assert len(calls) == 4


def test_the_feed_forward_output_is_dropped_out_in_training_only() -> None:
    from albert_docs_pkg.pytorch.encoder import AlbertLayer

    layer = AlbertLayer(small_config(hidden_dropout_prob=0.5))
    layer.attention.output_dropout.p = 0.0
    states, projection = torch.randn(1, 3, 24), layer.attention.join_projections()
    assert not torch.equal(layer(states, projection)[0], layer(states, projection)[0])
    layer.eval()
    assert torch.equal(layer(states, projection)[0], layer(states, projection)[0])


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_attention_probabilities_are_dropped_out_in_training_only(implementation: str) -> None:
    model = AlbertModel(small_config(attention_probs_dropout_prob=0.5, attn_implementation=implementation))
    ids = torch.tensor([[2, 5, 7, 9, 3]])
    assert not torch.equal(model(ids)[0], model(ids)[0])
    model.eval()
    assert torch.equal(model(ids)[0], model(ids)[0])


def test_a_missing_classifier_dropout_is_the_hidden_one() -> None:
    model = AlbertForSequenceClassification(small_config(classifier_dropout_prob=None, hidden_dropout_prob=0.25))
    assert model.dropout.p == 0.25


@pytest.mark.parametrize("head", HEADS)
def test_a_few_steps_lower_the_loss(head: str) -> None:
    if head == "Model":
        return
    torch.manual_seed(0)
    model, inputs = load(head).eval(), recorded_inputs(head)  # without dropout, so that losses compare
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(8):
        loss = model(**inputs).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_the_padding_row_gets_no_gradient() -> None:
    model = AlbertModel(small_config())
    model(torch.tensor([[2, 5, 3, 0]])).last_hidden_state.sum().backward()
    gradient = model.embeddings.word_embeddings.weight.grad
    assert not gradient[0].any()
    assert gradient[5].any()


def test_config_switches_are_defaults_that_a_call_overrides() -> None:
    model = AlbertModel(small_config(output_hidden_states=True, output_attentions=True, return_dict=False)).eval()
    ids = torch.tensor([[2, 5, 3]])
    states, _, hidden, attentions = model(ids)
    assert len(hidden) == 5
    assert len(attentions) == 8
    assert torch.equal(hidden[-1], states)
    output = model(ids, output_hidden_states=False, output_attentions=False, return_dict=True)
    assert output.keys() == ["last_hidden_state", "pooler_output"]


def test_embeddings_can_be_given_instead_of_ids() -> None:
    model, ids = AlbertModel(small_config()).eval(), torch.tensor([[2, 5, 3]])
    embeds = model.get_input_embeddings()(ids)
    torch.testing.assert_close(model(inputs_embeds=embeds)[0], model(ids)[0])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "either input_ids or inputs_embeds, got neither"),
        ({"input_ids": "ids", "inputs_embeds": (1, 3, 12)}, ValueError, "got both"),
        ({"inputs_embeds": (1, 3, 24)}, ValueError, r"embedding_size = 12\), got \(1, 3, 24\)"),
        (
            {"input_ids": torch.zeros(1, 3)},
            TypeError,
            "input_ids must be a tensor of int64 or int32, got torch.float32",
        ),
        ({"input_ids": [[1, 2]]}, TypeError, "input_ids must be a tensor of int64 or int32, got list"),
        ({"input_ids": torch.tensor([1, 2])}, ValueError, r"input_ids must have shape \(batch, length\), got \(2,\)"),
        ({"input_ids": "ids", "attention_mask": torch.ones(1, 4)}, ValueError, "attention_mask must have 1 rows and 3"),
        ({"input_ids": "ids", "token_type_ids": torch.zeros(1, 2, dtype=int)}, ValueError, "token_type_ids must have"),
        ({"input_ids": "ids", "attention_mask": torch.ones(3)}, ValueError, "attention_mask must have"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(arguments: dict, error: type[Exception], message: str) -> None:
    made = {
        name: torch.tensor([[2, 5, 3]]) if value == "ids" else torch.zeros(value) if type(value) is tuple else value
        for name, value in arguments.items()
        if isinstance(value, torch.Tensor | str | tuple | list)
    }
    with pytest.raises(error, match=message):
        AlbertModel(small_config())(**made)


def test_half_a_span_is_refused() -> None:
    with pytest.raises(ValueError, match="both start_positions and end_positions"):
        model_class("ForQuestionAnswering")(small_config())(
            torch.tensor([[2, 5, 3]]), start_positions=torch.tensor([1])
        )


def test_choices_need_three_dimensions() -> None:
    with pytest.raises(ValueError, match=r"shape \(batch, choices, length\), got shape \(1, 3\)"):
        model_class("ForMultipleChoice")(small_config())(torch.tensor([[2, 5, 3]]))


def test_labels_of_a_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"labels must have shape \(1, 3\), got \(1, 2\)"):
        model_class("ForTokenClassification")(small_config())(torch.tensor([[2, 5, 3]]), labels=torch.tensor([[0, 1]]))
