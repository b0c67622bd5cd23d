"""Packed batches give what padded ones give, at the cost of their real tokens."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from albert_docs_pkg import AlbertForMaskedLM, AlbertModel
from albert_docs_pkg.pytorch.packing import Packing
from tests.pytorch.conftest import HEADS, load, recorded_inputs, small_config


def packed_twin(model: Any) -> Any:
    twin = type(model)(type(model.config).from_dict(model.config.to_dict(), attn_implementation="packed"))
    twin.load_state_dict(model.state_dict())
    return twin.eval()


def sum_over_real_tokens(output: Any, mask: torch.Tensor) -> torch.Tensor:
    """A fixed function of everything that belongs to a sequence or a real token."""
    total = torch.zeros(())
    for name in ("last_hidden_state", "pooler_output", "logits", "prediction_logits", "sop_logits", "start_logits"):
        if name in output:
            values = output[name]
            if values.shape[: mask.dim()] == mask.shape:
                values = values[mask == 1]
            total = total + (values * torch.arange(1.0, 1 + values.numel()).sqrt().view(values.shape)).sum()
    return total


@pytest.mark.parametrize("head", HEADS)
def test_real_tokens_have_the_results_and_gradients_of_the_padded_batch(head: str) -> None:
    model = load(head)
    twin, inputs = packed_twin(model), recorded_inputs(head)
    inputs = {name: inputs[name] for name in ("input_ids", "attention_mask", "token_type_ids") if name in inputs}
    totals = [sum_over_real_tokens(each(**inputs), inputs["attention_mask"]) for each in (model, twin)]
    torch.testing.assert_close(totals[1], totals[0], rtol=1e-5, atol=1e-5)
    for total in totals:
        total.backward()
    theirs = {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}
    largest = max(float(gradient.abs().max()) for gradient in theirs.values())
    for name, parameter in twin.named_parameters():
        if name in theirs:
            torch.testing.assert_close(parameter.grad, theirs[name], rtol=1e-4, atol=1e-5 * largest, msg=name)


@pytest.fixture(scope="module")
def models() -> tuple[Any, Any]:
    """A model and its packed twin."""
    model = load("Model")
    return model, packed_twin(model)


@given(rows=st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_real_tokens_have_the_states_of_the_padded_batch(models: tuple[Any, Any], rows: list[list[bool]]) -> None:
    model, twin = models
    mask = torch.tensor(rows).long()
    ids = torch.arange(5, 5 + mask.numel()).view(mask.shape)
    with torch.no_grad():
        padded = model(ids, mask, output_hidden_states=True)
        packed = twin(ids, mask, output_hidden_states=True)
    for ours, theirs in zip(packed.hidden_states, padded.hidden_states, strict=True):
        torch.testing.assert_close(ours[mask == 1], theirs[mask == 1], rtol=1e-5, atol=1e-5)
        assert not ours[mask == 0].any()
    first = mask[:, 0] == 1
    torch.testing.assert_close(packed.pooler_output[first], padded.pooler_output[first], rtol=1e-5, atol=1e-5)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=6))
def test_padding_what_was_packed_gives_it_back(lengths: list[int]) -> None:
    mask = torch.arange(7)[None] < torch.tensor(lengths)[:, None]
    states = torch.randn(len(lengths), 7, 3) * mask[..., None]
    packing = Packing.of(mask, states.device)
    packed = packing.pack(states)
    assert packed.shape == (sum(lengths), 3)
    assert sum(sequences * length for sequences, length in packing.runs) == sum(lengths)
    torch.testing.assert_close(packing.pad(packed), states, rtol=0, atol=0)


@pytest.mark.parametrize("case", ["no mask", "a mask of pairs", "attentions"])
def test_what_cannot_be_packed_runs_padded(case: str) -> None:
    model = load("Model")
    ids, mask = torch.tensor([[2, 5, 3], [2, 3, 0]]), torch.tensor([[1, 1, 1], [1, 1, 0]])
    arguments: dict[str, Any] = {
        "no mask": {},
        "a mask of pairs": {"attention_mask": mask[:, None, :].expand(2, 3, 3)},
        "attentions": {"attention_mask": mask, "output_attentions": True},
    }[case]
    expected, found = model(ids, **arguments), packed_twin(model)(ids, **arguments)
    torch.testing.assert_close(found.last_hidden_state, expected.last_hidden_state, rtol=1e-6, atol=1e-6)
    assert (found.attentions is None) == (expected.attentions is None)


def test_a_captured_graph_is_padded() -> None:
    twin = packed_twin(load("Model"))
    inputs = recorded_inputs("Model")
    compiled = torch.compile(twin, fullgraph=True, backend="eager")(**inputs)
    real = inputs["attention_mask"] == 1
    expected = twin(**inputs).last_hidden_state[real]
    torch.testing.assert_close(compiled.last_hidden_state[real], expected, rtol=1e-5, atol=1e-5)


def test_gradient_checkpointing_works_on_packed_batches() -> None:
    config = small_config(attn_implementation="packed", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model, inputs = AlbertModel(config), {"input_ids": torch.tensor([[2, 5, 3], [2, 3, 0]])}
    inputs["attention_mask"] = (inputs["input_ids"] != 0).long()
    gradients = []
    for switch in (model.gradient_checkpointing_disable, model.gradient_checkpointing_enable):
        switch()
        model.zero_grad()
        model(**inputs).pooler_output.sum().backward()
        gradients.append(model.encoder.embedding_hidden_mapping_in.weight.grad.clone())
    torch.testing.assert_close(*gradients)


# -------------------------------------------------------------------------------------------------------- what it costs


def operations(model: Any, *inputs: torch.Tensor, attention: bool = True) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*inputs)
    counts = counter.get_flop_counts()["Global"]
    return sum(count for kind, count in counts.items() if attention or "attention" not in str(kind))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=8), st.integers(12, 20))
@settings(max_examples=15, deadline=None)
def test_operations_grow_with_real_tokens_not_with_padding(lengths: list[int], width: int) -> None:
    model = AlbertModel(small_config(attn_implementation="packed"), add_pooling_layer=False).eval()
    mask = (torch.arange(width)[None] < torch.tensor(lengths)[:, None]).long()
    found = operations(model, torch.full_like(mask, 5), mask, attention=False)
    one = operations(model, torch.full((1, 1), 5), torch.ones(1, 1, dtype=torch.long), attention=False)
    assert found == one * sum(lengths)


@pytest.mark.parametrize("implementation", ["sdpa", "packed"])
def test_operations_grow_with_depth(implementation: str) -> None:
    counts = []
    for layers in (1, 2, 4, 8):
        config = small_config(num_hidden_layers=layers, num_hidden_groups=1, attn_implementation=implementation)
        ids = torch.full((2, 9), 5)
        counts.append(operations(AlbertModel(config).eval(), ids, torch.ones_like(ids)))
    layer = counts[1] - counts[0]
    assert [count - counts[0] for count in counts] == [0, layer, 3 * layer, 7 * layer]


def test_the_head_costs_labelled_positions_alone() -> None:
    model = AlbertForMaskedLM(small_config()).train()
    ids = torch.full((2, 10), 5)

    def cost(labelled: int) -> int:
        labels = torch.full_like(ids, -100)
        labels.view(-1)[:labelled] = 7
        with FlopCounterMode(display=False) as counter:
            model(ids, labels=labels)
        return counter.get_total_flops()

    per_position = cost(1) - cost(0)
    assert per_position > 0
    assert [cost(labelled) - cost(0) for labelled in (3, 20)] == [3 * per_position, 20 * per_position]
