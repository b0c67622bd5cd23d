"""GitHub alerts: a quote that begins with ``[!NOTE]``, also with text on that line, in any case, or without ``!``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_KINDS: dict[str, type[nodes.Admonition]] = {
    "note": nodes.note,
    "tip": nodes.tip,
    "important": nodes.important,
    "warning": nodes.warning,
    "caution": nodes.caution,
}
_MARKER = re.compile(rf"\[!?({'|'.join(_KINDS)})\](?![(\[:])[ \t]*\n?", re.IGNORECASE)


def setup_alerts(app: Sphinx) -> None:
    """Register the core rule; it runs between block and inline parsing."""
    SYNTAX.add_plugin("alerts", alerts_plugin)
    SYNTAX.add_renderer("db_alert", render_alert)


def alerts_plugin(md: MarkdownIt) -> None:
    """Add the core rule."""
    md.core.ruler.before("inline", "doc_builder_alert", find_alerts)


def find_alerts(state: StateCore) -> None:
    """Turn quotes that begin with a marker into alerts, and take the marker off their first paragraph."""
    open_quotes: list[Token] = []
    tokens = state.tokens
    dropped: set[int] = set()
    for position, token in enumerate(tokens):
        if token.type == "blockquote_open":
            open_quotes.append(token)
            if position + 2 < len(tokens) and tokens[position + 1].type == "paragraph_open":
                inline = tokens[position + 2]
                match = _MARKER.match(inline.content)
                if match:
                    token.type, token.info = "db_alert_open", match.group(1).lower()
                    inline.content = inline.content[match.end() :]
                    if match.group().endswith("\n") and inline.map:
                        inline.map = [inline.map[0] + 1, inline.map[1]]
                    if not inline.content:
                        dropped.update(range(position + 1, position + 4))
        elif token.type == "blockquote_close" and open_quotes and open_quotes.pop().type == "db_alert_open":
            token.type = "db_alert_close"
    if dropped:
        state.tokens = [token for position, token in enumerate(tokens) if position not in dropped]


def render_alert(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """An admonition.

    Node tree::

        <note>
            body
    """
    renderer.fill(_KINDS[token.info](), token)
