r"""Math in doc-builder's three spellings: ``$$...$$`` at a line start, ``\\(...\\)``, and ``$...$`` between spaces."""

from __future__ import annotations

import re

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.component_rules import INTERRUPTS
from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer
from albert_docs_pkg.sphinxext.syntax import SYNTAX, warning_token

_BEFORE, _AFTER = " \t\n([", " \t\n.,;:!?)]-"
# a formula may hold escaped dollars and one line break, and neither begins nor ends with a space
_DOLLAR = re.compile(r"\$(?!\s)((?:\\.|[^$\\\n]|\n(?!\n)){1,1000}?)(?<!\s)\$(?!\d)")
_PARENTHESES = re.compile(r"\\\\\((.{1,2000}?)\\\\\)", re.DOTALL)


def setup_math(app: Sphinx) -> None:
    """Register one block rule and two inline rules."""
    SYNTAX.add_plugin("math", math_plugin)
    SYNTAX.add_renderer("db_math", render_math)
    SYNTAX.add_renderer("db_math_block", render_math_block)


def math_plugin(md: MarkdownIt) -> None:
    """Add the rules; those inside a line stand before that for backslash escapes."""
    md.block.ruler.before("fence", "doc_builder_math", math_block, INTERRUPTS)
    md.inline.ruler.before("escape", "doc_builder_math", math_inline)


def math_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``$$`` at the start of a line, up to the next ``$$`` before a blank line ends the paragraph."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith("$$", start):
        return False
    line, begin = start_line, start + 2
    while line < end_line and not (line > start_line and state.isEmpty(line) and _is_over(state, line, start_line)):
        close = state.src.find("$$", begin if line == start_line else state.bMarks[line], state.eMarks[line])
        if close >= 0:
            break
        line += 1
    else:
        if not silent and state.src.find("$$", begin) < 0:
            warning_token(state.push, start_line, "math", "$$ without a second $$; it is shown as text")
        return False
    if state.src[close + 2 : state.eMarks[line]].strip(" \t.,;"):
        return False  # a sentence goes on behind the formula
    if not silent:
        token = state.push("db_math_block", "", 0)
        token.map = [start_line, line + 1]
        token.block = True
        token.content = state.src[begin:close].strip("\n")
        state.line = line + 1
    return True


def math_inline(state: StateInline, silent: bool) -> bool:
    r"""``$x$`` with space or punctuation around it, ``$$x$$`` in a sentence, and ``\\(x\\)``."""
    character = state.src[state.pos]
    if character == "\\":
        match = _PARENTHESES.match(state.src, state.pos)
    elif character == "$" and (state.pos == 0 or state.src[state.pos - 1] in _BEFORE):
        match = _DOLLAR.match(state.src, state.pos)
        if match and match.end() < state.posMax and state.src[match.end()] not in _AFTER:
            match = None
        if match is None and state.src.startswith("$$", state.pos):
            match = re.compile(r"\$\$([^$]{1,1000})\$\$").match(state.src, state.pos)
    else:
        return False
    if match is None:
        return False
    if not silent:
        token = state.push("db_math", "", 0)
        token.content = match.group(1).strip()
    state.pos = match.end()
    return True


def render_math(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """Math in a line.

    Node tree::

        <math>
    """
    renderer.place(nodes.math(token.content, token.content), token)


def render_math_block(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """Math on its own.

    Node tree::

        <math_block>
    """
    text = "\n".join(line.strip() for line in token.content.split("\n") if line.strip())
    renderer.place(nodes.math_block(text, text, nowrap=False, number=None, label=None), token)


def _is_over(state: StateBlock, line: int, start_line: int) -> bool:
    """Blank lines are allowed in a formula that began on a line of its own."""
    return bool(state.src[state.bMarks[start_line] + state.tShift[start_line] + 2 : state.eMarks[start_line]].strip())
