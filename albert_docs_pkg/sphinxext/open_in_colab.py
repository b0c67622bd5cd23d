"""``[[open-in-colab]]``: offers the page as a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.tree import SyntaxTreeNode
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.component_rules import INTERRUPTS
from albert_docs_pkg.sphinxext.syntax import SYNTAX

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer


def setup_open_in_colab(app: Sphinx) -> None:
    """Register the block rule."""
    SYNTAX.add_plugin("open_in_colab", open_in_colab_plugin)
    SYNTAX.add_renderer("db_open_in_colab", render_open_in_colab)


def open_in_colab_plugin(md: MarkdownIt) -> None:
    """Add the block rule; it may interrupt a paragraph."""
    md.block.ruler.before("html_block", "doc_builder_open_in_colab", open_in_colab_block, INTERRUPTS)


def open_in_colab_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line that holds ``[[open-in-colab]]`` alone."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if state.src[start : state.eMarks[start_line]].rstrip() != "[[open-in-colab]]":
        return False
    if not silent:
        token = state.push("db_open_in_colab", "", 0)
        token.map = [start_line, start_line + 1]
        token.block = True
        state.line = start_line + 1
    return True


def render_open_in_colab(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """Not shown yet."""
