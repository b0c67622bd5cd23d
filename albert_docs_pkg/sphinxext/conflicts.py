"""Merge-conflict markers that were committed by mistake."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX

_MARKER = re.compile(r"^(<{7}|>{7})(?: .*)?$", re.MULTILINE)


def setup_conflicts(app: Sphinx) -> None:
    """Register the check."""
    SYNTAX.add_plugin("conflicts", conflicts_plugin)


def conflicts_plugin(md: MarkdownIt) -> None:
    """Add a core rule."""
    md.core.ruler.push("doc_builder_conflict", find_conflicts)


def find_conflicts(state: StateCore) -> None:
    """Put a warning at the top of the page for each marker outside of code."""
    markers = [state.src.count("\n", 0, match.start()) for match in _MARKER.finditer(state.src)][:20]
    if not markers:
        return
    code = [
        token.map for token in state.tokens if token.type == "fence" and token.map and not token.meta.get("doctest")
    ]
    for line in markers:
        if any(begin <= line < end for begin, end in code):
            continue
        warning = Token("db_warning", "", 0, map=[line, line + 1])
        warning.meta = {"subtype": "conflict", "message": "a merge-conflict marker"}
        state.tokens.insert(0, warning)
