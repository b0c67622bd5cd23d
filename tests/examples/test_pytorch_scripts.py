"""The PyTorch scripts: a few steps of each, stopped and resumed, in passes, and as two processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.examples.scripts import SCRIPTS, path_of, script

FEW = ["--max_steps", "4", "--batch_size", "4", "--max_length", "48", "--evaluations", "2", "--log_steps", "1"]


@pytest.fixture(params=SCRIPTS)
def task(request: pytest.FixtureRequest) -> str:
    return request.param


def run(task: str, folder: Path, tiny_model: Path, small_files: dict[str, list[str]], *more: str) -> dict:
    """Run a script in this process and return its metrics, if it came to its end."""
    arguments = ["--output_dir", str(folder), "--model_name_or_path", str(tiny_model), *small_files[task], *FEW, *more]
    script("pytorch", task).main(arguments)
    path = folder / "metrics.json"
    return json.loads(path.read_text()) if path.exists() else {}


def losses(metrics: dict) -> list[float]:
    return [record["loss"] for record in metrics["history"] if "loss" in record]


def assert_equal_weights(first: Path, second: Path) -> None:
    expected, found = load_file(first / "model.safetensors"), load_file(second / "model.safetensors")
    assert expected.keys() == found.keys()
    for name, weight in expected.items():
        np.testing.assert_array_equal(found[name], weight, err_msg=name)


def test_a_run_leaves_model_tokenizer_metrics_curve_and_card(
    task: str, tmp_path: Path, tiny_model: Path, small_files: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    import albert_docs_pkg

    folder = tmp_path / "run"
    metrics = run(task, folder, tiny_model, small_files)
    assert len(losses(metrics)) == 4
    assert [record["step"] for record in metrics["history"] if "validation" in record] == [2, 4]
    assert metrics["data"]["train"] == 40
    assert metrics["results"]["validation"].keys() >= next(iter(metrics["baselines"].values()))["validation"].keys()
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")
    card = (folder / "README.md").read_text()
    assert "| this model |" in card
    assert str(tmp_path) not in card
    assert not list(folder.glob("training_state*"))
    config = albert_docs_pkg.AlbertConfig.from_pretrained(folder)
    model = getattr(albert_docs_pkg, config.architectures[0])
    assert model.from_pretrained(folder, output_loading_info=True)[1]["missing_keys"] == []
    assert albert_docs_pkg.AlbertTokenizerFast.from_pretrained(folder).vocab_size == config.vocab_size
    if task in ("text-classification", "token-classification"):
        assert set(config.id2label.values()) in ({"animal", "tool"}, {"animal", "tool", "other"})
    assert "validation {" in capsys.readouterr().out


def test_a_run_that_was_stopped_ends_where_an_undisturbed_one_does(
    task: str, tmp_path: Path, tiny_model: Path, small_files: dict[str, list[str]]
) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    expected = run(task, whole, tiny_model, small_files)
    assert run(task, stopped, tiny_model, small_files, "--stop_at_step", "3") == {}
    assert not (stopped / "model.safetensors").exists()
    found = run(task, stopped, tiny_model, small_files, "--resume")
    assert_equal_weights(whole, stopped)
    assert found["history"] == expected["history"]
    assert found["results"] == expected["results"]


def test_passes_that_are_accumulated_equal_a_bigger_batch(
    task: str, tmp_path: Path, tiny_model: Path, small_files: dict[str, list[str]]
) -> None:
    still = ["--classifier_dropout", "0"]
    whole = run(task, tmp_path / "whole", tiny_model, small_files, *still)
    passes = ["--batch_size", "1", "--gradient_accumulation_steps", "4"]
    parts = run(task, tmp_path / "parts", tiny_model, small_files, *still, *passes)
    assert losses(parts) == pytest.approx(losses(whole), rel=1e-5)
    assert parts["results"]["validation"]["loss"] == pytest.approx(whole["results"]["validation"]["loss"], rel=1e-4)


def test_two_processes_have_the_loss_of_one_with_twice_the_batch(
    tmp_path: Path, tiny_model: Path, small_files: dict[str, list[str]]
) -> None:
    # Words differ in number from row to row, so a mean of the processes' means would not do.
    task, still = "token-classification", ["--classifier_dropout", "0"]
    alone = run(task, tmp_path / "alone", tiny_model, small_files, *still)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone"]
    arguments = ["--output_dir", str(tmp_path / "two"), "--model_name_or_path", str(tiny_model), *small_files[task]]
    command = [*launcher, str(path_of("pytorch", task)), *arguments, *FEW, *still, "--batch_size", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    two = json.loads((tmp_path / "two" / "metrics.json").read_text())
    assert two["training"]["devices"] == 2
    assert losses(two) == pytest.approx(losses(alone), rel=1e-5)
    assert two["results"]["validation"]["loss"] == pytest.approx(alone["results"]["validation"]["loss"], rel=1e-4)


def test_mixed_precision_trains_float32_weights(
    tmp_path: Path, tiny_model: Path, small_files: dict[str, list[str]]
) -> None:
    metrics = run("text-classification", tmp_path / "run", tiny_model, small_files, "--mixed_precision", "bf16")
    exact = run("text-classification", tmp_path / "exact", tiny_model, small_files)
    assert losses(metrics) != losses(exact)
    assert losses(metrics) == pytest.approx(losses(exact), rel=0.05)
    weights = load_file(tmp_path / "run" / "model.safetensors")
    assert {weight.dtype.name for weight in weights.values()} == {"float32"}


def test_a_run_with_the_bundled_data_learns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--max_train_samples", "512", "--max_validation_samples", "64", "--max_test_samples", "64"]
    script("pytorch", "text-classification").main(
        ["--output_dir", str(tmp_path / "run"), *sizes, "--learning_rate", "1e-3", "--threads", "1"]
    )
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["data"] == {"source": "WordNet 3.0 (bundled)", "train": 512, "validation": 64, "test": 64}
    assert metrics["results"]["test"]["loss"] < np.log(45)
    assert losses(metrics)[-1] < losses(metrics)[0] if len(losses(metrics)) > 1 else True
    assert "noun." in capsys.readouterr().out
