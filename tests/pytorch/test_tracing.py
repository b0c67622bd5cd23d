"""Every head is one graph: for the compiler, for export, without data, and without waiting for the device."""

from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from tests.pytorch.conftest import HEADS, load, model_class, recorded_inputs, small_config


@pytest.mark.parametrize("head", HEADS)
def test_compiles_without_a_graph_break(head: str) -> None:
    model, inputs = load(head), recorded_inputs(head)
    expected = model(**inputs)
    # The eager backend runs the captured graph as it is: what is tested is that there is just one.
    found = torch.compile(model, fullgraph=True, backend="eager")(**inputs)
    assert found.keys() == expected.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("head", HEADS)
def test_exports_with_any_batch_and_length(head: str) -> None:
    model, inputs = load(head), recorded_inputs(head)
    inputs = {name: tensor for name, tensor in inputs.items() if name in ("input_ids", "attention_mask")}
    batch, length = torch.export.Dim("batch", max=16), torch.export.Dim("length", min=2, max=32)
    shape = {0: batch, inputs["input_ids"].dim() - 1: length}
    program = torch.export.export(model, (), inputs, dynamic_shapes=dict.fromkeys(inputs, shape))
    other = {name: torch.cat([tensor, tensor], 0)[..., :9].contiguous() for name, tensor in inputs.items()}
    expected, found = model(**other), program.module()(**other)
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("head", HEADS)
def test_runs_on_the_meta_device(head: str) -> None:
    inputs = {name: tensor.to("meta") for name, tensor in recorded_inputs(head).items()}
    with torch.device("meta"):
        model = model_class(head)(load(head).config)
    output = model(**inputs, output_hidden_states=True, output_attentions=True)
    reference = load(head)(**recorded_inputs(head), output_hidden_states=True, output_attentions=True)
    assert output.keys() == reference.keys()
    assert all(output[n].shape == reference[n].shape for n in output if isinstance(output[n], torch.Tensor))


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("attentions", [False, True])
def test_no_value_is_read_from_the_device(head: str, attentions: bool) -> None:
    inputs = recorded_inputs(head)
    # A fake tensor has no values: reading one (.item(), a branch, a copy to the host) raises.
    with FakeTensorMode(allow_non_fake_inputs=False) as mode:
        model = model_class(head)(small_config(vocab_size=150, max_position_embeddings=32, type_vocab_size=3))
        fake = {name: mode.from_tensor(tensor) for name, tensor in inputs.items()}
        output = model(**fake, output_attentions=attentions)
        (output.loss if "loss" in output else output.pooler_output.sum()).backward()
    assert next(model.parameters()).grad is not None


def test_no_mask_is_made_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    model, seen = load("Model"), []
    original = torch.nn.functional.scaled_dot_product_attention

    def spy(*args: torch.Tensor, attn_mask: torch.Tensor | None = None, **rest: float) -> torch.Tensor:
        seen.append(attn_mask)
        return original(*args, attn_mask=attn_mask, **rest)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", spy)
    model(recorded_inputs("Model")["input_ids"])
    assert seen == [None] * 8


def test_projections_are_joined_once_per_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    from albert_docs_pkg.pytorch.attention import AlbertAttention

    calls = []
    original = AlbertAttention.join_projections
    monkeypatch.setattr(AlbertAttention, "join_projections", lambda self: calls.append(self) or original(self))
    model_class("Model")(small_config(num_hidden_layers=12, num_hidden_groups=1))(torch.tensor([[2, 5, 3]]))
    assert len(calls) == 2  # one group of two inner layers, twelve times
