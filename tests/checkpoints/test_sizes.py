"""Configs that no machine holds, and folders that cannot be read: refused before anything is built."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from albert_docs_pkg import AlbertConfig
from albert_docs_pkg.checkpoints import load_weights
from tests.checkpoints.broken_files import FORMATS
from tests.models.frameworks import FRAMEWORKS, Framework
from tests.pytorch.conftest import GOLDEN

SAFETENSORS = GOLDEN / "shared-params-ForPreTraining"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a folder with a whole checkpoint, to be changed."""
    folder = tmp_path / "model"
    shutil.copytree(SAFETENSORS, folder, ignore=shutil.ignore_patterns("*.npz"))
    return folder


def change_config(folder: Path, **fields: Any) -> None:
    content = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(content | fields))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"vocab_size": 2**31}, "vocab_size must be at most 2,147,483,647, got 2147483648"),
        ({"hidden_size": 10**9, "num_attention_heads": 1}, "must make at most 68,719,476,736 parameters"),
        ({"num_hidden_groups": 10**6, "num_hidden_layers": 10**6}, "num_hidden_layers must be at most 10,000"),
        ({"inner_group_num": 10**9}, "inner_group_num must be at most 10,000"),
        ({"num_hidden_layers": 10**4300}, "is not a JSON file"),
        ({"num_labels": 10**9}, "num_labels must be at most 1,000,000"),
        ({"hidden_act": "gelo"}, "hidden_act must be one of gelu, .*, got 'gelo'"),
        ({"hidden_act": ["gelu"]}, r"hidden_act must be one of gelu, .*, got \['gelu'\]"),
        ({"layer_norm_eps": float("nan")}, "layer_norm_eps must be finite"),
    ],
    ids=lambda value: "" if isinstance(value, str) else ",".join(value),
)
def test_a_config_of_absurd_values_is_refused(fields: dict[str, Any], reason: str, model: Path) -> None:
    import sys

    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        change_config(model, **fields)
    finally:
        sys.set_int_max_str_digits(limit)
    with pytest.raises(ValueError, match=reason) as raised:
        AlbertConfig.from_pretrained(model)
    assert str(model / "config.json") in str(raised.value)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
def test_a_config_that_is_much_larger_than_its_weights_is_refused(framework: Framework, model: Path) -> None:
    change_config(model, vocab_size=10**9, intermediate_size=10**6)
    with pytest.raises(ValueError, match=r"the config makes 16,0.* parameters, the checkpoint has 13,896") as raised:
        framework.load("ForPreTraining", model)
    assert "vocab_size: 1000000000 in the config, 150 in the weights" in str(raised.value)
    assert "intermediate_size: 1000000 in the config, 64 in the weights" in str(raised.value)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
def test_weights_of_other_shapes_are_all_listed(framework: Framework, model: Path) -> None:
    change_config(model, vocab_size=151, max_position_embeddings=33)
    with pytest.raises(ValueError, match="weights of other shapes") as raised:
        framework.load("ForPreTraining", model)
    for name in (
        "word_embeddings.weight: (150, 16)",
        "position_embeddings.weight: (32, 16)",
        "predictions.bias: (150,)",
    ):
        assert name in str(raised.value)


@pytest.mark.parametrize(
    ("written", "read"),
    [({}, "gelu_new"), ({"hidden_act": "gelu"}, "gelu_new"), ({"hidden_act": "relu"}, "relu")],
)
def test_configs_of_google_research_mean_the_tanh_approximation(
    written: dict[str, str], read: str, tmp_path: Path
) -> None:
    (tmp_path / "albert_config.json").write_text(json.dumps({"hidden_size": 64, "num_attention_heads": 4} | written))
    assert AlbertConfig.from_pretrained(tmp_path).hidden_act == read


def test_a_config_of_google_research_is_checked_and_named(tmp_path: Path) -> None:
    (tmp_path / "albert_config.json").write_text('{"hidden_act": "linear"}')
    with pytest.raises(ValueError, match=r"albert_config\.json: hidden_act must be one of"):
        AlbertConfig.from_pretrained(tmp_path)


def test_what_the_caller_changes_is_not_blamed_on_the_file(model: Path) -> None:
    with pytest.raises(ValueError, match=r"^hidden_act must be one of"):
        AlbertConfig.from_pretrained(model, hidden_act="gelo")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("folder", ["safetensors_sharded", "pytorch_bin", "tf_h5", "flax_msgpack"])
def test_a_file_without_permission_is_an_error_of_the_system(folder: str, tmp_path: Path) -> None:
    shutil.copytree(FORMATS / folder, tmp_path / "model")
    for path in (tmp_path / "model").iterdir():
        path.chmod(0)
    with pytest.raises(PermissionError):
        load_weights(tmp_path / "model")


@pytest.mark.parametrize("folder", ["safetensors_sharded", "pytorch_bin", "tf_h5", "flax_msgpack"])
def test_a_file_that_the_system_refuses_is_named(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from albert_docs_pkg.checkpoints.stored import ArrayFile

    def refuse(self: ArrayFile, path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(ArrayFile, "__init__", refuse)
    shutil.copytree(FORMATS / folder, tmp_path / "model")
    with pytest.raises(PermissionError, match=str(tmp_path)):
        load_weights(tmp_path / "model")
