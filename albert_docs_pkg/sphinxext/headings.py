"""Headings: doc-builder's slugs, ``[[anchor]]`` at the end of a title, and one id each."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.tree import SyntaxTreeNode
from sphinx.application import Sphinx
from sphinx.util.nodes import clean_astext

from albert_docs_pkg.sphinxext.syntax import SYNTAX

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_ANCHOR = re.compile(r"\s*\[\[([^\[\]\s]+)\]\]\s*$")


def setup_headings(app: Sphinx) -> None:
    """Register the rule that takes ``[[anchor]]`` off titles."""
    SYNTAX.add_plugin("headings", headings_plugin)


def headings_plugin(md: MarkdownIt) -> None:
    """Add the core rule; it runs after inline parsing."""
    md.core.ruler.push("doc_builder_anchor", take_anchors)


def take_anchors(state: StateCore) -> None:
    """Move ``[[anchor]]`` from the end of each title to ``meta["anchors"]`` of its heading token."""
    for position, token in enumerate(state.tokens[:-1]):
        if token.type != "heading_open":
            continue
        inline = state.tokens[position + 1]
        anchors: list[str] = []
        while inline.children and inline.children[-1].type == "text":
            last = inline.children[-1]
            match = _ANCHOR.search(last.content)
            if match is None:
                break
            anchors.insert(0, match.group(1))
            last.content = last.content[: match.start()]
            if last.content:
                continue
            inline.children.pop()
        if anchors:
            inline.content = inline.content[: inline.content.rfind("[[")].rstrip()
            token.meta["anchors"] = anchors


def slugify(title: str) -> str:
    """The id that doc-builder gives a heading: letters and digits of any script, with hyphens for spaces.

    Example:
        >>> slugify("Using Scaled Dot-Product Attention (SDPA)")
        'using-scaled-dot-product-attention-sdpa'
        >>> slugify("HF_HOME")
        'hfhome'
    """
    kept = (
        character
        for character in title.strip().lower().replace(" ", "-")
        if character == "-" or unicodedata.category(character)[0] in "LN"
    )
    return "".join(kept)


def add_heading_ids(
    renderer: DocBuilderRenderer, token: SyntaxTreeNode, node: nodes.Element, title_node: nodes.Element
) -> None:
    """Set the ids of a section or rubric: ``[[anchor]]`` first, else the slug, numbered when it is taken.

    Node tree::

        <section ids="anchor">
            <title>
    """
    document = renderer.document
    title = clean_astext(title_node)
    wanted = list(token.meta.get("anchors", ()))
    if not wanted and renderer.scope is None:  # a heading in a docstring must not take the id of one on the page
        wanted = [slugify(title)]
    for anchor in wanted:
        anchor = free_id(anchor, document) if anchor else ""
        if anchor:
            node["ids"].append(anchor)
            document.ids[anchor] = node
    if not node["ids"]:
        document.set_id(node)
    # MyST pages look headings up here
    for anchor in node["ids"]:
        renderer._heading_slugs.setdefault(anchor, (node.line, node["ids"][0], title))


def free_id(wanted: str, document: nodes.document) -> str:
    """``wanted``, or ``wanted-1``, ``wanted-2`` ... when the document has it already."""
    candidate, count = wanted, 0
    counters: dict[str, int] = document.__dict__.setdefault("doc_builder_id_counts", {})
    count = counters.get(wanted, 0)
    while candidate in document.ids:
        count += 1
        candidate = f"{wanted}-{count}"
    counters[wanted] = count
    return candidate
