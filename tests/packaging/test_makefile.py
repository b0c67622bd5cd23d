"""Tests of the Makefile's promises in a miniature project: no step twice, no success after a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Stands for python3, for the environment's python, ruff and mypy: writes down what it was asked to do.
RECORDER = """#!/bin/sh
echo "$(basename "$0") $*" >> calls
case "$*" in
  *version_info*) exit "${OLD_PYTHON:-0}";;
  "-m venv "*) mkdir -p "$3/bin"; for name in python ruff mypy; do cp "$0" "$3/bin/$name"; done;;
  "-m sphinx "*) mkdir -p _build/html _build/doctrees; exit "${SPHINX_FAILS:-0}";;
  "-m pytest "*) exit "${PYTEST_FAILS:-0}";;
  "-m notebooks.execute "*) exit "${NOTEBOOKS_FAIL:-0}";;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    files = (
        "pyproject.toml constraints.txt conf.py conftest.py index.rst README.md CONTRIBUTING.md CHANGELOG.md LICENSE"
    )
    files += (
        " CITATION.cff .ci/run .github/workflows/ci.yml docs/page.md albert_docs_pkg/module.py tests/test_module.py"
        " notebooks/page.ipynb"
    )
    for name in files.split():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    python = tmp_path / "python3"
    python.write_text(RECORDER, encoding="utf-8")
    python.chmod(0o755)
    return tmp_path


def make(project: Path, *targets: str, **environment: str) -> tuple[list[str], subprocess.CompletedProcess[str]]:
    """Run make; return the steps it took, as short names, and how it ended."""
    (project / "calls").unlink(missing_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "DEVICE")}
    finished = subprocess.run(
        ["make", f"PYTHON={project}/python3", *targets],
        cwd=project,
        env=inherited | environment,
        capture_output=True,
        text=True,
    )
    calls = (project / "calls").read_text(encoding="utf-8").splitlines() if (project / "calls").exists() else []
    names = {
        "-m venv": "venv",
        "-m pip": "pip",
        " docs ": "snippets",
        "-m notebooks": "notebooks",
        "-m sphinx": "sphinx",
        "-m pytest": "tests",
        "ruff check": "ruff",
        "mypy": "mypy",
    }
    steps = [next((step for key, step in names.items() if key in f"{call} "), "") for call in calls]
    # The snippets run once for each group of frameworks, which is one step.
    return [step for step, _ in groupby(step for step in steps if step)], finished


def age(project: Path) -> None:
    """Make everything a minute older, so that what is touched afterwards is newer."""
    for path in project.rglob("*"):
        if path.is_file():
            os.utime(path, (path.stat().st_atime - 60, path.stat().st_mtime - 60))


def test_site_is_built_once(project: Path) -> None:
    steps, finished = make(project, "html")
    assert steps == ["venv", "pip", "snippets", "notebooks", "sphinx"]
    assert finished.returncode == 0
    assert f"{project}/_build/html/index.html" in finished.stdout
    assert make(project, "html")[0] == []


def test_everything_is_tested_once(project: Path) -> None:
    assert make(project, "test")[0] == ["venv", "pip", "ruff", "mypy", "snippets", "notebooks", "sphinx", "tests"]
    assert make(project, "test")[0] == []
    assert make(project, "html")[0] == []


@pytest.mark.parametrize(
    ("changed", "steps"),
    [
        ("docs/page.md", ["snippets", "sphinx", "tests"]),
        ("albert_docs_pkg/module.py", ["ruff", "mypy", "snippets", "notebooks", "sphinx", "tests"]),
        ("notebooks/page.ipynb", ["ruff", "mypy", "notebooks", "sphinx", "tests"]),
        ("conf.py", ["ruff", "mypy", "sphinx", "tests"]),
        ("tests/test_module.py", ["ruff", "mypy", "tests"]),
        ("constraints.txt", ["pip", "ruff", "mypy", "snippets", "notebooks", "sphinx", "tests"]),
    ],
)
def test_change_repeats_what_depends_on_it(project: Path, changed: str, steps: list[str]) -> None:
    make(project, "test")
    age(project)
    (project / changed).touch()
    assert make(project, "test")[0] == steps


def test_failed_step_is_repeated_and_nothing_after_it_runs(project: Path) -> None:
    steps, finished = make(project, "html", PYTEST_FAILS="1")
    assert steps == ["venv", "pip", "snippets"]
    assert finished.returncode != 0
    assert make(project, "html")[0] == ["snippets", "notebooks", "sphinx"]


def test_site_is_not_built_when_a_notebook_fails(project: Path) -> None:
    steps, finished = make(project, "html", NOTEBOOKS_FAIL="1")
    assert steps == ["venv", "pip", "snippets", "notebooks"]
    assert finished.returncode != 0
    assert make(project, "html")[0] == ["notebooks", "sphinx"]


def test_failed_build_forgets_the_pages_it_read(project: Path) -> None:
    """Sphinx warns of a page only when it reads it: what it kept would make the next build pass."""
    _, finished = make(project, "html", SPHINX_FAILS="1")
    assert finished.returncode != 0
    assert not (project / "_build" / "doctrees").exists()
    assert make(project, "html")[0] == ["sphinx"]


def test_snippets_run_whenever_asked_for(project: Path) -> None:
    assert make(project, "doctest")[0] == ["venv", "pip", "snippets", "notebooks"]
    assert make(project, "doctest", DEVICE="cuda")[0] == ["snippets", "notebooks"]
    assert make(project, "html")[0] == ["sphinx"]


def test_old_python_is_refused_with_advice(project: Path) -> None:
    steps, finished = make(project, "html", OLD_PYTHON="1")
    assert steps == []
    assert finished.returncode != 0
    assert "needs Python 3.11 or newer" in finished.stderr
