"""Pages as notebooks, and runnable fences."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from albert_docs_pkg.sphinxext.notebook import Cell, page_cells, page_to_notebook
from albert_docs_pkg.sphinxext.parser import create_parser
from albert_docs_pkg.sphinxext.runnable import displayed, runnable_blocks
from tests.sphinxext.conftest import Build

PAGE = """\
<!-- licence -->

# Ducks [[ducks]]

[[open-in-colab]]

See [`~pond.Duck`] and [`Frog`](url).

<frameworkcontent>
<pt>

```py
>>> duck = Duck()  # doctest: +SKIP
>>> for egg in range(2):
...     print(egg)
0
1
```

</pt>
<tf>
In TensorFlow.
</tf>
</frameworkcontent>

```bash
ls
```

<Tip warning={true}>

```python
x = 1
```

</Tip>

## API

[[autodoc]] Duck
    - hatch

<Youtube id="abc"/>
"""


def cells() -> list[Cell]:
    return list(page_cells(PAGE, create_parser()))


@pytest.mark.usefixtures("build")
def test_a_page_becomes_cells_in_order(build: Build) -> None:
    build({"index.mdx": "# T\n"}, "dummy")
    assert [(cell.kind, cell.source, cell.output) for cell in cells()] == [
        ("markdown", "# Ducks\n\nSee `pond.Duck` and [`Frog`](url).\n\n**PyTorch**", ""),
        ("code", "duck = Duck()\nfor egg in range(2):\n    print(egg)", "0\n1"),
        ("markdown", "**TensorFlow**\n\nIn TensorFlow.\n\n```bash\nls\n```\n\n**Tip**", ""),
        ("code", "x = 1", ""),
        ("markdown", "## API\n\n`Duck`\n\n[Video](https://www.youtube.com/watch?v=abc)", ""),
    ]


def test_notebooks_are_valid_and_written_beside_the_pages(build: Build) -> None:
    page = PAGE.replace("<tf>", "<pt>").replace("</tf>", "</pt>")
    built = build({"index.mdx": "# T\n", "a/page.mdx": page})
    notebook = nbformat.reads(built.text("_notebooks/a/page.ipynb"), as_version=4)
    nbformat.validate(notebook)
    assert 'href="../_notebooks/a/page.ipynb"' in built.text("a/page.html")
    assert page_to_notebook(page, create_parser()) == built.text("_notebooks/a/page.ipynb")
    assert json.loads(built.text("_notebooks/a/page.ipynb"))["nbformat_minor"] == 5


def test_page_for_several_frameworks_is_a_notebook_for_each(build: Build) -> None:
    built = build({"index.mdx": "# T\n", "a/page.mdx": PAGE})
    shown = {}
    for name in ("pytorch", "tensorflow"):
        assert f'href="../_notebooks/a/page.{name}.ipynb"' in built.text("a/page.html")
        notebook = nbformat.reads(built.text(f"_notebooks/a/page.{name}.ipynb"), as_version=4)
        nbformat.validate(notebook)
        shown[name] = "\n".join(cell.source for cell in notebook.cells)
    assert ["duck = Duck()" in shown[name] for name in shown] == [True, False]
    assert ["In TensorFlow." in shown[name] for name in shown] == [False, True]
    assert all("x = 1" in text and "<" not in text for text in shown.values())
    assert not (Path(built.app.outdir) / "_notebooks" / "a" / "page.ipynb").exists()


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("a\nb  # doc-builder: hide\nc", "a\nc"),
        ("a = (  # doc-builder: hide\n    '(',\n)\nc", "c"),
        ("if a:  # doc-builder: hide\n    b\n\n    c\nd", "d"),
        ("  for a in b:  # doc-builder: hide\n      c\n  d", "  d"),
        ("# pytest-decorator: a.b\nx", "x"),
        ("assert a  # doc-builder: ignore-bare-assert", "assert a"),
        ("x = '# doc-builder: hides'", "x = '# doc-builder: hides'"),
    ],
)
def test_hidden_lines_are_not_shown(code: str, shown: str) -> None:
    assert displayed(code) == shown


def test_runnable_blocks_have_labels_lines_decorators_and_continuations() -> None:
    page = (
        "# T\n\n```py runnable:a\nx = 1\n```\n\n- ~~~python runnable:b\n  # pytest-decorator: m.n, o.p\n  y\n  ~~~\n\n"
        "```py runnable:a:2\nprint(x)\n```\n\n```py\nno\n```\n\n```py title runnable\nz\n```\n"
    )
    found = [(block.label, block.line, block.code, block.decorators) for block in runnable_blocks(page)]
    assert found == [
        ("a", 4, "x = 1\nprint(x)\n", ()),
        ("b", 8, "# pytest-decorator: m.n, o.p\ny\n", ("m.n", "o.p")),
        ("", 21, "z\n", ()),
    ]
    assert runnable_blocks(page)[0].parts == ((4, "x = 1\n"), (13, "print(x)\n"))
