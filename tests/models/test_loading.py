"""What ``from_pretrained`` and ``save_pretrained`` take and refuse, which is the same in every framework."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from albert_docs_pkg.checkpoints import load_weights
from albert_docs_pkg.checkpoints.weights import write_weights
from tests.models.conftest import GOLDEN
from tests.models.frameworks import Framework

BASE = GOLDEN / "shared-params-Model"


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint in float16, but for one small weight."""
    folder = tmp_path_factory.mktemp("half")
    weights = {name: array.astype(np.float16) for name, array in load_file(BASE / "model.safetensors").items()}
    name = next(name for name in weights if name.endswith("LayerNorm.bias"))
    write_weights(weights | {name: weights[name].astype(np.float32)}, folder)
    (folder / "config.json").write_bytes((BASE / "config.json").read_bytes())
    return folder


def dtype_of(model: Any) -> str:
    """Return the name of the dtype that a model computes in."""
    name = getattr(model, "compute_dtype", None) or model.dtype
    return str(getattr(name, "name", name)).removeprefix("torch.")


def test_what_was_missing_unexpected_and_mismatched_is_returned(framework: Framework) -> None:
    model, info = framework.load(
        "ForTokenClassification", GOLDEN / "shared-params-ForMaskedLM", num_labels=3, output_loading_info=True
    )
    assert model.config.num_labels == 3
    assert sorted(info) == ["mismatched_keys", "missing_keys", "unexpected_keys"]
    assert sorted(info["missing_keys"]) == ["classifier.bias", "classifier.weight"]
    assert all(name.startswith("predictions.") for name in info["unexpected_keys"])
    assert info["unexpected_keys"]
    assert info["mismatched_keys"] == []


def test_weights_of_another_shape_are_all_listed_or_initialised(framework: Framework) -> None:
    folder = GOLDEN / "shared-params-ForTokenClassification"
    labels = load_weights(folder).shape("classifier.bias")[0]
    width = load_weights(folder).shape("classifier.weight")[1]
    with pytest.raises(ValueError, match="the checkpoint has weights of other shapes") as raised:
        framework.load("ForTokenClassification", folder, num_labels=labels + 2)
    assert sorted(str(raised.value).splitlines()[1:]) == [
        f"  classifier.bias: ({labels},) in the checkpoint, ({labels + 2},) in the model",
        f"  classifier.weight: ({labels}, {width}) in the checkpoint, ({labels + 2}, {width}) in the model",
    ]
    _, info = framework.load(
        "ForTokenClassification",
        folder,
        num_labels=labels + 2,
        ignore_mismatched_sizes=True,
        output_loading_info=True,
    )
    assert sorted(info["mismatched_keys"]) == [
        ("classifier.bias", (labels,), (labels + 2,)),
        ("classifier.weight", (labels, width), (labels + 2, width)),
    ]
    assert info["missing_keys"] == info["unexpected_keys"] == []


@pytest.mark.parametrize("spelling", ["dtype", "torch_dtype"])
@pytest.mark.parametrize(("wanted", "expected"), [("auto", "float16"), ("bfloat16", "bfloat16"), (None, "float32")])
def test_the_dtype_is_the_one_asked_for_or_that_of_the_file(
    framework: Framework, spelling: str, wanted: str | None, expected: str, half: Path
) -> None:
    assert dtype_of(framework.load("Model", half, **{spelling: wanted})) == expected


def test_the_newer_spelling_of_dtype_counts(framework: Framework, half: Path) -> None:
    assert dtype_of(framework.load("Model", half, dtype="auto", torch_dtype="float32")) == "float16"


@pytest.mark.parametrize("wanted", ["int8", "float12", 3, "half a float"])
def test_a_dtype_that_is_none_is_refused(framework: Framework, wanted: Any) -> None:
    with pytest.raises(ValueError, match=f"dtype must be a floating dtype of .*, got {wanted!r}"):
        framework.load("Model", BASE, dtype=wanted)


def test_the_cpu_is_a_device_by_name(framework: Framework) -> None:
    for name in ("cpu", "CPU" if framework.name == "tensorflow" else "cpu:0"):
        model = framework.load("Model", BASE, device=name)
        assert framework.call(model, {"input_ids": np.array([[2, 5, 3]])})


@pytest.mark.parametrize("device", ["abacus", "abacus:0", "cpu:many", "cuda:77", ["cpu"], 3.5])
def test_a_device_that_is_none_or_not_here_is_refused(framework: Framework, device: Any) -> None:
    with pytest.raises(ValueError, match=r"device must be .*, got .*; this machine has (cpu|CPU)") as raised:
        framework.load("Model", BASE, device=device)
    assert f"got {device!r};" in str(raised.value)


@pytest.mark.parametrize("keyword", ["from_pt", "from_tf", "from_flax"])
def test_keywords_that_name_the_framework_of_the_file_change_nothing(framework: Framework, keyword: str) -> None:
    model, info = framework.load("Model", BASE, output_loading_info=True, **{keyword: True})
    assert not any(info.values())
    assert not hasattr(model.config, keyword)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"num_lables": 3}, "no fields of the config: num_lables"),
        ({"device_map": "auto"}, "no fields of the config: device_map"),
        ({"use_cache": True, "verbose": 1}, "no fields of the config: use_cache, verbose"),
        ({"config": "config.json"}, r"config must be an AlbertConfig or None, got 'config\.json'"),
    ],
)
def test_unknown_keywords_are_refused(framework: Framework, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        framework.load("Model", BASE, **keywords)


@pytest.mark.parametrize("name", [None, 3, b"folder", ["folder"]])
def test_a_name_that_is_no_name_is_refused(framework: Framework, name: Any) -> None:
    with pytest.raises(TypeError, match="name_or_path must be a name, a path or a hub id, got"):
        framework.load("Model", name)


def test_one_weight_is_made_at_a_time_when_saving(
    framework: Framework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from albert_docs_pkg.checkpoints.deferred import DeferredWeights

    model, made = framework.load("Model", BASE), []
    real = DeferredWeights.__getitem__

    def count(weights: DeferredWeights, name: str) -> np.ndarray:
        made.append(name)
        return real(weights, name)

    monkeypatch.setattr(DeferredWeights, "__getitem__", count)
    model.save_pretrained(tmp_path)
    assert len(made) == len(set(made)) == len(load_weights(tmp_path))
