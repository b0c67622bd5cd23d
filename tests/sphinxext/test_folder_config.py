"""``_config.py`` of a doc-builder folder: literals are used, code is not run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from albert_docs_pkg.sphinxext.folder_config import read_folder_config
from tests.sphinxext.conftest import Build

CONFIG = '''\
# docstyle-ignore
INSTALL_CONTENT = """
# Installation
! pip install pond
"""

notebook_first_cells = [{"type": "code", "content": INSTALL_CONTENT}, {"type": "markdown", "content": "Hello"}]
black_avoid_patterns = {"{processor_class}": "FakeProcessorClass"}
open("/should/not/be/run")
computed = [x for x in range(3)]
pair = a, b = 1, 2
'''


def test_literals_are_read_and_nothing_is_run(tmp_path: Path) -> None:
    file = tmp_path / "_config.py"
    file.write_text(CONFIG)
    read = read_folder_config(file)
    assert read["notebook_first_cells"][0] == {"type": "code", "content": "\n# Installation\n! pip install pond\n"}
    assert read["black_avoid_patterns"] == {"{processor_class}": "FakeProcessorClass"}
    assert set(read) == {"INSTALL_CONTENT", "notebook_first_cells", "black_avoid_patterns"}


@pytest.mark.parametrize("text", ["def (", "\x00", "(" * 5000, ""])
def test_a_broken_file_is_an_empty_configuration(tmp_path: Path, text: str) -> None:
    file = tmp_path / "_config.py"
    file.write_text(text)
    assert read_folder_config(file) == {}


def test_notebooks_begin_with_the_cells_of_the_folder(build: Build) -> None:
    built = build({"index.mdx": "# T\n\n[[open-in-colab]]\n\n```py\nprint(1)\n```\n", "_config.py": CONFIG})
    assert built.warnings == []
    cells = json.loads(built.text("_notebooks/index.ipynb"))["cells"]
    assert [(cell["cell_type"], "".join(cell["source"])) for cell in cells] == [
        ("code", "# Installation\n! pip install pond"),
        ("markdown", "Hello"),
        ("markdown", "# T"),
        ("code", "print(1)"),
    ]


def test_cells_of_another_form_are_reported(build: Build) -> None:
    built = build({"index.mdx": "# T\n\n[[open-in-colab]]\n", "_config.py": "notebook_first_cells = ['x']\n"})
    assert built.warnings == [
        '_config.py:1: WARNING: notebook_first_cells must be a list of {"type": "code" or "markdown", "content": text}'
        " [doc_builder.toctree]"
    ]


def test_pages_may_be_unlisted_where_the_folder_says_so(build: Build) -> None:
    pages = {
        "index.mdx": "# T\n",
        "other.mdx": "# O\n",
        "_toctree.yml": "- local: index\n  title: T\n",
    }
    options = {"doc_builder_toctree": "_toctree.yml", "suppress_warnings": []}
    warnings = build(pages, **options).warnings
    assert len(warnings) == 1
    assert "document isn't included in any toctree" in warnings[0]
    assert build(pages | {"_config.py": "disable_toc_check = True\n", "other.mdx": "# P\n"}, **options).warnings == []
