"""Tests of the task guides: each has every part that a reader needs, in each framework."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.snippets.blocks import find_blocks

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "tasks").glob("*.mdx"))
FINE_TUNING = [guide for guide in GUIDES if guide.stem != "pretraining"]


def name(guide: Path) -> str:
    return guide.stem


def test_there_is_a_guide_for_each_task() -> None:
    assert {guide.stem for guide in GUIDES} == {
        "masked_language_modeling",
        "multiple_choice",
        "pretraining",
        "question_answering",
        "sequence_classification",
        "token_classification",
    }


@pytest.mark.parametrize("guide", GUIDES, ids=name)
def test_guide_is_offered_as_a_notebook_and_shows_recorded_results(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    assert "\n[[open-in-colab]]\n" in text
    assert re.search(r'<Recorded name="[\w-]+" alt="[^"]+" ?/>', text), "no plot"
    named = {block.name for block in find_blocks(guide) if block.name}
    assert named <= set(re.findall(r'<Recorded name="([\w-]+)"', text)), "a result that is not shown"
    assert "albert-base-v2" in text


@pytest.mark.parametrize("guide", FINE_TUNING, ids=name)
@pytest.mark.parametrize("framework", ["pt", "tf", "jax"])
def test_guide_trains_saves_and_uses_a_model_in_each_framework(guide: Path, framework: str) -> None:
    code = "\n".join(block.source for block in find_blocks(guide) if block.framework in (None, framework))
    for part in ("load_dataset(", ".save_pretrained(", "tqdm", "pipeline("):
        assert part in code, part
    own = "\n".join(block.source for block in find_blocks(guide) if block.framework == framework)
    folders = re.findall(r'model\.save_pretrained\("([\w-]+)"\)', own)
    assert folders
    assert all(f'.from_pretrained("{folder}")' in own for folder in folders), "saved, but not loaded again"


def test_no_result_is_typed_into_a_guide() -> None:
    for guide in GUIDES:
        prose = re.sub(
            r"```.*?```|`[^`]*`|^\|.*$", "", guide.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
        )
        found = re.findall(r"(?<![\d.])0?\.\d+|\d+\.\d+ ?%", prose)
        assert not found, (guide.name, found)
