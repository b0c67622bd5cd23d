"""Turns the tokens of a doc-builder page into docutils nodes, with true line numbers inside paragraphs too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from sphinx.errors import SphinxError

from albert_docs_pkg.sphinxext.diagnostics import warn
from albert_docs_pkg.sphinxext.syntax import SYNTAX


class DocBuilderRenderer(SphinxRenderer):
    """MyST's renderer, with doc-builder's constructs as further render rules.

    The functions that constructs register in :data:`~albert_docs_pkg.sphinxext.syntax.SYNTAX` take precedence over
    MyST's methods of the same token.

    Attributes:
        section_classes: Classes that every section made now receives (the framework it belongs to).
        origin: Where the text comes from when it is not the page itself: a docstring or an included file.
        scope: The module in which the docstring being rendered stands.
    """

    def __init__(self, parser: MarkdownIt) -> None:
        super().__init__(parser)
        rules: dict[str, Any] = self.rules
        for token_type, function in SYNTAX.renderers.items():
            rules[f"render_{token_type}"] = partial(function, self)
        self.section_classes: list[str] = []
        self.origin: str | None = None
        self.scope: str | None = None

    # what constructs call

    def warn(self, message: str, subtype: str, line: int | None) -> None:
        """Report a mistake at ``line`` (one-based) of the page, or of the docstring being rendered."""
        location: object = (self.sphinx_env.docname, line) if self.origin is None else f"{self.origin}:{line or ''}"
        warn(message, subtype, location)

    def place(self, node: nodes.Element, token: SyntaxTreeNode) -> None:
        """Append ``node`` to the current node, with the token's source and line."""
        self.add_line_and_source_path(node, token)
        self.current_node.append(node)

    def fill(self, node: nodes.Element, token: SyntaxTreeNode) -> None:
        """Append ``node`` and render the token's children into it."""
        self.add_line_and_source_path(node, token)
        with self.current_node_context(node, append=True):
            self.render_children(token)

    @contextmanager
    def text_from(self, origin: str, scope: str | None = None) -> Iterator[None]:
        """Blame ``origin`` (``file.py:docstring of name``) for the lines of what is rendered inside.

        Args:
            origin: What stands before the line number in warnings.
            scope: The module whose names a docstring may use.
        """
        outer = self.origin, self.scope, self.document["source"]
        self.origin = self.document["source"] = origin
        self.scope = scope
        try:
            yield
        finally:
            self.origin, self.scope, self.document["source"] = outer

    # what MyST calls

    def create_warning(self, message: str, subtype: Any, **options: Any) -> nodes.system_message | None:
        """MyST's own warnings, with doc-builder's freedom to skip heading levels."""
        kind = subtype if isinstance(subtype, str) else subtype.value
        if kind == "header":
            return None
        if self.origin is None:
            message_node: nodes.system_message | None = super().create_warning(message, subtype, **options)
            return message_node
        from sphinx.util import logging

        logging.getLogger(__name__).warning(
            message, type=options.get("wtype") or "myst", subtype=kind, location=f"{self.origin}:{options.get('line')}"
        )
        return None

    def _render_tokens(self, tokens: list[Token]) -> None:
        for token in tokens:
            if not token.map:
                continue
            token.map = [token.map[0] + 1, token.map[1] + 1]  # docutils counts from one
            line = token.map[0]
            for child in token.children or []:
                child.map = [line, line + 1]
                if child.type in ("softbreak", "hardbreak"):
                    line += 1
                elif child.type == "html_inline":
                    line += child.content.count("\n")
        for node in SyntaxTreeNode(tokens).children:
            self.render_one(node)

    def render_children(self, token: SyntaxTreeNode) -> None:
        """Render the children of a token."""
        for child in token.children or []:
            self.render_one(child)

    def render_one(self, token: SyntaxTreeNode) -> None:
        """Render one token with its children."""
        rule = self.rules.get(f"render_{token.type}")
        if rule is None:
            raise SphinxError(f"no render function for the token {token.type!r}")
        rule(token)

    def _render_finalise(self) -> None:
        from albert_docs_pkg.sphinxext.framework import place_page_switch
        from albert_docs_pkg.sphinxext.html import apply_page_flags

        place_page_switch(self)
        apply_page_flags(self)
        super()._render_finalise()

    def render_heading(self, token: SyntaxTreeNode) -> None:
        """A section, or a mere heading where raw HTML around it would be torn apart."""
        if not token.meta.get("nested"):
            super().render_heading(token)
            return
        holder = nodes.container()
        with self.current_node_context(holder):
            super().render_heading(token)
        self.current_node.extend(holder.children)

    def update_section_level_state(self, section: nodes.section, level: int) -> None:
        """Mark sections with the framework that they are written for."""
        section["classes"].extend(self.section_classes)
        super().update_section_level_state(section, level)

    def generate_heading_target(
        self, token: SyntaxTreeNode, level: int, node: nodes.Element, title_node: nodes.Element
    ) -> None:
        """Give a heading doc-builder's id."""
        from albert_docs_pkg.sphinxext.headings import add_heading_ids
        from albert_docs_pkg.sphinxext.nested_headings import mark_nested_heading

        if isinstance(node, nodes.rubric):
            mark_nested_heading(node, level, listed=self.scope is None)
        add_heading_ids(self, token, node, title_node)

    def render_link_unknown(self, token: SyntaxTreeNode) -> None:
        """Links without a scheme follow doc-builder's rules."""
        from albert_docs_pkg.sphinxext.links import render_page_link

        render_page_link(self, token)

    def render_link_anchor(self, token: SyntaxTreeNode, target: str) -> None:
        """Links into the same page follow doc-builder's rules."""
        from albert_docs_pkg.sphinxext.links import render_page_link

        render_page_link(self, token)


def render_warning(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """Report a mistake that a markdown-it rule found."""
    renderer.warn(token.meta["message"], token.meta["subtype"], token_line(token, 0) or None)
