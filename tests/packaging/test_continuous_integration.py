"""Tests of the script that continuous integration runs, with stand-ins for make, the browser and apt-get."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "bin").mkdir()
    for tool in ("bash", "dirname", "basename", "id"):
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def stand_in(project: Path, name: str, status: int = 0) -> None:
    tool = project / "bin" / name
    tool.write_text(f'#!/bin/bash\necho "{name} $* in $PWD"\nexit {status}\n', encoding="utf-8")
    tool.chmod(0o755)


def run(project: Path) -> subprocess.CompletedProcess[str]:
    """Run the script from another folder, with the stand-ins as the only tools."""
    environment = {"PATH": str(project / "bin"), "HOME": os.environ.get("HOME", "/")}
    command = [str(project / ".ci" / "run")]
    return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True)


def test_everything_is_tested_in_the_root_of_the_project(project: Path) -> None:
    stand_in(project, "chromium")
    stand_in(project, "make")
    finished = run(project)
    assert finished.returncode == 0
    assert finished.stdout == f"make test in {project}\n"


def test_failure_is_passed_on(project: Path) -> None:
    stand_in(project, "chromium")
    stand_in(project, "make", status=2)
    assert run(project).returncode == 2


def test_missing_browser_does_not_stop_the_other_tests(project: Path) -> None:
    stand_in(project, "apt-get", status=100)
    stand_in(project, "make")
    finished = run(project)
    assert finished.returncode == 0
    assert "the browser tests will be skipped" in finished.stderr
    assert f"make test in {project}" in finished.stdout
