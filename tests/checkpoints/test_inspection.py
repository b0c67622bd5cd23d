"""Inspecting: what a checkpoint is, and every kind of damage as a problem rather than an exception."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from albert_docs_pkg.__main__ import main
from albert_docs_pkg.checkpoints import inspect_checkpoint
from tests.checkpoints.broken_files import FORMATS, NAMES, put
from tests.pytorch.conftest import GOLDEN

SAFETENSORS = GOLDEN / "shared-params-ForPreTraining"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a folder with a whole checkpoint, to be broken."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copyfile(SAFETENSORS / name, folder / name)
    return folder


def change_config(folder: Path, **fields: object) -> None:
    content = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(content | fields))


@pytest.mark.parametrize("folder", sorted(path.name for path in FORMATS.iterdir()))
def test_every_format_is_described(folder: str) -> None:
    found = inspect_checkpoint(FORMATS / folder)
    assert found.problems == []
    assert found.architecture == "AlbertForPreTraining"
    assert found.parameters == 13896
    assert found.dtypes == {"float32": 13896}
    assert ("albert.embeddings.word_embeddings.weight", (150, 16), "float32") in found.weights
    assert sum(found.files.values()) > 50_000
    assert found.config is not None
    assert found.config["hidden_size"] == 32


def test_several_formats_are_all_named(model: Path) -> None:
    shutil.copyfile(FORMATS / "tf_h5" / "tf_model.h5", model / "tf_model.h5")
    found = inspect_checkpoint(model)
    assert found.formats == ["safetensors", "tensorflow"]
    assert found.format == "safetensors"
    assert inspect_checkpoint(model, format="tensorflow").format == "tensorflow"


def test_a_missing_folder_is_a_problem() -> None:
    assert "is neither the bundled" in inspect_checkpoint("/no/such/folder").problems[0]


def test_an_empty_folder_has_two_problems(tmp_path: Path) -> None:
    config, weights = inspect_checkpoint(tmp_path).problems
    assert "has no config.json" in config
    assert "has no weights" in weights


@pytest.mark.parametrize("format", NAMES)
def test_damaged_weights_are_a_problem(format: str, model: Path) -> None:
    (model / "model.safetensors").unlink()
    put(model, format, b"damaged")
    found = inspect_checkpoint(model)
    assert len(found.problems) == 1
    assert NAMES[format] in found.problems[0]
    assert found.config is not None


def test_a_damaged_config_does_not_hide_the_weights(model: Path) -> None:
    (model / "config.json").write_text("{")
    found = inspect_checkpoint(model)
    assert [problem for problem in found.problems if "is not a JSON file" in problem] == found.problems
    assert found.parameters == 13896


def test_sizes_that_disagree_are_all_named(model: Path) -> None:
    change_config(model, vocab_size=10**6, intermediate_size=65, num_hidden_groups=3)
    assert inspect_checkpoint(model).problems == [
        "the config and the weights disagree: vocab_size: 1000000 in the config, 150 in the weights",
        "the config and the weights disagree: intermediate_size: 65 in the config, 64 in the weights",
        "the config and the weights disagree: num_hidden_groups: 3 in the config, 1 in the weights",
    ]


def test_missing_and_misshapen_weights_are_named(model: Path) -> None:
    weights = load_file(model / "model.safetensors")
    del weights["predictions.dense.bias"]
    weights["albert.pooler.bias"] = np.zeros(31, np.float32)
    save_file(weights, model / "model.safetensors")
    assert inspect_checkpoint(model).problems == [
        "AlbertForPreTraining needs predictions.dense.bias, which is missing",
        "albert.pooler.bias has shape (31,) in the checkpoint, (32,) in AlbertForPreTraining",
    ]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
def test_a_value_that_is_no_number_is_found(value: float, dtype: str, model: Path) -> None:
    weights = {name: array.astype(dtype) for name, array in load_file(model / "model.safetensors").items()}
    weights["predictions.bias"][-1] = value
    save_file(weights, model / "model.safetensors")
    assert inspect_checkpoint(model).problems == ["the weight predictions.bias has NaN or infinite values"]
    assert inspect_checkpoint(model, values=False).problems == []


def test_a_damaged_vocabulary_is_a_problem(model: Path) -> None:
    (model / "spiece.model").write_bytes(b"damaged")
    found = inspect_checkpoint(model)
    assert len(found.problems) == 1
    assert "spiece.model" in found.problems[0]
    assert found.tokenizer_files == ["spiece.model"]


def test_a_weight_of_no_albert_is_a_note(model: Path) -> None:
    save_file(load_file(model / "model.safetensors") | {"extra": np.zeros(2)}, model / "model.safetensors")
    found = inspect_checkpoint(model)
    assert found.problems == []
    assert "no ALBERT model has a place for extra" in found.notes


def test_the_command_prints_everything_and_ends_well(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(model)]) == 0
    printed = capsys.readouterr().out
    for part in ("safetensors", "13,896", "AlbertForPreTraining", "150 x 16", "hidden_size 32", "no problems"):
        assert part in printed


def test_the_command_prints_json(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(model), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["parameters"] == 13896
    assert found["problems"] == []


def test_problems_are_told_by_the_exit_status(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (model / "model.safetensors").write_bytes(b"")
    assert main(["inspect", str(model)]) == 1
    assert "1 problem(s)" in capsys.readouterr().out
    assert main(["inspect", str(model), "--quiet"]) == 1
    assert capsys.readouterr().out == ""


def test_a_reader_who_has_seen_enough_causes_no_complaint(model: Path) -> None:
    command = [sys.executable, "-m", "albert_docs_pkg", "inspect", str(model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0
