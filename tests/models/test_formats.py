"""Every class of every framework loads every format to the same weights, and so to the same outputs."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.models.conftest import GOLDEN, recorded
from tests.models.frameworks import Framework
from tests.models.test_references import assert_close

FORMATS = GOLDEN.parent / "formats"
FOLDERS = sorted(folder for config in FORMATS.iterdir() for folder in config.iterdir())
HEADS = (
    "Model",
    "ForPreTraining",
    "ForMaskedLM",
    "ForSequenceClassification",
    "ForTokenClassification",
    "ForQuestionAnswering",
    "ForMultipleChoice",
)
NEW = ("classifier", "qa_outputs")
"""Parts that a pretrained checkpoint has nothing for: they start from random values."""


def named(folder: Path) -> str:
    return f"{folder.parent.name}-{folder.name}"


SMALL = {named(folder) for folder in FOLDERS if folder.parent.name == "shared-params"}


def weights_of(framework: Framework, model: Any) -> dict[str, np.ndarray]:
    """Return the weights that a checkpoint fills."""
    if framework.name == "flax":
        from albert_docs_pkg.checkpoints.flax_names import canonical_weights

        found = canonical_weights(model.params)
    else:
        found = {name: np.asarray(weight) for name, weight in model.state_dict().items()}
    return {name: weight for name, weight in found.items() if not name.startswith(NEW)}


@cache
def from_safetensors(framework: Framework, config: str, head: str) -> dict[str, np.ndarray]:
    return weights_of(framework, framework.load(head, GOLDEN / f"{config}-ForPreTraining"))


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)


@pytest.mark.parametrize(
    ("folder", "head"),
    # The larger model is there for its groups, which all heads have alike.
    [(folder, head) for folder in FOLDERS for head in HEADS if named(folder) in SMALL or head == "ForPreTraining"],
    ids=lambda value: value if isinstance(value, str) else named(value),
)
def test_every_class_has_the_same_weights_from_every_format(framework: Framework, folder: Path, head: str) -> None:
    expected = from_safetensors(framework, folder.parent.name, head)
    found = weights_of(framework, framework.load(head, folder))
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name].tobytes() != expected[name].tobytes()] == []


@pytest.mark.parametrize(
    "folder", [folder for folder in FOLDERS if folder.name in ("tf_h5", "tf1_checkpoint")], ids=named
)
def test_outputs_from_a_file_of_another_framework_equal_the_reference(framework: Framework, folder: Path) -> None:
    case = recorded(f"{folder.parent.name}-ForPreTraining")
    found = framework.call(framework.load("ForPreTraining", folder), case.part("in."))
    for name, array in found.items():
        assert_close(array, case.part("out.")[name], 1e-5, name)
