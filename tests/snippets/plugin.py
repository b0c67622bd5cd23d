"""The pytest plugin that collects pages and modules, runs their blocks through Sybil and records what became of them.

``pytest docs README.md albert_docs_pkg`` runs the snippets; ``pytest tests`` collects none of them. Each page has one
namespace, an empty working folder and freshly seeded random numbers, whatever ran before it in the same process.
"""

from __future__ import annotations

import ast
import io
import os
import random
import shutil
import tempfile
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.document import PythonDocument
from sybil.example import NotEvaluated
from sybil.integration.pytest import SybilFile, SybilItem
from sybil.python import import_path

from tests.snippets import recorded
from tests.snippets.blocks import Block, find_blocks, frameworks_shown
from tests.snippets.evaluation import FrameworkNames, run_block
from tests.snippets.records import Record, loaded_versions, write_records

DEVICES = ("auto", "cpu", "cuda")
PAGE_SUFFIXES = (".rst", ".md", ".mdx", ".py")
NOT_PAGES = frozenset({"tests", "examples", "notebooks", "node_modules", "build", "dist", "conf.py", "conftest.py"})
SKIPPED_SHARE = 0.05

_DEVICE = pytest.StashKey[str]()
_RECORDS = pytest.StashKey[list[Record]]()


class ModuleDocument(PythonDocument):
    """A module whose docstrings are read: their blocks start with the public names that the module itself defines."""

    def import_document(self, example: Example) -> None:
        module = import_path(Path(self.path))
        own = {name for node in ast.parse(self.text).body for name in _names_bound_by(node)}
        self.namespace.update({name: getattr(module, name) for name in own if not name.startswith("_")})
        self.pop_evaluator(self.import_document)
        raise NotEvaluated


class PageSybil(Sybil):
    """A Sybil that reads a page or a module of this project."""

    def __init__(self, page: Path, root: Path, device: str) -> None:
        surroundings = _Surroundings(page, root, device)
        super().__init__(
            parsers=[lambda document: _regions(document, root, device)],
            document_types={".py": ModuleDocument},
            setup=surroundings.enter,
            teardown=surroundings.leave,
        )
        self.root = root

    def should_parse(self, path: Path) -> bool:
        return is_page(path, self.root)


def is_page(path: Path, root: Path) -> bool:
    """Tell whether the blocks of this file are snippets: not those of tests, scripts, or hidden and built files."""
    if path.suffix not in PAGE_SUFFIXES or not path.is_relative_to(root):
        return False
    parts = path.relative_to(root).parts
    return parts[0] not in NOT_PAGES and not any(part.startswith((".", "_build")) for part in parts)


def all_pages(root: Path) -> list[Path]:
    """Return every page and module below ``root``, sorted."""
    folders = [folder for folder in root.iterdir() if folder.is_dir() and is_page(folder / "page.md", root)]
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted(path for path in [*found, *root.glob("*")] if path.is_file() and is_page(path, root))


def will_skip(block: Block, device: str) -> str | None:
    """Return why a block does not run on this device, or ``None`` if it runs."""
    return block.skip or (block.cuda_only if device != "cuda" else None)


def resolve_device(wanted: str) -> str:
    """Return ``"cpu"`` or ``"cuda"`` for a value of ``DEVICE``; asking for a GPU that is not there is an error."""
    if wanted not in DEVICES:
        raise pytest.UsageError(f"DEVICE is {wanted!r}; it must be one of {', '.join(DEVICES)}")
    if wanted == "cpu":
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise pytest.UsageError("DEVICE is 'cuda', but PyTorch finds no GPU here; use DEVICE=auto or DEVICE=cpu")
    return "cpu"


# ---------------------------------------------------------------------------------------------------- pytest's hooks


