"""Packs the example scripts for download: a Sphinx extension that writes ``_build/examples.zip`` before pages are read.

The scripts share modules, so one file alone does not run. Unpacked anywhere beside an installed ``albert_docs_pkg``,
the folder ``examples`` of the archive does.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

EXAMPLES = Path(__file__).resolve().parent
TARGET = Path("_build") / "examples.zip"
SUFFIXES = (".py", ".md", ".json")
_DATE = (2020, 1, 1, 0, 0, 0)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect to the beginning of a build; Sphinx calls this."""
    app.connect("builder-inited", write_archive)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def write_archive(app: Sphinx) -> None:
    """Write the archive where it changed, so that pages with a link to it are not built again in vain."""
    target, content = Path(app.srcdir) / TARGET, pack(EXAMPLES)
    if target.is_file() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(target)


def pack(folder: Path) -> bytes:
    """Return a zip archive of the sources in a folder; the same sources give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.suffix in SUFFIXES and "__pycache__" not in path.parts:
                entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", _DATE)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()
