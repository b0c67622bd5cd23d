"""Executes the notebooks of this folder and keeps the executed copies, so that nothing unchanged runs twice.

``python -m notebooks.execute`` runs what is new or has changed since it ran: a notebook's own text, a module of the
package that it loads, the bundled data and checkpoint, a version, or the device. An executed copy carries what it
depended on in its metadata. ``_build/notebooks.json`` says of each notebook where it ran, with which versions and how
long that took.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).parents[1]
EXECUTED = ROOT / "_build" / "notebooks"
PACKAGE = ROOT / "albert_docs_pkg"
TIMEOUT = 600  # seconds for a whole notebook: many times what one takes
RECORD = "execution"  # where the metadata of an executed copy tells of its run

_VERSIONED = (
    "numpy",
    "torch",
    "tensorflow",
    "keras",
    "jax",
    "flax",
    "optax",
    "matplotlib",
    "tokenizers",
)
_NOT_READ_BY_NOTEBOOKS = frozenset({"sphinxext", "__pycache__"})
# What nbformat raises for files that are no notebooks, whatever else they are.
_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    nbformat.ValidationError,
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

# Runs after the last cell of a notebook and is taken out again.
_REPORT = """\
import json as _json, sys as _sys, time as _time
print(_json.dumps({{
    "modules": [getattr(module, "__file__", None) for name, module in list(_sys.modules.items())
                if name.split(".")[0] == {package!r}],
    "loaded": [name for name in {versioned!r} if name in _sys.modules],
    "cpu_seconds": _time.process_time(),
}}))
"""


@dataclass(frozen=True)
class Surroundings:
    """What a run depends on besides the notebook.

    Args:
        executed: folder of the executed copies.
        device: ``"cpu"`` or ``"cuda"``.
        package: folder of the package whose modules and data files count.
        timeout: seconds that one notebook may take.
    """

    executed: Path = EXECUTED
    device: str = "cpu"
    package: Path = PACKAGE
    timeout: float = TIMEOUT


def execute_all(
    notebooks: Iterable[Path], surroundings: Surroundings, jobs: int = 1
) -> list[str]:
    """Execute what is new or changed, ``jobs`` at a time; return a description of each failure."""

    async def execute_with_others(path: Path) -> str | None:
        async with places:
            return await _execute(path, surroundings)

    async def gather() -> list[str | None]:
        return await asyncio.gather(*(execute_with_others(path) for path in due))

    paths = list(notebooks)
    due = [path for path in paths if not is_current(path, surroundings)]
    places = asyncio.Semaphore(jobs)
    failures = asyncio.run(gather()) if due else []
    print(
        f"{len(paths)} notebooks on {surroundings.device}: {len(due)} executed, {len(paths) - len(due)} unchanged"
    )
    return [failure for failure in failures if failure]


def digest(text: bytes) -> str:
    """Return the checksum that stands for a file."""
    return hashlib.sha256(text).hexdigest()[:16]


def executed_copy(path: Path, executed: Path) -> NotebookNode | None:
    """Return the executed copy of a notebook, or ``None`` if there is none of its present text."""
    try:
        copy = nbformat.read(executed / path.name, as_version=4)
    except _UNREADABLE:
        return None
    return (
        copy
        if copy.metadata.get(RECORD, {}).get("digest") == digest(path.read_bytes())
        else None
    )


def is_current(path: Path, surroundings: Surroundings) -> bool:
    """Tell whether a notebook ran with the text, the device, the versions and the files that are there now."""
    copy = executed_copy(path, surroundings.executed)
    if copy is None:
        return False
    record = copy.metadata[RECORD]
    return bool(
        record["device"] == surroundings.device
        and record["versions"]
        == _versions(name for name in record["versions"] if name != "python")
        and record["files"] == _digests(record["files"], surroundings.package)
    )


def write_records(notebooks: Iterable[Path], executed: Path, file: Path) -> None:
    """Write what is known of the run of each notebook into one file, for readers of the build folder."""
    records = []
    for path in notebooks:
        if copy := executed_copy(path, executed):
            known = {
                name: value for name, value in copy.metadata[RECORD].items() if name != "files"
            }
            records.append({"notebook": path.name, **known})
    _replace(file, json.dumps({"notebooks": records}, indent=1) + "\n")


# ------------------------------------------------------------------------------------------------------ one notebook


class _ThisPython(KernelSpecManager):
    """Knows one kernel, the Python that runs this, whatever is registered on the machine."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        command.append("--InlineBackend.figure_formats={'retina'}")  # sharp on every screen
        return KernelSpec(argv=command, display_name="Python 3", language="python")


async def _execute(path: Path, surroundings: Surroundings) -> str | None:
    """Run one notebook and keep its executed copy; if that fails, remove the copy and return what went wrong."""
    target = surroundings.executed / path.name
    try:
        text = path.read_bytes()  # once: the file may change while it runs
        notebook = nbformat.reads(text.decode("utf-8"), as_version=4)
        nbformat.validate(notebook)
    except _UNREADABLE as error:
        target.unlink(missing_ok=True)
        return f"{path.name}: not a notebook: {error}"
    report = new_code_cell(
        _REPORT.format(package=surroundings.package.name, versioned=_VERSIONED)
    )
    notebook.cells.append(report)
    started = time.time()
    failure = await _run_cells(notebook, path, surroundings)
    if failure:
        target.unlink(missing_ok=True)
        print(failure, file=sys.stderr, flush=True)
        return failure
    notebook.cells.pop()
    seen = json.loads(report.outputs[-1].text)
    modules = [Path(file) for file in seen["modules"] if file]
    names = [
        file.relative_to(surroundings.package).as_posix()
        for file in modules
        if surroundings.package in file.parents
    ]
    files = _digests([*names, *_data_files(surroundings.package)], surroundings.package)
    for name in files:
        if (surroundings.package / name).stat().st_mtime > started:
            files[name] = "changed while the notebook ran"  # so it runs again next time
    notebook.metadata[RECORD] = {
        "status": "passed",
        "digest": digest(text),
        "device": surroundings.device,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seconds": round(time.time() - started, 1),
        "cpu_seconds": round(seen["cpu_seconds"], 1),
        "versions": _versions(seen["loaded"]),
        "files": files,
    }
    _replace(target, nbformat.writes(notebook) + "\n")
    print(f"{path.name}: {notebook.metadata[RECORD]['seconds']} s", flush=True)
    return None


