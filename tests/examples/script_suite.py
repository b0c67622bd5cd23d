"""What the scripts of TensorFlow and Flax have to do: a few steps, stopped and resumed, in passes, on two devices."""

from __future__ import annotations

import json
import os
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

FEW = ["--max_steps", "3", "--batch_size", "4", "--max_length", "48", "--evaluations", "1", "--log_steps", "1"]
ONE_LENGTH = ["--pad_to_multiple_of", "48"]
STILL = ("--classifier_dropout", "0")
"""Dropout draws for each pass anew, so passes and devices are compared without it."""


def losses(metrics: dict) -> list[float]:
    return [record["loss"] for record in metrics["history"] if "loss" in record]


class ScriptSuite:
    """The tests; a subclass names its framework."""

    framework: str
    others: tuple[str, ...]
    """What the names of the other frameworks' classes begin with."""

    @pytest.fixture(params=SCRIPTS)
    def task(self, request: pytest.FixtureRequest) -> str:
        return request.param

    @pytest.fixture(scope="class")
    @classmethod
    def small(cls, tiny_model: Path, small_files: dict[str, list[str]]) -> dict[str, list[str]]:
        """Arguments of each task for a tiny model and few records, all rows of one length."""
        model = ["--model_name_or_path", str(tiny_model)]
        return {task: [*model, *files, *FEW, *ONE_LENGTH] for task, files in small_files.items()}

    @pytest.fixture(scope="class")
    @classmethod
    def finished(cls, tmp_path_factory: pytest.TempPathFactory, small: dict[str, list[str]]) -> Finished:
        """Return a function that runs a script once and returns its folder and metrics each time."""

        @cache
        def once(task: str, *more: str) -> tuple[Path, dict]:
            folder = tmp_path_factory.mktemp(task) / "run"
            return folder, cls.run(task, folder, *small[task], *more)

        return once

    @classmethod
    def run(cls, task: str, folder: Path, *arguments: str) -> dict:
        """Run a script in this process and return its metrics, if it came to its end."""
        script(cls.framework, task).main(["--output_dir", str(folder), *arguments])
        path = folder / "metrics.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def test_a_run_leaves_a_folder_that_every_framework_loads(self, task: str, finished: Finished) -> None:
        folder, metrics = finished(task)
        assert metrics["framework"] == self.framework
        assert len(losses(metrics)) == 3
        baseline = next(iter(metrics["baselines"].values()))["validation"]
        assert metrics["results"]["validation"].keys() >= baseline.keys()
        assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")
        assert "| this model |" in (folder / "README.md").read_text()
        assert not list(folder.glob("training_state*"))
        config = albert_docs_pkg.AlbertConfig.from_pretrained(folder)
        for prefix in self.others:
            model = getattr(albert_docs_pkg, prefix + config.architectures[0])
            assert model.from_pretrained(folder, output_loading_info=True)[1]["missing_keys"] == []

    def test_a_run_has_the_losses_of_the_pytorch_script(
        self, finished: Finished, tmp_path: Path, small: dict[str, list[str]]
    ) -> None:
        # A model without new head and dropout is the same in both; so are batches, rates and the optimizer.
        task = "masked-language-modeling"
        _, ours = finished(task)
        script("pytorch", task).main(["--output_dir", str(tmp_path), *small[task]])
        theirs = json.loads((tmp_path / "metrics.json").read_text())
        assert losses(ours) == pytest.approx(losses(theirs), rel=1e-4)
        assert ours["results"]["validation"]["loss"] == pytest.approx(theirs["results"]["validation"]["loss"], rel=1e-3)

    @pytest.mark.parametrize("stopped", ["text-classification", "question-answering"])
    def test_a_run_that_was_stopped_ends_where_an_undisturbed_one_does(
        self, stopped: str, tmp_path: Path, finished: Finished, small: dict[str, list[str]]
    ) -> None:
        whole, expected = finished(stopped)
        assert self.run(stopped, tmp_path, *small[stopped], "--stop_at_step", "2") == {}
        assert not (tmp_path / "model.safetensors").exists()
        found = self.run(stopped, tmp_path, *small[stopped], "--resume")
        weights = load_file(tmp_path / "model.safetensors")
        for name, weight in load_file(whole / "model.safetensors").items():
            np.testing.assert_array_equal(weights[name], weight, err_msg=name)
        assert found["history"] == expected["history"]
        assert found["results"] == expected["results"]

    def test_a_run_is_resumed_only_with_its_own_arguments(self, tmp_path: Path, small: dict[str, list[str]]) -> None:
        task = "text-classification"
        self.run(task, tmp_path, *small[task], "--stop_at_step", "1")
        with pytest.raises(ValueError, match=r"--learning_rate 0\.0005 \(now 0\.1\)"):
            self.run(task, tmp_path, *small[task], "--resume", "--learning_rate", "0.1")

    def test_passes_that_are_accumulated_equal_a_bigger_batch(self, finished: Finished) -> None:
        _, whole = finished("token-classification", *STILL)
        _, parts = finished("token-classification", *STILL, "--batch_size", "1", "--gradient_accumulation_steps", "4")
        assert losses(parts) == pytest.approx(losses(whole), rel=1e-5)
        assert parts["results"]["validation"]["loss"] == pytest.approx(whole["results"]["validation"]["loss"], rel=1e-4)

    def test_two_devices_have_the_loss_of_one_with_twice_the_batch(
        self, tmp_path: Path, finished: Finished, small: dict[str, list[str]]
    ) -> None:
        # Labelled words differ in number from row to row, so a mean of the devices' means would not do.
        task = "token-classification"
        _, alone = finished(task, *STILL)
        command = [sys.executable, str(path_of(self.framework, task)), "--output_dir", str(tmp_path / "two")]
        command += [*small[task], *STILL, "--batch_size", "2", "--devices", "2"]
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stderr
        two = json.loads((tmp_path / "two" / "metrics.json").read_text())
        assert two["training"]["devices"] == 2
        assert losses(two) == pytest.approx(losses(alone), rel=1e-5)
        assert two["results"]["validation"]["loss"] == pytest.approx(alone["results"]["validation"]["loss"], rel=1e-4)

    def test_mixed_precision_trains_float32_weights(self, finished: Finished) -> None:
        _, exact = finished("text-classification", *STILL)
        folder, mixed = finished("text-classification", *STILL, "--mixed_precision", "bf16")
        assert losses(mixed) != losses(exact)
        assert losses(mixed) == pytest.approx(losses(exact), rel=0.05)
        weights = load_file(folder / "model.safetensors")
        assert {weight.dtype.name for weight in weights.values()} == {"float32"}
