"""``<Tip>``, ``<Added>``, ``<Changed>`` and ``<Deprecated>``: admonitions and version notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import _

from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_CHANGES = {
    "Added": ("versionadded", "Added in version %s"),
    "Changed": ("versionchanged", "Changed in version %s"),
    "Deprecated": ("deprecated", "Deprecated since version %s"),
}


def setup_admonitions(app: Sphinx) -> None:
    """Register the four tags."""
    SYNTAX.add_component(Component("Tip", "db_tip"), render_tip)
    for name in _CHANGES:
        SYNTAX.add_component(Component(name, "db_version", inline=True), render_version)


def render_tip(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """``<Tip>`` and ``<Tip warning={true}>``.

    Node tree::

        <tip> or <warning>
            body
    """
    attributes = token.meta["attributes"]
    warning = attributes.get("warning", False)
    if warning not in (True, False):
        renderer.warn(f"<Tip warning={{{warning}}}>: expected true or false", "component", token_line(token, 0))
        warning = bool(warning)
    node: nodes.Element = nodes.warning() if warning else nodes.tip()
    if attributes.get("title"):
        title = str(attributes["title"])
        node = nodes.admonition("", nodes.title(title, title), classes=["warning" if warning else "tip"])
    renderer.fill(node, token)


def render_version(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """``<Added version="1.0">`` and its relatives, with or without a body.

    Node tree::

        <versionmodified type="versionadded">
            <paragraph>
                <inline> Added in version 1.0
            body
    """
    kind, label = _CHANGES[token.meta["name"]]
    version = str(token.meta["attributes"].get("version", "") or "")
    if not version:
        renderer.warn(f"<{token.meta['name']}> has no version", "component", token_line(token, 0))
        version = "?"
    node = addnodes.versionmodified(type=kind, version=version)
    text = _(label) % version + (":" if token.children else ".")
    mark = nodes.inline("", text, classes=["versionmodified", kind.removeprefix("version")])
    if token.meta["inline"]:
        renderer.current_node.append(mark)
        return
    node += nodes.paragraph("", "", mark)
    renderer.fill(node, token)
