"""The same folder gives the same answers, whichever framework computes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_docs_pkg import pipeline
from tests.pipelines.conftest import HEAD_OF_TASK, TASKS
from tests.pipelines.test_batching import assert_close, inputs_of
from tests.pipelines.tiny_models import tokenizer

TEXTS = ["a cat", "The Bratislava lions barked.", "large water of 東京", "one"] * 2
LONG = "The lion is a large cat. " * 12


@pytest.mark.parametrize("framework", ["tf", "flax"])
@pytest.mark.parametrize("task", TASKS)
def test_frameworks_agree(make: Callable[..., Any], task: str, framework: str) -> None:
    inputs = inputs_of(task, TEXTS[:4] if task == "multiple-choice" else TEXTS)
    if task == "question-answering":
        inputs.append({"question": "what is a lion", "context": LONG})
    if task == "token-classification":
        inputs.append(LONG)
    if framework == "flax":
        import jax

        # Programs that run once are compiled faster than they are optimised; the results are the same.
        jax.config.update("jax_disable_most_optimizations", True)
    found, expected = make(task, framework), make(task)
    assert found.framework == framework
    assert_close(found(inputs, batch_size=16), expected(inputs, batch_size=4))
    if task == "feature-extraction":
        for pooling in ("mean", "first", "pooler"):
            assert_close(found(inputs[:2], pooling=pooling), expected(inputs[:2], pooling=pooling))
    if task == "fill-mask":
        assert_close(found("[MASK] of [MASK]"), expected("[MASK] of [MASK]"))


@pytest.mark.parametrize("framework", ["tf", "flax"])
def test_the_framework_of_a_model_object_is_its_own(make: Callable[..., Any], framework: str) -> None:
    made = make("fill-mask", framework)
    again = pipeline("fill-mask", made.model, tokenizer())
    assert again.framework == framework
    assert_close(again("a [MASK]"), make("fill-mask")("a [MASK]"))
    with pytest.raises(ValueError, match="does not go with"):
        pipeline("fill-mask", made.model, tokenizer(), framework="pt")


@pytest.mark.parametrize("framework", ["tf", "flax"])
def test_a_model_with_a_head_gives_features_in_every_framework(make: Callable[..., Any], framework: str) -> None:
    model = make("fill-mask", framework).model
    found = pipeline("feature-extraction", model, tokenizer(), return_tensors="np")("a cat")
    expected = pipeline("feature-extraction", make("fill-mask").model, tokenizer(), return_tensors="np")("a cat")
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("framework", ["pt", "tf", "flax"])
def test_a_device_can_be_named(folders: dict[str, Path], framework: str) -> None:
    for device in ("cpu:0", -1):
        assert pipeline("fill-mask", folders[HEAD_OF_TASK["fill-mask"]], framework=framework, device=device)("a [MASK]")
    with pytest.raises(ValueError, match=r"device must be .*, got 'toaster'"):
        pipeline("fill-mask", folders[HEAD_OF_TASK["fill-mask"]], framework=framework, device="toaster")


def test_a_flax_pipeline_compiles_for_few_shapes(make: Callable[..., Any]) -> None:
    runner = make("text-classification", "flax").runner
    shapes = {runner.padded_shape(rows, length) for rows in range(1, 33) for length in range(1, 49)}
    assert len(shapes) <= 6 * 6
    assert all(runner.padded_shape(rows, length)[1] <= 48 for rows in (1, 5) for length in range(1, 49))
    assert runner.padded_shape(5, 17) == (8, 24)


def test_a_tensorflow_pipeline_is_traced_once(make: Callable[..., Any]) -> None:
    classifier = make("text-classification", "tf")
    for text in ("a", "a large cat of water", "one cat"):
        classifier([text] * len(text))
    assert classifier.runner._traced.experimental_get_tracing_count() == 1
