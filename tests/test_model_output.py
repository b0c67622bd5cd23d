"""Outputs are read by name, by key, by position; fields that are not there are not there."""

from __future__ import annotations

import pytest
import torch

from albert_docs_pkg import AlbertForPreTrainingOutput


def test_fields_that_are_none_do_not_count() -> None:
    output = AlbertForPreTrainingOutput(sop_logits=torch.zeros(1, 2), hidden_states=(torch.ones(1),))
    assert output.keys() == list(output) == ["sop_logits", "hidden_states"]
    assert len(output) == 2
    assert "loss" not in output
    assert output.loss is None
    assert output[0] is output["sop_logits"] is output.sop_logits
    assert output[1:] == (output.hidden_states,)
    assert dict(output.items()).keys() == {"sop_logits", "hidden_states"}
    assert output.get("loss", 1) == 1
    with pytest.raises(KeyError, match="'loss' is not set; this AlbertForPreTrainingOutput has sop_logits, hidden_st"):
        output["loss"]


def test_outputs_are_trees_for_torch() -> None:
    from torch.utils import _pytree as pytree

    output = AlbertForPreTrainingOutput(sop_logits=torch.zeros(1, 2))
    doubled = pytree.tree_map(lambda tensor: tensor + 1, output)
    assert isinstance(doubled, AlbertForPreTrainingOutput)
    assert doubled.sop_logits.sum() == 2
