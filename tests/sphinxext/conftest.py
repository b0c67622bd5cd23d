"""Builds small projects with the extension, and keeps what they print."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docutils import nodes
from sphinx.testing.util import SphinxTestApp

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sphinxext"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Built:
    """A finished build: its application, warnings with paths relative to the source, and the pages it read."""

    app: SphinxTestApp
    warnings: list[str]
    read: list[str]

    def tree(self, docname: str = "index") -> nodes.document:
        """The node tree of a page as it was read."""
        return self.app.env.get_doctree(docname)

    def text(self, path: str = "index.html") -> str:
        """A file of the output folder."""
        return (Path(self.app.outdir) / path).read_text(encoding="utf-8")


Build = Callable[..., Built]


@pytest.fixture(scope="session")
def _pond() -> Iterator[None]:
    """Puts the sample library ``pond`` on the path."""
    library = str(FIXTURES / "library")
    sys.path.insert(0, library)
    yield
    sys.path.remove(library)


@pytest.fixture
def build(tmp_path: Path, _pond: None) -> Build:
    """A function that writes pages (name to text) and builds them; a second call builds again what changed."""

    def run(pages: dict[str, str], builder: str = "html", parallel: int = 0, **options: Any) -> Built:
        source = tmp_path / "source"
        for name, content in pages.items():
            file = source / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.is_file() or file.read_text(encoding="utf-8") != content:
                file.write_text(content, encoding="utf-8")
        (source / "conf.py").touch()
        settings = {
            "extensions": ["albert_docs_pkg.sphinxext"],
            "doc_builder_package": "pond",
            "doc_builder_docstrings": "markdown",
            "html_theme": "basic",
            "suppress_warnings": ["toc.not_included"],
            **options,
        }
        warning = io.StringIO()
        app = SphinxTestApp(
            builder,
            srcdir=source,
            builddir=tmp_path / "build",
            confoverrides=settings,
            warning=warning,
            parallel=parallel,
        )
        read: list[str] = []
        app.connect("source-read", lambda app, docname, content: read.append(docname))
        try:
            app.build()
        finally:
            app.cleanup()
        lines = _COLOUR.sub("", warning.getvalue()).strip().splitlines()
        return Built(app, [line.replace(f"{source}/", "") for line in lines], read)

    return run
