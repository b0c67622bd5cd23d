"""Indentation by four spaces or more is no code in doc-builder: lists, fences and headings begin there as well."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import list_block as plain_list_block
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX


def setup_indentation(app: Sphinx) -> None:
    """Register both rules."""
    SYNTAX.add_plugin("indentation", indentation_plugin)


def indentation_plugin(md: MarkdownIt) -> None:
    """Replace two of markdown-it's rules, which take deep indentation for code even where that is switched off."""
    md.block.ruler.at("list", list_block, {"alt": ["paragraph", "reference", "blockquote"]})
    md.block.ruler.at("paragraph", paragraph_block)


def list_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A list; its items may all stand deeper than three spaces."""
    if not silent:
        return plain_list_block(state, start_line, end_line, silent)
    outer, state.listIndent = state.listIndent, -1
    try:
        return plain_list_block(state, start_line, end_line, silent)
    finally:
        state.listIndent = outer


def paragraph_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A paragraph; it ends where another block begins, however deep that is indented."""
    ending = state.md.block.ruler.getRules("paragraph")
    outer, state.parentType = state.parentType, "paragraph"
    line = start_line + 1
    while line < min(end_line, state.lineMax) and not state.isEmpty(line):
        # a negative indentation marks a line that a quote has taken already
        if state.sCount[line] >= 0 and any(rule(state, line, end_line, True) for rule in ending):
            break
        line += 1
    content = state.getLines(start_line, line, state.blkIndent, False).strip()
    state.line = line
    state.push("paragraph_open", "p", 1).map = [start_line, line]
    text = state.push("inline", "", 0)
    text.content, text.map, text.children = content, [start_line, line], []
    state.push("paragraph_close", "p", -1)
    state.parentType = outer
    return True


def shallowest(state: StateBlock, begin: int, end: int) -> int:
    """The smallest indentation of the lines that hold something, and at least that of the block around them."""
    depths = [state.sCount[line] for line in range(begin, end) if not state.isEmpty(line)]
    return max(min(depths, default=0), state.blkIndent)
