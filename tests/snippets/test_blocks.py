"""Tests of where blocks are found on pages and in modules, and of what reads like a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.snippets.blocks import Block, find_blocks

FIXTURES = Path(__file__).parent / "fixtures"


def blocks_of(tmp_path: Path, text: str, suffix: str = ".md") -> list[Block]:
    page = tmp_path / f"page{suffix}"
    page.write_text(text, encoding="utf-8")
    return find_blocks(page)


@pytest.mark.parametrize("name", ["every_form.md", "every_form.rst", "every_form_module.txt"])
def test_blocks_of_every_form_are_found_in_order(name: str, tmp_path: Path) -> None:
    """Each fixture's blocks assign 1, 2, 3 ... to ``n`` on the line that their code says; nothing else is found."""
    text = (FIXTURES / name).read_text(encoding="utf-8")
    suffix = ".py" if name.endswith("_module.txt") else Path(name).suffix
    blocks = blocks_of(tmp_path, text, suffix)
    assert [block.fault for block in blocks] == [None] * len(blocks)
    assert [block.source.split("n = ")[1].split()[0] for block in blocks] == [str(i + 1) for i in range(len(blocks))]
    assert len(blocks) == text.count("n = ") - text.count("not a block: n = ")
    lines = text.splitlines()
    for block in blocks:
        assert block.source.splitlines()[0].strip() in lines[block.code_line - 1]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("```python\nx = 1\n", 1, "not closed before the page ends"),
        ("```python\nx = 1\n\ntext\n\n```python\ny = 1\n```\n", 1, "another one opens on line 6"),
        ("- item\n\n  ```python\n  x = 1\n\nAfter the list.\n", 3, "text it is indented in ends on line 6"),
        ("> ```python\n> x = 1\n\nAfter the quote.\n", 1, "quote ends on line 3"),
        ("~~~py\nx = 1\n```\n", 1, "not closed"),
        ("````py\nx = 1\n```\n", 1, "not closed"),
        ("```text\nnot Python\n", 1, "not closed"),
        ("<!-- snippet: skip -->\n\n```py\nx = 1\n```\n", 1, "skip because REASON"),
        ("<!-- snippet: slip because it is slow -->\n\n```py\nx = 1\n```\n", 1, "skip because REASON"),
        ("<!-- snippet: skip because it is slow -->\n\nSome text.\n", 1, "no Python block follows"),
        ("<!-- snippet: skip because it is slow -->\n\n```bash\nls\n```\n", 1, "no Python block follows"),
        ("```py\n>>> 1 / 0  # doctest: +SKIP\n```\n", 1, "gives no reason"),
    ],
)
def test_mistakes_become_faults_with_their_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    faults = [block for block in blocks_of(tmp_path, text) if block.fault]
    assert [block.line for block in faults] == [line]
    assert says in str(faults[0].fault)


def test_marker_belongs_to_the_next_block_only(tmp_path: Path) -> None:
    text = "<!-- snippet: skip because it needs\nthe network -->\n\n```py\na\n```\n\n```py\nb\n```\n"
    assert [block.skip for block in blocks_of(tmp_path, text)] == ["it needs the network", None]
    text = ".. snippet: cuda only because it times a GPU\n\n.. code-block:: py\n\n   a\n\n>>> b\n"
    assert [block.cuda_only for block in blocks_of(tmp_path, text, ".rst")] == ["it times a GPU", None]


def test_directive_options_are_not_code(tmp_path: Path) -> None:
    rest = ".. code-block:: python\n   :caption: c\n   :linenos:\n\n   x = 1\n"
    assert blocks_of(tmp_path, rest, ".rst") == [Block(1, 5, "x = 1\n")]
    markdown = "```{code-block} python\n:caption: c\n\nx = 1\n```\n"
    assert blocks_of(tmp_path, markdown) == [Block(1, 4, "x = 1\n")]


def test_indentation_of_docstrings_is_removed(tmp_path: Path) -> None:
    module = 'def f():\n    """Say so.\n\n    Example:\n        >>> if True:\n        ...     f()\n    """\n'
    assert blocks_of(tmp_path, module, ".py") == [Block(5, 5, ">>> if True:\n...     f()\n")]


def test_digest_changes_with_the_code_and_not_with_the_place(tmp_path: Path) -> None:
    (first,) = blocks_of(tmp_path, "```py\nx = 1\n```\n")
    (moved,) = blocks_of(tmp_path, "Text.\n\n- item\n\n  ```py\n  x = 1\n  ```\n")
    (changed,) = blocks_of(tmp_path, "```py\nx = 2\n```\n")
    assert first.digest == moved.digest != changed.digest


@settings(deadline=None)
@given(st.text(alphabet="`~>-.: \n\tabpy{}<!-", max_size=120), st.sampled_from([".md", ".rst"]))
def test_any_text_is_read_without_an_exception(
    tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str
) -> None:
    page = tmp_path_factory.getbasetemp() / f"any{suffix}"
    page.write_text(text, encoding="utf-8", newline="")
    count = len(text.splitlines())
    assert all(1 <= block.line <= block.code_line <= count for block in find_blocks(page))


def test_block_knows_the_framework_whose_tags_it_stands_between(tmp_path: Path) -> None:
    page = tmp_path / "page.mdx"
    fence = "```py\nx = 1\n```\n"
    parts = ["`<pt>`\n", fence, "<frameworkcontent>\n<pt>\n", fence, "</pt>\n<tf>", fence, "</tf><jax>\n"]
    page.write_text("\n".join([*parts, fence, fence, "</jax>\n</frameworkcontent>\n", fence]), encoding="utf-8")
    assert [block.framework for block in find_blocks(page)] == [None, "pt", "tf", "jax", "jax", None]
