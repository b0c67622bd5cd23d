"""How much memory loading and saving a large checkpoint take, each framework in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from albert_docs_pkg.checkpoints.weights import write_weights
from tests.checkpoints.peak_memory import CLASSES

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> str:
    """Run ``peak_memory`` and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.checkpoints.peak_memory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
        env={"OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def xxlarge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encoder of ALBERT xxlarge (version 1) with random weights, in float32."""
    folder = tmp_path_factory.mktemp("xxlarge")
    run("write", str(folder), "float32")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("framework", CLASSES)
def test_loading_takes_little_more_than_the_file_and_saving_little_more_than_its_largest_weight(
    framework: str, xxlarge: Path, tmp_path: Path
) -> None:
    found = json.loads(run(framework, str(xxlarge), "float32", str(tmp_path / "again")))
    assert found["file"] > 800 * 10**6
    assert found["load"] - found["import"] < 1.3 * found["file"]
    # The largest weight is 0.3 of the file.
    assert found["save"] - found["loaded"] < 0.4 * found["file"]
    original, again = xxlarge / "model.safetensors", tmp_path / "again" / "model.safetensors"
    assert original.read_bytes() == again.read_bytes()


def test_a_file_written_weight_by_weight_is_that_of_the_library(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    weights = {
        "b.\u00e9": generator.normal(size=(3, 5)).astype("float16"),
        "a": generator.normal(size=7).astype("bfloat16"),
        "turned": generator.normal(size=(4, 6)).T.astype("float32", order="K"),
        "single": np.asarray(3.0),
        "empty": np.zeros((0, 3), "float32"),
        "ids": np.arange(3),
        "flags": np.array([True, False]),
    }
    write_weights(weights, tmp_path)
    dense = {name: np.asarray(array, order="C") for name, array in weights.items()}
    save_file(dense, tmp_path / "library", {"format": "pt"})
    assert (tmp_path / "model.safetensors").read_bytes() == (tmp_path / "library").read_bytes()


def test_a_dtype_that_weights_do_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"the dtype of a weight must be one of .*, got complex64 for 'a'"):
        write_weights({"a": np.zeros(2, np.complex64)}, tmp_path)
