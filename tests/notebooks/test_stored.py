"""The notebooks as they are stored: valid, without outputs, self-contained, and all of them listed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.snippets.blocks import Block, frameworks_shown

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TASKS = (
    "text_classification",
    "token_classification",
    "masked_language_modeling",
    "question_answering",
    "multiple_choice",
)
FRAMEWORKS = {"": set(), "_tf": {"tensorflow"}, "_flax": {"flax"}}
INDEX = (ROOT / "docs" / "notebooks.rst").read_text(encoding="utf-8")


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code_of(notebook: NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def test_every_task_has_a_notebook_in_every_framework() -> None:
    expected = {f"{task}{suffix}" for task in TASKS for suffix in FRAMEWORKS} | {"pretraining"}
    assert {path.stem for path in NOTEBOOKS} == expected


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_notebook_is_valid_and_has_no_outputs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_asks_a_question_and_computes_an_answer(path: Path) -> None:
    notebook = read(path)
    opening = notebook.cells[0]
    assert opening.cell_type == "markdown"
    assert re.match(r"# [A-Z].*\?\n", opening.source), "the title is a question"
    answers = [
        number
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown" and re.search(r"^## Answer$", cell.source, re.MULTILINE)
    ]
    assert len(answers) == 1
    assert "print(" in notebook.cells[answers[0] + 1].source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_shows_its_framework_and_no_other(path: Path) -> None:
    suffix = next((suffix for suffix in ("_tf", "_flax") if path.stem.endswith(suffix)), "")
    code = code_of(read(path))
    assert frameworks_shown([Block(1, 1, code)]) == FRAMEWORKS[suffix]
    assert bool(re.search(r"\bimport torch\b", code)) == (suffix == "")
    assert not re.search(r"cuda|\.to\(", code), "a notebook is written once, for every device"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_has_a_text_and_labelled_axes(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "code" and "plt.show()" in cell.source:
            assert len(cell.metadata.get("alt", "")) > 40, cell.source
            assert re.search(r"set_[xy]label|label=", cell.source), cell.source
        elif cell.cell_type == "code":
            assert "plt.subplots" not in cell.source
            assert "alt" not in cell.metadata


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_name_is_imported_twice_or_never_used(path: Path) -> None:
    code = code_of(read(path))
    names = [
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    assert len(set(names)) == len(names)
    assert [name for name in names if len(re.findall(rf"\b{name}\b", code)) < 2] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_index_lists_every_notebook_with_its_question_and_a_download(path: Path) -> None:
    question = read(path).cells[0].source.splitlines()[0].split(": ", 1)[1]
    assert f":doc:`{question[0].upper()}{question[1:]} </notebooks/{path.stem}>`" in INDEX
    assert f":download:`download </notebooks/{path.stem}.ipynb>`" in INDEX
    assert re.search(rf"^   /notebooks/{path.stem}$", INDEX, re.MULTILINE), "the index has no place in the toctree"


def test_index_lists_nothing_else() -> None:
    listed = set(re.findall(r"</notebooks/(\w+)>`", INDEX))
    assert listed == {path.stem for path in NOTEBOOKS}
