"""Tests of the runner as a whole: small projects with planted mistakes, run by pytest in a process of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WRONG_OUTPUT = "# Page\n\n```python\n>>> 1 + 1\n3\n```\n"
EXCEPTION = "Page\n====\n\n.. code-block:: python\n\n   x = 1\n   x / 0\n"
UNCLOSED_FENCE = "# Page\n\nText.\n\n```python\nx = 1\n"
MODULE = '''\
"""A module."""


def double(x):
    """Double it.

    Example:
        >>> double(2)
        5
    """
    return 2 * x
'''
GOOD = """\
# Page

```python
from pathlib import Path
import os, random, torch

Path("left-behind").write_text("x")
os.environ["LEFT_BEHIND"] = "x"
drawn = random.random()
torch.set_default_dtype(torch.float64)
```

```pycon
>>> sorted(path.name for path in Path.cwd().iterdir())
['left-behind']
>>> drawn
0.8444
>>> torch.rand(2, dtype=torch.float32)
tensor([0.4963, 0.7682], dtype=torch.float32)
```

<!-- snippet: skip because it needs the network -->

```python
raise OSError
```
"""


def make_project(folder: Path, files: dict[str, str]) -> Path:
    (folder / "conftest.py").write_text('pytest_plugins = ("tests.snippets.plugin",)\n', encoding="utf-8")
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "-ra"\n', encoding="utf-8")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run_snippets(project: Path, *arguments: str, device: str = "cpu") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environment |= {"PYTHONPATH": f"{ROOT}{os.pathsep}{project}", "DEVICE": device, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=300)


def records_of(project: Path) -> list[dict[str, object]]:
    return json.loads((project / "_build" / "snippets.json").read_text(encoding="utf-8"))["blocks"]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    files = {
        "docs/wrong.md": WRONG_OUTPUT,
        "docs/exception.rst": EXCEPTION,
        "docs/unclosed.mdx": UNCLOSED_FENCE,
        "docs/good.md": GOOD,
        "docs/good_again.md": GOOD,
        "package/__init__.py": "",
        "package/module.py": MODULE,
    }
    project = make_project(tmp_path_factory.mktemp("planted"), files)
    return project, run_snippets(project, "-n", "2", "--dist", "loadfile", "docs", "package")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("docs/wrong.md:4", "Expected:\n    3\nGot:\n    2"),
        ("docs/exception.rst:7", "ZeroDivisionError: division by zero"),
        ("docs/unclosed.mdx:5", "this fence is not closed before the page ends"),
        ("package/module.py:8", "Expected:\n    5\nGot:\n    4"),
    ],
)
def test_planted_mistake_fails_with_file_and_line(
    planted: tuple[Path, subprocess.CompletedProcess[str]], location: str, says: str
) -> None:
    _, finished = planted
    assert finished.returncode == 1
    assert "4 failed, 4 passed, 2 skipped" in finished.stdout
    assert re.search(rf"^{re.escape(location)}: ", finished.stdout, re.MULTILINE)
    assert says in finished.stdout


def test_pages_leave_nothing_behind(planted: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """The good page stands there twice: its second copy would see the file, the variable or the seeds of the first."""
    project, _ = planted
    passed = [record["page"] for record in records_of(project) if record["status"] == "passed"]
    assert passed == ["docs/good.md"] * 2 + ["docs/good_again.md"] * 2
    assert not list(project.rglob("left-behind"))


def test_records_tell_what_ran(planted: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    project, finished = planted
    records = records_of(project)
    assert [(record["page"], record["line"]) for record in records] == sorted(
        (record["page"], record["line"]) for record in records
    )
    skipped = [record for record in records if record["status"] == "skipped"]
    assert [record["reason"] for record in skipped] == ["it needs the network"] * 2
    ran = next(record for record in records if record["page"] == "docs/wrong.md")
    assert (ran["line"], ran["language"], ran["status"], ran["device"]) == (3, "pycon", "failed", "cpu")
    assert isinstance(ran["seconds"], float)
    assert {"python", "torch"} <= set(ran["versions"])  # type: ignore[call-overload]
    assert "10 blocks of 6 pages and modules on cpu, 2 of them not run" in finished.stdout


def test_partial_run_keeps_the_other_records_and_drops_changed_blocks(tmp_path: Path) -> None:
    fine = "```py\nx = 1\n```\n"
    project = make_project(
        tmp_path, {"docs/a.md": fine, "docs/b.md": fine + "\n```py\ny = 1\n```\n", "docs/c.md": fine}
    )
    assert run_snippets(project, "docs").returncode == 0
    (project / "docs/a.md").write_text("Longer.\n\n" + fine, encoding="utf-8")
    (project / "docs/b.md").write_text(fine + "\n```py\ny = 2\n```\n", encoding="utf-8")
    (project / "docs/c.md").unlink()
    finished = run_snippets(project, "docs/a.md")
    assert finished.returncode == 0
    assert [(record["page"], record["line"]) for record in records_of(project)] == [("docs/a.md", 3), ("docs/b.md", 1)]


def test_too_many_blocks_that_cannot_run_fail_the_run(tmp_path: Path) -> None:
    skipped = "<!-- snippet: skip because of a reason -->\n\n```py\nx = 1\n```\n\n"
    fine = "```py\nx = 1\n```\n\n"
    project = make_project(tmp_path, {"docs/page.md": skipped + 18 * fine})
    finished = run_snippets(project, "docs")
    assert finished.returncode == 1
    assert "5.3% cannot run here (limit 5%)" in finished.stdout
    (project / "docs/page.md").write_text(skipped + 19 * fine, encoding="utf-8")
    finished = run_snippets(project, "docs")
    assert finished.returncode == 0
    assert "19 passed, 1 skipped" in finished.stdout


@pytest.mark.parametrize(
    ("device", "says"), [("gpu", "DEVICE is 'gpu'; it must be one of auto, cpu, cuda"), ("cuda", "finds no GPU here")]
)
def test_device_that_is_not_there_is_an_error(tmp_path: Path, device: str, says: str) -> None:
    if device == "cuda":
        import torch

        if torch.cuda.is_available():
            pytest.skip("there is a GPU here")
    project = make_project(tmp_path, {"docs/page.md": "```py\nx = 1\n```\n"})
    finished = run_snippets(project, "docs", device=device)
    assert finished.returncode == pytest.ExitCode.USAGE_ERROR
    assert says in finished.stdout + finished.stderr


def test_page_is_never_split_over_processes(tmp_path: Path) -> None:
    project = make_project(tmp_path, {"docs/page.md": "```py\nx = 1\n```\n\n" + 3 * "```py\nx += 1\n```\n\n"})
    finished = run_snippets(project, "-n", "2", "--dist", "load", "docs")
    assert "4 passed" in finished.stdout


def test_running_the_tests_collects_no_snippet(tmp_path: Path) -> None:
    files = {"tests/test_one.py": "def test_one():\n    pass\n", "tests/page.md": "```py\n1 / 0\n```\n"}
    project = make_project(tmp_path, files)
    finished = run_snippets(project, "tests")
    assert finished.returncode == 0
    assert "1 passed" in finished.stdout
    assert not (project / "_build").exists()
