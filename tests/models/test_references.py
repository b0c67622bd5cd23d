"""Every head of every framework gives the recorded outputs, losses and gradients."""

from __future__ import annotations

import numpy as np

from tests.models.conftest import Case, loaded
from tests.models.frameworks import Framework

ROUNDING = 1e-6
"""Gradients that are zero by symmetry (of key biases, of the bias of choices) are rounding noise below this."""


def assert_close(found: np.ndarray, expected: np.ndarray, tolerance: float, name: str, noise: float = 0.0) -> None:
    """Compare relative to the largest value of the reference."""
    assert found.shape == expected.shape, name
    difference = float(np.abs(found - expected).max())
    assert difference <= max(tolerance * float(np.abs(expected).max()), noise), name


def test_outputs_equal_the_reference(framework: Framework, case: Case) -> None:
    model = loaded(framework, case.folder.name)
    found = framework.call(model, case.part("in."), output_hidden_states=True, output_attentions=True)
    expected = case.part("out.")
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert_close(found[name], array, 1e-5, name)


def test_fused_attention_gives_the_same_as_attention_step_by_step(framework: Framework, case: Case) -> None:
    found = framework.call(loaded(framework, case.folder.name), case.part("in."), output_hidden_states=True)
    expected = {name: array for name, array in case.part("out.").items() if not name.startswith("attentions")}
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert_close(found[name], array, 1e-5, name)


def test_ids_alone_are_enough(framework: Framework, case: Case) -> None:
    inputs = {"input_ids": case.part("in.")["input_ids"]}
    found = framework.call(loaded(framework, case.folder.name), inputs)
    assert_close(next(iter(found.values())), case.arrays["plain.first"], 1e-5, "first output")


def test_gradients_equal_the_reference(framework: Framework, case: Case) -> None:
    found = framework.gradients(loaded(framework, case.folder.name), case.part("in."))
    expected = case.part("grad.")
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert_close(found[name], array, 1e-4, name, noise=ROUNDING)
