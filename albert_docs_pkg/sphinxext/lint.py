"""Prints the warnings of a folder of pages: they are read and their links resolved, but nothing is written."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

_OWN = re.compile(r"\[doc_builder\.\w+\]$")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SUFFIXES = {".mdx": "doc-builder", ".md": "doc-builder"}


def lint(path: Path, *, package: str = "") -> Iterator[str]:
    """The warnings about a page or about all pages below a folder, as ``file:line: WARNING: message [subtype]``.

    Args:
        path: A file (links to its neighbours are checked too) or a folder.
        package: The package in which names are looked up; without it names and objects are not checked.

    Raises:
        FileNotFoundError: There is nothing at ``path``, or no page below it.
    """
    path = path.resolve()
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such page or folder")
    folder = path if path.is_dir() else path.parent
    pages = sorted(page for suffix in SUFFIXES for page in folder.rglob(f"*{suffix}"))
    if not pages:
        raise FileNotFoundError(f"{folder}: no .mdx or .md page in it")
    warnings = _read(folder, pages, package)
    for line in warnings.splitlines():
        line = _COLOUR.sub("", line)
        if _OWN.search(line) and (path.is_dir() or line.startswith(f"{path}:")):
            yield line


def _read(folder: Path, pages: list[Path], package: str) -> str:
    index = next((page for page in pages if page.stem == "index" and page.parent == folder), pages[0])
    options: dict[str, Any] = {
        "extensions": ["albert_docs_pkg.sphinxext"],
        "source_suffix": SUFFIXES,
        "root_doc": index.relative_to(folder).with_suffix("").as_posix(),
        "doc_builder_package": package,
        "doc_builder_docstrings": "markdown",
        "doc_builder_source_url": "",
        "exclude_patterns": ["_build", "**/node_modules"],
    }
    if (folder / "_toctree.yml").is_file():
        options["doc_builder_toctree"] = "_toctree.yml"
    if not package:
        options["suppress_warnings"] = ["doc_builder.object", "doc_builder.name"]
    stream = io.StringIO()
    with tempfile.TemporaryDirectory() as scratch, patch_docutils(), docutils_namespace():
        app = Sphinx(
            srcdir=folder,
            confdir=None,
            outdir=Path(scratch) / "out",
            doctreedir=Path(scratch) / "doctrees",
            buildername="dummy",
            confoverrides=options,
            status=None,
            warning=stream,
            freshenv=True,
        )
        app.build(force_all=True)
    return stream.getvalue()
