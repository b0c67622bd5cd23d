"""The pages of notebooks in a small Sphinx project: outputs, records, texts of images, downloads, warnings."""

from __future__ import annotations

import base64
import json
from io import StringIO
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from notebooks.execute import RECORD, digest

PIXEL = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
).decode()
CONFIGURATION = """\
import os
from pathlib import Path
import pypandoc
os.environ["PATH"] = os.pathsep.join([str(Path(pypandoc.get_pandoc_path()).parent), os.environ["PATH"]])
extensions = ["nbsphinx", "notebooks.executed_pages"]
exclude_patterns = ["_build"]
nbsphinx_execute = "never"
nbsphinx_requirejs_path = ""
nbsphinx_widgets_path = ""
"""
NO_COPY = "page.ipynb was not executed, so its page has no outputs: run `make notebooks` or `make html`"
OLD_COPY = (
    "page.ipynb has changed since it was executed, so its page has no outputs: run `make notebooks` or `make html`"
)


def make_project(folder: Path) -> Path:
    (folder / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "index.rst").write_text("Index\n=====\n\n.. toctree::\n\n   page\n", encoding="utf-8")
    cells = [
        new_markdown_cell("# A title"),
        new_code_cell("print(6 * 7)"),
        new_code_cell("plt.show()", metadata={"alt": "A line chart of nothing."}),
    ]
    (folder / "page.ipynb").write_text(nbformat.writes(new_notebook(cells=cells)), encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A project whose notebook ran, its page and the warnings."""
    project = make_project(tmp_path_factory.mktemp("built"))
    execute(project)
    return project, *build(project)


def execute(project: Path, answer: str = "42\n") -> None:
    """Put an executed copy where the step would."""
    notebook = nbformat.read(project / "page.ipynb", as_version=4)
    notebook.cells[1].outputs = [new_output("stream", name="stdout", text=answer)]
    image = new_output("display_data", {"image/png": PIXEL, "text/plain": "<Figure>"})
    image.metadata = {"image/png": {"width": 600, "height": 400}}
    notebook.cells[2].outputs = [image]
    for count, cell in enumerate(notebook.cells[1:], start=1):
        cell.execution_count = count
    notebook.metadata[RECORD] = {
        "digest": digest((project / "page.ipynb").read_bytes()),
        "device": "cpu",
        "date": "2026-01-02",
        "seconds": 17.4,
        "versions": {"python": "3.11.7", "jax": "0.10", "tensorflow": "2.21"},
    }
    (project / "_build" / "notebooks").mkdir(parents=True, exist_ok=True)
    (project / "_build" / "notebooks" / "page.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")


def build(project: Path) -> tuple[str, str]:
    """Build the project; return the page and the warnings."""
    warnings = StringIO()
    output = project / "_build" / "html"
    with patch_docutils(str(project)), docutils_namespace():
        app = Sphinx(project, project, output, project / "_build" / "doctrees", "html", None, None, warnings)
        app.build()
    return (output / "page.html").read_text(encoding="utf-8"), warnings.getvalue()


def test_page_shows_what_the_executed_copy_printed_and_drew(built: tuple[Path, str, str]) -> None:
    _, page, warnings = built
    assert warnings == ""
    assert "<pre>\n42\n</pre>" in page
    assert page.count("<img") >= 1
    assert 'alt="A line chart of nothing."' in page
    assert "600" in page
    assert "400px" not in page


def test_page_says_where_and_how_long_it_ran(built: tuple[Path, str, str]) -> None:
    _, page, _ = built
    text = " ".join(page.split())
    assert "ran on a CPU on 2026-01-02 and took 17 seconds, with Python 3.11.7, TensorFlow 2.21." in text


def test_page_offers_the_stored_notebook(built: tuple[Path, str, str]) -> None:
    project, page, _ = built
    (offered,) = (project / "_build" / "html" / "_downloads").rglob("page.ipynb")
    assert offered.read_bytes() == (project / "page.ipynb").read_bytes()
    assert offered.relative_to(project / "_build" / "html").as_posix() in page
    assert "Download this notebook" in page


def test_notebook_that_did_not_run_is_a_warning_that_says_what_to_do(project: Path) -> None:
    page, warnings = build(project)
    assert NO_COPY in warnings
    assert "[notebooks.not_executed]" in warnings
    assert "print" in page
    assert "ran on" not in page
    assert "Download this notebook" in page


def test_notebook_that_changed_since_it_ran_is_a_warning_and_shows_no_old_output(project: Path) -> None:
    execute(project)
    stored = json.loads((project / "page.ipynb").read_text(encoding="utf-8"))
    stored["cells"][1]["source"] = "print(6 * 8)"
    (project / "page.ipynb").write_text(json.dumps(stored), encoding="utf-8")
    page, warnings = build(project)
    assert OLD_COPY in warnings
    assert "<pre>\n42\n</pre>" not in page


def test_page_is_read_again_when_its_notebook_ran_again(project: Path) -> None:
    assert NO_COPY in build(project)[1]
    execute(project)
    page, warnings = build(project)
    assert warnings == ""
    assert "<pre>\n42\n</pre>" in page
    execute(project, "43\n")
    assert "<pre>\n43\n</pre>" in build(project)[0]
