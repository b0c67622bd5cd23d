"""Fixtures of the suite that every framework passes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.models.frameworks import FRAMEWORKS, Framework

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden" / "models"
CASES = sorted(json.loads((GOLDEN / "index.json").read_text()))


@pytest.fixture(params=FRAMEWORKS, ids=lambda framework: framework.name)
def framework(request: pytest.FixtureRequest) -> Framework:
    """Each framework in turn."""
    return request.param


class Case:
    """A recorded model: its folder, its inputs, and what the reference computed."""

    def __init__(self, name: str) -> None:
        self.folder = GOLDEN / name
        self.head = name.rsplit("-", 1)[1]
        with np.load(self.folder / "golden.npz") as file:
            self.arrays = dict(file)

    def part(self, prefix: str) -> dict[str, np.ndarray]:
        """Return the arrays whose names start with ``prefix``, without it."""
        return {name[len(prefix) :]: array for name, array in self.arrays.items() if name.startswith(prefix)}


@cache
def recorded(name: str) -> Case:
    """Return the recorded case ``name``, read once."""
    return Case(name)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """Each recorded case in turn."""
    return recorded(request.param)


@cache
def loaded(framework: Framework, name: str) -> Any:
    """Return the model of a recorded case, loaded once per framework; for tests that do not change it."""
    record = recorded(name)
    return framework.load(record.head, record.folder)
