"""The step that executes notebooks: what it keeps, when it runs again, and what it says of a failure."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from notebooks import execute
from notebooks.execute import RECORD, Surroundings, execute_all, is_current, write_records

GOOD = """\
import os, sys
from pathlib import Path
import tiny
print(tiny.ANSWER)
print(sys.executable, sorted(path.name for path in Path.cwd().iterdir() if not path.name.startswith((".", "kernel"))))
print(os.environ["HF_HUB_OFFLINE"], os.environ["OMP_NUM_THREADS"])
Path("left-behind").write_text("x")
"""


def write_notebook(path: Path, *cells: str) -> Path:
    notebook = new_notebook(cells=[new_markdown_cell("# A title"), *map(new_code_cell, cells)])
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    return path


def make_package(folder: Path) -> Path:
    package = folder / "tiny"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("from tiny.used import ANSWER\n", encoding="utf-8")
    (package / "used.py").write_text("ANSWER = 42\n", encoding="utf-8")
    (package / "unused.py").write_text("", encoding="utf-8")
    (package / "data" / "table.bin").write_bytes(b"1")
    return package


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Surroundings(executed=tmp_path / "executed", package=make_package(tmp_path), timeout=120)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Surroundings]:
    """A notebook and the surroundings it ran in; tests that change either take a copy."""
    folder = tmp_path_factory.mktemp("ran")
    surroundings = Surroundings(executed=folder / "executed", package=make_package(folder), timeout=120)
    path = write_notebook(folder / "good.ipynb", GOOD, "1 + 1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("MPLBACKEND", "nonsense")
        assert execute_all([path], surroundings) == []
    return path, surroundings


def test_executed_copy_has_the_outputs_and_the_stored_notebook_has_none(ran: tuple[Path, Surroundings]) -> None:
    path, surroundings = ran
    copy = nbformat.read(surroundings.executed / path.name, as_version=4)
    _, first, second = copy.cells
    assert (first.execution_count, second.execution_count) == (1, 2)
    assert second.outputs[0].data["text/plain"] == "2"
    stored = nbformat.read(path, as_version=4)
    assert [cell.outputs for cell in stored.cells if cell.cell_type == "code"] == [[], []]


def test_kernel_is_this_python_in_an_empty_folder_without_network(ran: tuple[Path, Surroundings]) -> None:
    path, surroundings = ran
    copy = nbformat.read(surroundings.executed / path.name, as_version=4)
    assert copy.cells[1].outputs[0].text == f"42\n{sys.executable} []\n1 1\n"
    assert not list(path.parent.rglob("left-behind"))


def test_record_tells_where_it_ran_and_what_it_used(ran: tuple[Path, Surroundings]) -> None:
    path, surroundings = ran
    record = nbformat.read(surroundings.executed / path.name, as_version=4).metadata[RECORD]
    assert (record["status"], record["device"]) == ("passed", "cpu")
    assert record["versions"]["python"] == sys.version.split()[0]
    assert record["cpu_seconds"] > 0
    assert record["seconds"] > 0
    assert sorted(record["files"]) == ["__init__.py", "data/table.bin", "used.py"]


def test_records_of_all_notebooks_lie_in_one_file(ran: tuple[Path, Surroundings], tmp_path: Path) -> None:
    path, surroundings = ran
    never_ran = write_notebook(tmp_path / "never.ipynb", "1")
    write_records([path, never_ran], surroundings.executed, tmp_path / "notebooks.json")
    (record,) = json.loads((tmp_path / "notebooks.json").read_text(encoding="utf-8"))["notebooks"]
    assert (record["notebook"], record["status"]) == ("good.ipynb", "passed")
    assert "files" not in record


def test_nothing_unchanged_runs_again(ran: tuple[Path, Surroundings], capsys: pytest.CaptureFixture[str]) -> None:
    path, surroundings = ran
    before = (surroundings.executed / path.name).stat().st_mtime_ns
    assert execute_all([path], surroundings) == []
    assert (surroundings.executed / path.name).stat().st_mtime_ns == before
    assert "0 executed, 1 unchanged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "current"),
    [
        ("good.ipynb", False),
        ("tiny/used.py", False),
        ("tiny/data/table.bin", False),
        ("executed/good.ipynb", False),
        ("tiny/unused.py", True),
    ],
)
def test_change_of_what_it_uses_makes_a_notebook_due(
    ran: tuple[Path, Surroundings], changed: str, current: bool
) -> None:
    path, surroundings = ran
    file = path.parent / changed
    before = file.read_bytes()
    try:
        file.write_bytes(b"#" + before)
        assert is_current(path, surroundings) == current
    finally:
        file.write_bytes(before)
    assert is_current(path, surroundings)


def test_new_data_file_device_or_version_makes_a_notebook_due(
    ran: tuple[Path, Surroundings], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, surroundings = ran
    assert not is_current(path, replace(surroundings, device="cuda"))
    monkeypatch.setattr(execute.platform, "python_version", lambda: "3.99.0")
    assert not is_current(path, surroundings)


def test_notebook_whose_package_changes_while_it_runs_is_due_again(surroundings: Surroundings, tmp_path: Path) -> None:
    source = "import tiny\nfrom pathlib import Path\nPath(tiny.__file__).with_name('used.py').write_text('ANSWER = 43')"
    path = write_notebook(tmp_path / "page.ipynb", source)
    assert execute_all([path], surroundings) == []
    assert not is_current(path, surroundings)


def test_failure_names_notebook_cell_and_traceback_and_stops_nothing_else(
    surroundings: Surroundings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = write_notebook(tmp_path / "bad.ipynb", "x = 1", "def f():\n    return x / 0\nf()", "print('never')")
    good = write_notebook(tmp_path / "good.ipynb", "1")
    surroundings.executed.mkdir()
    (surroundings.executed / "bad.ipynb").write_text("what was there before", encoding="utf-8")
    (failure,) = execute_all([bad, good], surroundings, jobs=2)
    assert failure.startswith("bad.ipynb: code cell 2: ZeroDivisionError: division by zero")
    assert "return x / 0" in failure
    assert "\x1b" not in failure
    assert failure in capsys.readouterr().err
    assert [path.name for path in surroundings.executed.iterdir()] == ["good.ipynb"]


@pytest.mark.parametrize(
    ("source", "timeout", "says"),
    [
        ("import time\ntime.sleep(600)", 12, "code cell 1: the notebook took more than 12 s"),
        ("import os\nos._exit(1)", 60, "code cell 1: Kernel died"),
    ],
)
def test_notebook_that_hangs_or_kills_its_kernel_fails(
    surroundings: Surroundings, tmp_path: Path, source: str, timeout: float, says: str
) -> None:
    path = write_notebook(tmp_path / "page.ipynb", source)
    (failure,) = execute_all([path], replace(surroundings, timeout=timeout))
    assert failure.startswith(f"page.ipynb: {says}")
    assert not (surroundings.executed / "page.ipynb").exists()


@pytest.mark.parametrize("text", ["", "{}", '{"cells": 1, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'])
def test_file_that_is_no_notebook_fails_by_name(surroundings: Surroundings, tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.ipynb"
    path.write_text(text, encoding="utf-8")
    (failure,) = execute_all([path], surroundings)
    assert failure.startswith("page.ipynb: not a notebook: ")


@pytest.mark.parametrize(
    ("arguments", "device", "says"),
    [
        (["--jobs", "0"], "cpu", "--jobs is 0; it must be at least 1"),
        (["nowhere.ipynb"], "cpu", "there is no notebook nowhere.ipynb"),
        ([], "gpu", "DEVICE is 'gpu'; it must be one of auto, cpu, cuda"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_runs(
    arguments: list[str],
    device: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DEVICE", device)
    monkeypatch.setattr(execute, "EXECUTED", tmp_path)
    with pytest.raises(SystemExit) as refused:
        execute.main(arguments)
    assert refused.value.code == 2
    assert says in capsys.readouterr().err
