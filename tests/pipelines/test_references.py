"""Answers are those that users of transformers know: the same keys, shapes and scores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RECORDED = json.loads((Path(__file__).parents[1] / "fixtures" / "pipelines" / "answers.json").read_text("utf-8"))


def name_of(call: dict[str, Any]) -> str:
    return f"{call['task']} {call['options'] or call['made_with'] or type(call['inputs']).__name__}"


def assert_same(found: Any, recorded: Any, text: str | None = None) -> None:
    """Compare answers; a recorded span may begin with white space, which belongs to no answer."""
    assert type(found) is type(recorded)
    if isinstance(recorded, dict):
        assert list(found) == list(recorded)
        recorded = dict(recorded)
        if text is not None and "start" in recorded:
            span = text[recorded["start"] : recorded["end"]]
            recorded["start"] += len(span) - len(span.lstrip())
        if "answer" in recorded:
            recorded["answer"] = recorded["answer"].lstrip()
        if "entity_group" in recorded:
            # The reference joins the pieces of a group without its spaces.
            found, recorded = (
                {**each, "word": each["word"].replace(" ", "").replace("▁", "")} for each in (found, recorded)
            )
        for key in recorded:
            assert_same(found[key], recorded[key], text)
    elif isinstance(recorded, list):
        assert len(found) == len(recorded)
        for one, other in zip(found, recorded, strict=True):
            assert_same(one, other, text)
    elif isinstance(recorded, float):
        assert found == pytest.approx(recorded, abs=2e-5)
    else:
        assert found == recorded


@pytest.mark.parametrize("call", RECORDED["calls"], ids=name_of)
def test_answers_match_recorded_ones(make: Callable[..., Any], call: dict[str, Any]) -> None:
    inputs = call["inputs"]
    found = make(call["task"])(inputs, **call["made_with"], **call["options"])
    if isinstance(inputs, list):
        assert len(found) == len(inputs)
        for one, other, text in zip(found, call["answer"], inputs, strict=True):
            assert_same(one, other, text if isinstance(text, str) else None)
        return
    text = inputs["context"] if isinstance(inputs, dict) and "context" in inputs else inputs
    assert_same(found, call["answer"], text if isinstance(text, str) else None)
