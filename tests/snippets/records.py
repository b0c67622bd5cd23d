"""Keeps ``_build/snippets.json``: for every block what became of it, where, with which versions and how long it took.

The file is ``{"blocks": [record, ...]}``, sorted by page and line; the keys of a record are those of :class:`Record`.
A run of a few pages replaces the records of what it ran and leaves the others, except those of blocks that changed
since: the digest of a record's code says so.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from tests.snippets.blocks import find_blocks

_VERSIONED = {"torch": "torch", "tensorflow": "tensorflow", "jax": "jax", "flax": "flax", "numpy": "numpy"}


class Record(TypedDict):
    """What became of one block: ``status`` is ``"passed"``, ``"failed"`` or ``"skipped"`` (with a ``reason``)."""

    page: str
    line: int
    language: str
    status: str
    reason: str | None
    device: str
    seconds: float
    versions: dict[str, str]
    digest: str


def read_records(path: Path) -> list[Record]:
    """Return the stored records; none if the file is missing or not readable as such a file."""
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["blocks"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write_records(path: Path, new: Iterable[Record], root: Path) -> None:
    """Merge ``new`` into the stored records, drop what no page shows any more, and replace the file in one step."""
    merged = {(record["page"], record["line"]): record for record in [*read_records(path), *new]}
    shown = {page: _shown(root / page) for page in {page for page, _ in merged}}
    kept = [record for (page, line), record in sorted(merged.items()) if (line, record["digest"]) in shown[page]]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps({"blocks": kept}, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def loaded_versions() -> dict[str, str]:
    """Return the version of Python and of each framework that something has imported by now."""
    versions = {"python": platform.python_version()}
    for module, distribution in _VERSIONED.items():
        if module in sys.modules:
            versions[module] = str(getattr(sys.modules[module], "__version__", None) or _installed(distribution))
    return versions


def _shown(page: Path) -> set[tuple[int, str]]:
    return {(block.line, block.digest) for block in find_blocks(page)} if page.is_file() else set()


def _installed(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
