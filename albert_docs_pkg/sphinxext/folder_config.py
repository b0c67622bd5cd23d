"""Reads the ``_config.py`` of a doc-builder folder: its literals are taken, nothing in it is run."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from albert_docs_pkg.sphinxext.diagnostics import warn

NAME = "_config.py"


def setup_folder_config(app: Sphinx) -> None:
    """Honour ``disable_toc_check`` before a build begins."""
    app.connect("config-inited", allow_unlisted_pages)


def allow_unlisted_pages(app: Sphinx, config: Config) -> None:
    """With ``disable_toc_check = True``, a page may be missing in ``_toctree.yml``."""
    file = config_file(Path(app.srcdir), config.doc_builder_toctree)
    if file and read_folder_config(file).get("disable_toc_check") is True:
        config.suppress_warnings = [*config.suppress_warnings, "toc.not_included"]


def first_cells(app: Sphinx) -> list[dict[str, str]]:
    """The cells of ``notebook_first_cells``, which all notebooks begin with."""
    file = config_file(Path(app.srcdir), app.config.doc_builder_toctree)
    cells = read_folder_config(file).get("notebook_first_cells", []) if file else []
    good = [
        {"type": str(cell["type"]), "content": cell["content"]}
        for cell in (cells if isinstance(cells, list) else [])
        if isinstance(cell, dict) and cell.get("type") in ("code", "markdown") and isinstance(cell.get("content"), str)
    ]
    if not isinstance(cells, list) or len(good) < len(cells):
        message = 'notebook_first_cells must be a list of {"type": "code" or "markdown", "content": text}'
        warn(message, "toctree", f"{file}:1")
    return good


def config_file(source: Path, toctree: str | None) -> Path | None:
    """The ``_config.py`` beside the navigation, in the source folder, or in the folder above, as in translated docs."""
    folders = [source, source.parent]
    if toctree:
        folders.insert(0, (source / toctree).parent)
    return next((folder / NAME for folder in folders if (folder / NAME).is_file()), None)


def read_folder_config(file: Path) -> dict[str, Any]:
    """The names that a file gives to literals; a value may use a name from above, anything else is passed over.

    Args:
        file: A Python file. One that cannot be parsed is an empty configuration, with a warning.
    """
    try:
        module = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
        warn(f"it cannot be read: {error}", "toctree", f"{file}:{getattr(error, 'lineno', None) or 1}")
        return {}
    names: dict[str, Any] = {}
    for statement in module.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            try:
                if isinstance(target, ast.Name):
                    names[target.id] = _literal(statement.value, names)
            except (ValueError, TypeError, RecursionError):
                continue
    return names


def _literal(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.List | ast.Tuple):
        return [_literal(item, names) for item in node.elts]
    if isinstance(node, ast.Dict) and None not in node.keys:
        keys = (_literal(key, names) for key in node.keys if key is not None)
        return dict(zip(keys, (_literal(value, names) for value in node.values), strict=True))
    return ast.literal_eval(node)
