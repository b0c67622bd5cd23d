"""Tests of the table of tasks and frameworks: every guide, script and notebook exists, and the resources link to it."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

from examples.archive import pack

ROOT = Path(__file__).parents[2]
FRAMEWORKS = {"pytorch": "", "tensorflow": "_tf", "flax": "_flax"}
# Guide, folder of the scripts, and the name that scripts and notebooks share.
TASKS = {
    "text_classification": ("sequence_classification", "text-classification"),
    "token_classification": ("token_classification", "token-classification"),
    "masked_language_modeling": ("masked_language_modeling", "language-modeling"),
    "question_answering": ("question_answering", "question-answering"),
    "multiple_choice": ("multiple_choice", "multiple-choice"),
    "pretraining": ("pretraining", "pretraining"),
}


def scripts() -> list[str]:
    """The path of each cell's script."""
    return [
        f"examples/{framework}/{folder}/run_{name}.py"
        for name, (_, folder) in TASKS.items()
        for framework in FRAMEWORKS
    ]


def notebooks() -> list[str]:
    """The path of each cell's notebook; pretraining has one, in PyTorch."""
    return [
        f"notebooks/{name}{suffix}"
        for name in TASKS
        for suffix in FRAMEWORKS.values()
        if not (name == "pretraining" and suffix)
    ]


def test_every_task_has_a_guide_and_scripts_and_notebooks_for_each_framework() -> None:
    wanted = [f"docs/tasks/{guide}.mdx" for guide, _ in TASKS.values()]
    wanted += [*scripts(), *(f"{notebook}.ipynb" for notebook in notebooks())]
    assert [path for path in wanted if not (ROOT / path).is_file()] == []


def test_resources_link_to_every_guide_script_page_and_notebook() -> None:
    resources = (ROOT / "docs" / "resources.mdx").read_text(encoding="utf-8")
    links = [f"(tasks/{guide})" for guide, _ in TASKS.values()]
    links += [f"(scripts/{name})" for name in TASKS]
    links += [f"(../{notebook})" for notebook in notebooks()]
    assert [link for link in links if link not in resources] == []


def test_model_page_links_to_every_guide_and_notebook() -> None:
    page = (ROOT / "docs" / "model_doc" / "albert.mdx").read_text(encoding="utf-8")
    links = [f"(../tasks/{guide})" for guide, _ in TASKS.values()]
    links += [f"(../../{notebook})" for notebook in notebooks()]
    assert [link for link in links if link not in page] == []


def test_every_script_is_shown_on_the_page_of_its_task() -> None:
    pages = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "scripts").glob("*.mdx")}
    missing = [path for path in scripts() if f'"path": "../../{path}"' not in pages[Path(path).stem[len("run_") :]]]
    assert missing == []


def test_archive_of_the_scripts_is_complete_and_the_same_every_time() -> None:
    content = pack(ROOT / "examples")
    assert content == pack(ROOT / "examples")
    names = zipfile.ZipFile(BytesIO(content)).namelist()
    assert [path for path in scripts() if path not in names] == []
    assert "examples/tasks/task.py" in names
    assert not [name for name in names if "__pycache__" in name]


def test_model_page_shows_the_published_figures_of_the_data_file() -> None:
    published = json.loads((ROOT / "docs" / "published_results.json").read_text(encoding="utf-8"))["sizes"]
    page = (ROOT / "docs" / "model_doc" / "albert.mdx").read_text(encoding="utf-8")
    lines = []
    for model, (*scores, average) in published["rows"].items():
        shown = ["/".join(map(str, score)) if isinstance(score, list) else str(score) for score in scores]
        lines.append(f"| {model} | {' | '.join([str(average), *shown])} |")
    assert [line for line in lines if line not in page] == []