async def _run_cells(
    notebook: NotebookNode, path: Path, surroundings: Surroundings
) -> str | None:
    """Run the cells in an empty folder and a kernel of their own; return what went wrong, if anything."""
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    place = f"{path.name}: no cell"

    def remember(cell: NotebookNode, cell_index: int) -> None:
        nonlocal place
        place = f"{path.name}: code cell {code_cells.index(cell) + 1}"

    with tempfile.TemporaryDirectory(prefix="notebook-") as folder:
        manager = AsyncKernelManager(
            kernel_spec_manager=_ThisPython(), transport="ipc", ip=str(Path(folder) / "kernel")
        )
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=None,
            resources={"metadata": {"path": folder}},
            on_cell_execute=remember,
        )
        deadline = asyncio.timeout(surroundings.timeout)
        try:
            async with (
                deadline,
                client.async_setup_kernel(
                    env=_environment(Path(folder), surroundings.device), cwd=folder
                ),
            ):
                await _choose_device(client, notebook, surroundings.device)
                for index, cell in enumerate(notebook.cells):
                    await client.async_execute_cell(cell, index)
        except CellExecutionError as error:
            return (
                f"{place}: {error.ename}: {error.evalue}\n{_COLOURS.sub('', error.traceback)}"
            )
        except (TimeoutError, DeadKernelError) as error:
            # nbclient takes a cell that is cancelled for one whose kernel died.
            late = f"the notebook took more than {surroundings.timeout:g} s"
            return f"{place}: {late if deadline.expired() else error}"
        finally:
            if manager.has_kernel:
                await manager.shutdown_kernel(now=True)
    return None


async def _choose_device(client: NotebookClient, notebook: NotebookNode, device: str) -> None:
    """Make PyTorch use the GPU by default, as for snippets; TensorFlow and JAX take the one they see."""
    if device == "cuda" and any(
        re.search(r"\bimport torch\b", cell.source) for cell in notebook.cells
    ):
        cell = new_code_cell("import torch; torch.set_default_device('cuda')")
        await client.async_execute_cell(cell, 0, store_history=False)


def _environment(folder: Path, device: str) -> dict[str, str]:
    """Return the variables of a kernel: no network, nothing of the user's, and no GPU where it is not asked for."""
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment |= {
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(folder / ".cache"),
        "IPYTHONDIR": str(folder / ".ipython"),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONHASHSEED": "0",
        # One core for each notebook: as many run at once as there are cores.
        "OMP_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    }
    if device == "cpu":
        environment |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    return environment


# -------------------------------------------------------------------------------------------------- what a run needs


def _versions(names: Iterable[str]) -> dict[str, str]:
    """Return the installed versions without importing anything."""
    return {"python": platform.python_version(), **{name: _installed(name) for name in names}}


def _installed(name: str) -> str:
    for distribution in (name, f"{name}-cpu"):
        with suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(distribution)
    return "none"


def _data_files(package: Path) -> list[str]:
    """Return the files of the package that are no modules: the bundled data and checkpoint."""
    files = [
        path
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".md")
    ]
    names = [path.relative_to(package) for path in files]
    return [name.as_posix() for name in names if not _NOT_READ_BY_NOTEBOOKS & set(name.parts)]


def _digests(names: Iterable[str], package: Path) -> dict[str, str]:
    paths = {name: package / name for name in sorted(names)}
    return {
        name: digest(path.read_bytes()) if path.is_file() else "none"
        for name, path in paths.items()
    }


def _replace(target: Path, text: str) -> None:
    """Write a file beside its place and move it there, so that what is there is always whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(target)


def main(arguments: list[str] | None = None) -> int:
    """Execute the notebooks of this folder, or those that are named."""
    parser = argparse.ArgumentParser(
        prog="python -m notebooks.execute", description=main.__doc__
    )
    parser.add_argument(
        "notebooks", nargs="*", type=Path, help="notebooks; by default all of this folder"
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error(f"--jobs is {options.jobs}; it must be at least 1")
    for path in options.notebooks:
        if not path.is_file():
            parser.error(f"there is no notebook {path}")
    everything = sorted(Path(__file__).parent.glob("*.ipynb"))
    for copy in EXECUTED.glob("*.ipynb"):
        if copy.name not in {path.name for path in everything}:
            copy.unlink()
    surroundings = Surroundings(device=_device(parser))
    failures = execute_all(options.notebooks or everything, surroundings, options.jobs)
    write_records(everything, EXECUTED, EXECUTED.with_suffix(".json"))
    for failure in failures:
        print(f"FAILED {failure.splitlines()[0]}", file=sys.stderr)
    return 1 if failures else 0


def _device(parser: argparse.ArgumentParser) -> str:
    """Return the device that ``DEVICE`` asks for, by the rule of the snippets."""
    import pytest

    from tests.snippets.plugin import resolve_device

    try:
        return resolve_device(os.environ.get("DEVICE", "auto"))
    except pytest.UsageError as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.exit(main())
