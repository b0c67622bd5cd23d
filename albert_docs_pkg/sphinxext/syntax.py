"""The registry that ties constructs together: tags, markdown-it rules, and one render function per token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

Plugin = Callable[["MarkdownIt"], None]
Render = Callable[["DocBuilderRenderer", "SyntaxTreeNode"], None]


@dataclass(frozen=True)
class Component:
    """A tag that doc-builder gives a meaning, such as ``<Tip>``.

    Args:
        name: The tag name as it is written on a page; case matters.
        token: The token type that the tag becomes.
        body: ``"markdown"`` (parsed), ``"raw"`` (kept as text) or ``"none"`` (the tag has no body).
        parents: Tags inside which alone the name has a meaning; empty means everywhere.
        inline: Whether the tag may also stand inside a line of text.
    """

    name: str
    token: str
    body: str = "markdown"
    parents: tuple[str, ...] = ()
    inline: bool = False


@dataclass
class Syntax:
    """All constructs of one process: filled by the ``setup_...`` functions, read by parser and renderer."""

    components: dict[str, Component] = field(default_factory=dict)
    plugins: dict[str, Plugin] = field(default_factory=dict)
    renderers: dict[str, Render] = field(default_factory=dict)

    def add_component(self, component: Component, render: Render | None = None) -> None:
        """Give the tag ``component.name`` a meaning, and its token a render function."""
        self.components[component.name] = component
        if render is not None:
            self.renderers[component.token] = render

    def add_plugin(self, name: str, plugin: Plugin) -> None:
        """Add markdown-it rules; a plugin of the same name is replaced, so that setup may run twice."""
        self.plugins[name] = plugin

    def add_renderer(self, token: str, render: Render) -> None:
        """Turn tokens of the type ``token`` into nodes with ``render``."""
        self.renderers[token] = render


SYNTAX = Syntax()


def warning_token(push: Callable[..., Any], line: int, subtype: str, message: str) -> None:
    """Leave a warning in the token stream, where it shares the line numbers of what it is about.

    Args:
        push: The ``push`` method of a markdown-it block or inline state.
        line: The zero-based line; ignored for inline tokens, which inherit theirs.
        subtype: What to silence the warning with: ``suppress_warnings = ["doc_builder.<subtype>"]``.
        message: The sentence to show.
    """
    token = push("db_warning", "", 0)
    token.map = [line, line + 1]
    token.meta = {"subtype": subtype, "message": message}
