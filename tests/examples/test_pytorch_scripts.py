"""The PyTorch scripts: a few steps of each, stopped and resumed, in passes, and as two processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import albert_docs_pkg
from tests.examples.scripts import SCRIPTS, path_of, script

Finished = Callable[..., tuple[Path, dict]]

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


@pytest.fixture(scope="module")
def finished(
    tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, small_files: dict[str, list[str]]
) -> Callable[..., tuple[Path, dict]]:
    """Return a function that runs a script once and returns its folder and metrics each time."""

    @cache
    def once(task: str, *more: str) -> tuple[Path, dict]:
        folder = tmp_path_factory.mktemp(task) / "run"
        return folder, run(task, folder, tiny_model, small_files, *more)

    return once


def test_a_run_leaves_model_tokenizer_metrics_curve_and_card(task: str, finished: Finished) -> None:
    folder, metrics = finished(task)
    assert len(losses(metrics)) == 4
    assert [record["step"] for record in metrics["history"] if "validation" in record] == [2, 4]
    assert metrics["data"]["train"] == 40
    assert metrics["results"]["validation"].keys() >= next(iter(metrics["baselines"].values()))["validation"].keys()
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")
    card = (folder / "README.md").read_text()
    assert "| this model |" in card
    assert str(folder.parent) not in card
    assert not list(folder.glob("training_state*"))
    config = albert_docs_pkg.AlbertConfig.from_pretrained(folder)
    model = getattr(albert_docs_pkg, config.architectures[0])
    assert model.from_pretrained(folder, output_loading_info=True)[1]["missing_keys"] == []
    assert albert_docs_pkg.AlbertTokenizerFast.from_pretrained(folder).vocab_size == config.vocab_size
    names = {"text-classification": {"animal", "tool"}, "token-classification": {"animal", "tool", "other"}}
    assert set(config.id2label.values()) == names.get(task, {"LABEL_0", "LABEL_1"})


def test_what_a_run_leaves_works_in_the_pipeline_that_its_card_names(task: str, finished: Finished) -> None:
    folder, _ = finished(task)
    card = (folder / "README.md").read_text()
    call = re.search(r'pipeline\("([a-z-]+)", model="path/to/run"\)\((.+)\)\n', card)
    assert call is not None
    found = albert_docs_pkg.pipeline(call[1], model=str(folder))(json.loads(call[2]))
    assert found
    assert "score" in str(found)


def test_a_run_that_was_stopped_ends_where_an_undisturbed_one_does(
    task: str, tmp_path: Path, finished: Finished, tiny_model: Path, small_files: dict[str, list[str]]
) -> None:
    whole, expected = finished(task)
    assert run(task, tmp_path, tiny_model, small_files, "--stop_at_step", "3") == {}
    assert not (tmp_path / "model.safetensors").exists()
    found = run(task, tmp_path, tiny_model, small_files, "--resume")
    assert_equal_weights(whole, tmp_path)
    assert found["history"] == expected["history"]
    assert found["results"] == expected["results"]


STILL = ("--classifier_dropout", "0")
"""Dropout draws for each pass anew, so passes and processes are compared without it."""


@pytest.mark.parametrize("task", ["token-classification", "multiple-choice"])
def test_passes_that_are_accumulated_equal_a_bigger_batch(task: str, finished: Finished) -> None:
    _, whole = finished(task, *STILL)
    _, parts = finished(task, *STILL, "--batch_size", "1", "--gradient_accumulation_steps", "4")
    assert losses(parts) == pytest.approx(losses(whole), rel=1e-5)
    assert parts["results"]["validation"]["loss"] == pytest.approx(whole["results"]["validation"]["loss"], rel=1e-4)


def test_two_processes_have_the_loss_of_one_with_twice_the_batch(
    tmp_path: Path, finished: Finished, tiny_model: Path, small_files: dict[str, list[str]]
) -> None:
    # Labelled words differ in number from row to row, so a mean of the processes' means would not do.
    task = "token-classification"
    _, alone = finished(task, *STILL)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone"]
    arguments = ["--output_dir", str(tmp_path / "two"), "--model_name_or_path", str(tiny_model), *small_files[task]]
    command = [*launcher, str(path_of("pytorch", task)), *arguments, *FEW, *STILL, "--batch_size", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    two = json.loads((tmp_path / "two" / "metrics.json").read_text())
    assert two["training"]["devices"] == 2
    assert losses(two) == pytest.approx(losses(alone), rel=1e-5)
    assert two["results"]["validation"]["loss"] == pytest.approx(alone["results"]["validation"]["loss"], rel=1e-4)


def test_mixed_precision_trains_float32_weights(finished: Finished) -> None:
    _, exact = finished("text-classification")
    folder, mixed = finished("text-classification", "--mixed_precision", "bf16")
    assert losses(mixed) != losses(exact)
    assert losses(mixed) == pytest.approx(losses(exact), rel=0.05)
    weights = load_file(folder / "model.safetensors")
    assert {weight.dtype.name for weight in weights.values()} == {"float32"}


def test_a_run_with_the_bundled_data_learns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--max_train_samples", "384", "--max_validation_samples", "64", "--max_test_samples", "64"]
    course = ["--learning_rate", "1e-3", "--threads", "1", "--log_steps", "4", "--evaluations", "1"]
    script("pytorch", "text-classification").main(["--output_dir", str(tmp_path / "run"), *sizes, *course])
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["data"] == {"source": "WordNet 3.0 (bundled)", "train": 384, "validation": 64, "test": 64}
    assert losses(metrics)[-1] < losses(metrics)[0]
    assert metrics["results"]["test"]["loss"] < np.log(45)
    shown = capsys.readouterr().out
    assert "dark brown pigment" in shown
    assert "test {" in shown


def test_a_run_is_resumed_only_with_its_own_arguments(
    tmp_path: Path, tiny_model: Path, small_files: dict[str, list[str]]
) -> None:
    task = "text-classification"
    run(task, tmp_path, tiny_model, small_files, "--stop_at_step", "1")
    with pytest.raises(ValueError, match=r"--learning_rate 0\.0005 \(now 0\.1\)"):
        run(task, tmp_path, tiny_model, small_files, "--resume", "--learning_rate", "0.1")
    with pytest.raises(SystemExit):
        run(task, tmp_path, tiny_model, small_files)
    with pytest.raises(SystemExit, match="start with torchrun --nproc_per_node 2"):
        run(task, tmp_path / "two", tiny_model, small_files, "--devices", "2")
