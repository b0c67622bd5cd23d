"""``<tokenizerslangcontent>`` and ``<inferencesnippet>``: one tab for each programming language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component
from albert_docs_pkg.sphinxext.tab_sets import tab, tab_set

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_LANGUAGES = {"python": "Python", "rust": "Rust", "node": "Node", "js": "JavaScript", "curl": "cURL"}
_BLOCKS = {"tokenizerslangcontent": ("python", "rust", "node"), "inferencesnippet": ("python", "js", "curl")}


def setup_code_tabs(app: Sphinx) -> None:
    """Register the tags; language tags have a meaning only inside of theirs."""
    for block in _BLOCKS:
        SYNTAX.add_component(Component(block, "db_code_tabs"), render_code_tabs)
    for language in _LANGUAGES:
        parents = tuple(block for block, languages in _BLOCKS.items() if language in languages)
        SYNTAX.add_component(Component(language, "db_code_tab", parents=parents), render_stray_tab)


def render_code_tabs(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A tab set of the group ``code``; a language is chosen for all pages at once.

    Node tree::

        <container design_component="tab-set">
            <container design_component="tab-item">
                <rubric sync_group="code" sync_id="Python">
                <container design_component="tab-content">
    """
    tabs = tab_set(renderer, token)
    renderer.current_node.append(tabs)
    for child in token.children:
        if child.type == "db_code_tab":
            with tab(renderer, tabs, _LANGUAGES[child.meta["name"]], "code", child):
                renderer.render_children(child)
            continue
        if child.type != "db_warning":
            message = f"content outside of the languages of <{token.meta['name']}>; doc-builder would drop it"
            renderer.warn(message, "component", token_line(child, 0))
        renderer.render_one(child)
    if not tabs.children:
        tabs.parent.remove(tabs)


def render_stray_tab(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A language that is nested deeper than it should be: its content is shown."""
    renderer.render_children(token)