def pytest_configure(config: pytest.Config) -> None:
    wanted = os.environ.get("DEVICE", "auto")
    if wanted not in ("auto", "cpu"):
        resolve_device(wanted)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(config), "snippet-recorder")
    if getattr(config.option, "dist", "no") not in ("no", "loadfile", "loadscope", "each"):
        config.option.dist = "loadfile"  # the blocks of a page follow one another in one process


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SybilFile | None:
    root = parent.config.rootpath
    if not is_page(file_path, root):
        return None
    return SybilFile.from_parent(parent, path=file_path, sybils=[PageSybil(file_path, root, _device(parent.config))])


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Dir | None:
    """Take a package for the folder of modules that it is; pytest would import it as a package of tests."""
    return pytest.Dir.from_parent(parent, path=path) if is_page(path / "page.md", parent.config.rootpath) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the blocks of pages that show TensorFlow or Flax, so that ``-m`` can give each its own processes."""
    shown = {item.path: frozenset[str]() for item in items if isinstance(item, SybilItem)}
    shown = {path: frozenset(frameworks_shown(find_blocks(path))) for path in shown}
    for item in items:
        for name in shown.get(item.path, ()):
            item.add_marker(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if isinstance(item, SybilItem) and report.when == "call":
        block: Block = item.example.parsed
        device = _device(item.config)
        record = Record(
            page=item.path.relative_to(item.config.rootpath).as_posix(),
            line=block.line,
            language=block.language,
            status=report.outcome,
            reason=will_skip(block, device),
            device=device,
            seconds=round(report.duration, 4),
            versions=loaded_versions(),
            digest=block.digest,
        )
        report.user_properties.append(("snippet", record))
    return report


class _Recorder:
    """Gathers the records of all workers in the process that reports, and closes the run with them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.records: list[Record] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.records.extend(value for name, value in report.user_properties if name == "snippet")  # type: ignore[misc]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.records:
            return
        root = self.config.rootpath
        write_records(root / "_build" / "snippets.json", self.records, root)
        recorded.forget_missing_pages(root, all_pages(root))
        if self._share() > SKIPPED_SHARE and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self.records:
            return
        skipped = sum(record["status"] == "skipped" for record in self.records)
        devices = ", ".join(sorted({record["device"] for record in self.records}))
        pages = len({record["page"] for record in self.records})
        terminalreporter.section("snippets")
        terminalreporter.line(
            f"{len(self.records)} blocks of {pages} pages and modules on {devices}, {skipped} of them not run; "
            f"of the whole project {self._share():.1%} cannot run here (limit {SKIPPED_SHARE:.0%})"
        )

    def _share(self) -> float:
        """Return the share of all blocks that cannot run here, whatever part of the project this run covers."""
        root, device = self.config.rootpath, self.records[0]["device"]
        blocks = [block for path in all_pages(root) for block in find_blocks(path)]
        return sum(will_skip(block, device) is not None for block in blocks) / max(1, len(blocks))


def _device(config: pytest.Config) -> str:
    if _DEVICE not in config.stash:
        config.stash[_DEVICE] = resolve_device(os.environ.get("DEVICE", "auto"))
    return config.stash[_DEVICE]


# ------------------------------------------------------------------------------------------------- pages as documents


def _regions(document: Document, root: Path, device: str) -> Iterable[Region]:
    names = FrameworkNames()

    def evaluate(example: Example) -> str | None:
        block: Block = example.parsed
        namespace = names.of(block, example.namespace)
        page = Path(example.path).relative_to(root).as_posix()
        if reason := will_skip(block, device):
            pytest.skip(f"{page}:{block.line}: {reason}")
        if block.name is None:
            return run_block(block, page, example.path, namespace)
        folder, printed = recorded.folder_of(Path(example.path), root), io.StringIO()
        failure = run_block(block, page, example.path, namespace, printed)
        print(printed.getvalue(), end="")  # pytest shows it below a failure
        if failure:
            recorded.forget(folder, [block.name])
        else:
            recorded.record(folder, block.name, printed.getvalue())
        return failure

    starts = [0]
    for line in document.text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for block in find_blocks(Path(document.path)):
        end = min(max(block.end_line, block.line + 1), len(starts)) - 1
        yield Region(starts[block.line - 1], starts[end], block, evaluate)


def _names_bound_by(node: ast.stmt) -> Iterable[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


class _Surroundings:
    """What a page may change around it, put back when the page ends."""

    def __init__(self, page: Path, root: Path, device: str) -> None:
        self.page, self.root, self.device = page, root, device

    def enter(self, namespace: dict[str, Any]) -> None:
        self.came_from = Path.cwd()
        self.folder = Path(tempfile.mkdtemp(prefix="snippets-"))
        self.environment = dict(os.environ)
        os.environ.update(
            HF_HUB_OFFLINE="1",
            HF_HOME=str(self.folder / ".cache"),
            MPLBACKEND="Agg",
            TF_CPP_MIN_LOG_LEVEL="2",
        )
        os.chdir(self.folder)
        recorded.forget_others(recorded.folder_of(self.page, self.root), find_blocks(self.page))
        recorded.draw_into_files()
        _seed(self.device)

    def leave(self, namespace: dict[str, Any]) -> None:
        recorded.close_figures()
        os.chdir(self.came_from)
        os.environ.clear()
        os.environ.update(self.environment)
        shutil.rmtree(self.folder, ignore_errors=True)


def _seed(device: str) -> None:
    """Give every page the same start: seeds, default device and dtype, and how tensors print."""
    import numpy
    import torch

    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None if device == "cpu" else device)  # even "cpu" would slow every call
    torch.set_grad_enabled(True)
    torch.set_printoptions(profile="default")
