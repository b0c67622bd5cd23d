"""Tests of what importing costs: the package alone loads no framework, and a model little more than PyTorch."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "tensorflow",
    "jax",
    "flax",
    "keras",
    "numpy",
    "sentencepiece",
    "tokenizers",
    "safetensors",
    "requests",
)

_MEASURE = """
import json, sys, time
start = time.perf_counter()
{statement}
print(json.dumps([time.perf_counter() - start, sorted(name for name in sys.modules if "." not in name)]))
"""


def import_in_new_process(statement: str) -> tuple[float, list[str]]:
    """Return the seconds a statement took in a fresh interpreter, and the top-level modules loaded after it."""
    command = [sys.executable, "-c", _MEASURE.format(statement=statement)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seconds, modules = json.loads(printed.splitlines()[-1])
    return seconds, modules


def median_seconds(*statements: str, repeats: int = 3) -> list[float]:
    """Return the median time of each statement, taken in turn so that a busy moment hits all of them."""
    rounds = [[import_in_new_process(statement)[0] for statement in statements] for _ in range(repeats)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def test_importing_the_package_loads_no_framework_and_no_tokenizer_library() -> None:
    _, modules = import_in_new_process("import albert_docs_pkg")
    assert not set(HEAVY) & set(modules)


def test_config_is_had_without_a_framework() -> None:
    _, modules = import_in_new_process("from albert_docs_pkg import AlbertConfig; AlbertConfig()")
    assert not {"torch", "tensorflow", "jax"} & set(modules)


@pytest.mark.parametrize("name", ["AlbertTokenizer", "AlbertTokenizerFast"])
def test_tokenizers_are_had_without_a_framework(name: str) -> None:
    _, modules = import_in_new_process(f"from albert_docs_pkg import {name}")
    assert not {"torch", "tensorflow", "jax"} & set(modules)


def test_every_public_name_resolves() -> None:
    import_in_new_process("import albert_docs_pkg as p; assert all(hasattr(p, name) for name in p.__all__)")


def test_importing_the_package_takes_less_than_a_tenth_of_a_second() -> None:
    # A busy machine makes a measurement longer, never shorter, so one good round of three is proof.
    assert any(median_seconds("import albert_docs_pkg")[0] < 0.1 for _ in range(3))


def test_importing_a_model_takes_little_longer_than_importing_torch() -> None:
    rounds = []
    for _ in range(3):
        torch, model = median_seconds("import torch", "from albert_docs_pkg import AlbertModel")
        rounds.append(model / torch)
        if rounds[-1] < 1.25:
            return
    pytest.fail(f"a model took {rounds} times as long as torch; allowed is 1.25")
