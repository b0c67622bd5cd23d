"""Tests of what named blocks leave behind for their page to show."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.snippets.blocks import find_blocks
from tests.snippets.recorded import as_on_a_terminal, record
from tests.snippets.test_plugin import make_project, run_snippets

PAGE = """\
# Page

```py name=count
import sys
print("one\\rtwo")
print("a warning", file=sys.stderr)
```

```py name="echo"
>>> 1 + 1
2
>>> nothing = None
>>> print("three")
t...
>>> 1 / 0
Traceback (most recent call last):
  ...
ZeroDivisionError: division by zero
```

```py
print("not recorded")
```

```py name=plot
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2])
figure, axes = plt.subplots()
```

```py name=after-plot
assert not plt.get_fignums()
```
"""


def recorded_files(project: Path) -> list[str]:
    folder = project / "_build" / "recorded"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose pages ran in two processes, after an earlier run that was interrupted."""
    pages = {
        "docs/page.mdx": PAGE,
        "docs/a/b.md": "```py name=b\nprint('b')\n```\n",
        "docs/c.md": "```py\nx = 1\n```\n",
    }
    project = make_project(tmp_path_factory.mktemp("recorded"), pages)
    left = ["docs/page/gone.txt", "docs/page/plot.7.png", "docs/page/.plot.png.123", "docs/gone/x.txt", "docs/c/d.txt"]
    for name in left:
        path = project / "_build" / "recorded" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old", encoding="utf-8")
    finished = run_snippets(project, "-n", "2", "docs")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return project


def test_only_the_records_of_this_run_are_there(project: Path) -> None:
    assert recorded_files(project) == [
        "docs/a/b/b.txt",
        "docs/page/after-plot.txt",
        "docs/page/count.txt",
        "docs/page/echo.txt",
        "docs/page/plot.2.png",
        "docs/page/plot.png",
        "docs/page/plot.txt",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("count", "two\n"),
        ("echo", "2\nthree\nTraceback (most recent call last):\n  ...\nZeroDivisionError: division by zero\n"),
        ("plot", ""),
    ],
)
def test_record_is_what_the_block_printed(project: Path, name: str, text: str) -> None:
    assert (project / f"_build/recorded/docs/page/{name}.txt").read_text(encoding="utf-8") == text


def test_figures_are_images(project: Path) -> None:
    for path in (project / "_build" / "recorded").rglob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG\r\n")


def test_same_result_leaves_the_files_alone(project: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (project / "_build" / "recorded").rglob("*.*")}
    assert run_snippets(project, "docs").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_failed_block_has_no_record(tmp_path: Path) -> None:
    page = "```py name=x\nprint('fine')\n```\n"
    project = make_project(tmp_path, {"docs/page.md": page})
    assert run_snippets(project, "docs").returncode == 0
    (project / "docs/page.md").write_text(page.replace("'fine'", "'seen'); 1 / 0 #"), encoding="utf-8")
    finished = run_snippets(project, "docs")
    assert finished.returncode == 1
    assert "seen" in finished.stdout
    assert recorded_files(project) == []


@pytest.mark.parametrize(
    ("page", "line", "says"),
    [
        ("```py name=a\n```\n\n```py name=a\n```\n", 4, "the block on line 1 is already named 'a'"),
        ("```py name=../a\n```\n", 1, "the name '../a' of this block must consist of letters"),
        ("```py name=\n```\n", 1, "the name '' of this block must consist of letters"),
        ("```py name=a.2\n```\n", 1, "the name 'a.2' of this block must consist of letters"),
    ],
)
def test_name_that_cannot_be_recorded_is_an_error(tmp_path: Path, page: str, line: int, says: str) -> None:
    path = tmp_path / "page.mdx"
    path.write_text(page, encoding="utf-8")
    faults = [(block.line, block.fault) for block in find_blocks(path) if block.fault]
    assert [found for found, _ in faults] == [line]
    assert says in str(faults[0][1])


def test_new_record_drops_figures_that_are_not_drawn_any_more(tmp_path: Path) -> None:
    for name in ("loss.3.png", "loss-2.png", "other.png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "loss.txt").write_text("1\n", encoding="utf-8")
    os.utime(tmp_path / "loss.txt", (1, 1))
    record(tmp_path, "loss", "1\n")
    assert (tmp_path / "loss.txt").stat().st_mtime > 1  # which tells Sphinx that the page is out of date
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loss-2.png", "loss.txt", "other.png"]


@settings(deadline=None)
@given(st.text(alphabet="ab \r\n\x1b[0m"))
def test_recorded_text_has_no_control_characters_and_stays_as_it_is(printed: str) -> None:
    text = as_on_a_terminal(printed)
    assert "\r" not in text
    assert as_on_a_terminal(text) == text
