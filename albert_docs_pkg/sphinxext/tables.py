r"""Tables that are misread: a ``|`` inside of code ends a cell, and a heading of another width makes no table."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX

_TICKS = re.compile(r"\\.|(`+)", re.DOTALL)
_RULE_LINE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$|\|[ \t]*:?-+:?[ \t]*\|[ \t]*$")


def setup_tables(app: Sphinx) -> None:
    """Register the check."""
    SYNTAX.add_plugin("tables", tables_plugin)


def tables_plugin(md: MarkdownIt) -> None:
    """Add a core rule that runs when blocks are known."""
    md.core.ruler.after("block", "doc_builder_tables", check_tables)


def check_tables(state: StateCore) -> None:
    """Leave a warning before each table that loses a part of itself."""
    checked: list[Token] = []
    place, reported = 0, -1
    for position, token in enumerate(state.tokens):
        if token.type == "table_open":
            place = len(checked)
        if token.type == "inline":
            before = state.tokens[position - 1].type
            line = (token.map or [0])[0]
            if before in ("td_open", "th_open") and line != reported and _is_cut(token.content):
                reported = line
                message = f"a | inside of code ends the cell {token.content.strip()!r}; write \\| for the sign itself"
                checked.insert(place, _warning(token, 0, message))
                place += 1
            elif before == "paragraph_open" and "|" in token.content:
                rows = token.content.split("\n")
                for number, row in enumerate(rows[1:], 1):
                    if "|" in rows[number - 1] and _RULE_LINE.match(row.strip()):
                        message = "no table: its heading has another number of cells than the line below it"
                        checked.insert(len(checked) - 1, _warning(token, number, message))
                        break
        checked.append(token)
    state.tokens = checked


def _is_cut(text: str) -> bool:
    """Whether backticks open code that nothing closes."""
    opened = ""
    for match in _TICKS.finditer(text):
        ticks = match.group(1)
        if ticks and not opened:
            opened = ticks
        elif ticks == opened:
            opened = ""
    return bool(opened)


def _warning(token: Token, line: int, message: str) -> Token:
    first = (token.map or [0])[0] + line
    warning = Token("db_warning", "", 0, map=[first, first + 1])
    warning.meta = {"subtype": "table", "message": message}
    return warning
