"""Tests of what lets one snippet run on any device: tensors and models are made on PyTorch's default device."""

from __future__ import annotations

import pytest
import torch

from albert_docs_pkg import AlbertModel, AlbertTokenizer, AlbertTokenizerFast

NAME = "albert-wordnet-nano"


@pytest.mark.parametrize("tokenizer_class", [AlbertTokenizer, AlbertTokenizerFast])
def test_tensors_and_models_are_made_on_the_default_device(tokenizer_class: type) -> None:
    tokenizer = tokenizer_class.from_pretrained(NAME)
    # The meta device stands for a GPU: whatever was made elsewhere is seen at once.
    with torch.device("meta"):
        inputs = tokenizer(["a lake", "a large lake"], padding=True, return_tensors="pt")
        model = AlbertModel.from_pretrained(NAME)
        states = model(**inputs).last_hidden_state
    assert {tensor.device.type for tensor in [*inputs.values(), *model.parameters(), states]} == {"meta"}


def test_tensors_are_on_the_cpu_when_nothing_else_is_said() -> None:
    inputs = AlbertTokenizer.from_pretrained(NAME)("a lake", return_tensors="pt")
    assert inputs["input_ids"].device.type == "cpu"
