"""``<hfoptions id="...">`` with its ``<hfoption id="...">``: tabs that agree across pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component
from albert_docs_pkg.sphinxext.tab_sets import tab, tab_set

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer


def setup_hfoptions(app: Sphinx) -> None:
    """Register the two tags."""
    SYNTAX.add_component(Component("hfoptions", "db_hfoptions"), render_options)
    SYNTAX.add_component(Component("hfoption", "db_hfoption", parents=("hfoptions",)), render_stray_option)


def render_options(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A tab set; the ids of options are their labels, as in doc-builder.

    Node tree::

        <container design_component="tab-set">
            <container design_component="tab-item">
                <rubric sync_group="the id of hfoptions" sync_id="the id of hfoption">
                <container design_component="tab-content">
    """
    group = _id(renderer, token)
    tabs = tab_set(renderer, token)
    renderer.current_node.append(tabs)
    seen: set[str] = set()
    for child in token.children:
        if child.type != "db_hfoption":
            line = token_line(child, 0)
            if child.type != "db_warning":
                renderer.warn("content outside of <hfoption>; doc-builder would drop it", "component", line)
            renderer.render_one(child)
            continue
        label = _id(renderer, child)
        if label in seen:
            renderer.warn(f"a second <hfoption id={label!r}> in one group", "component", token_line(child, 0))
        seen.add(label)
        with tab(renderer, tabs, label, group, child):
            renderer.render_children(child)
    if not tabs.children:
        tabs.parent.remove(tabs)


def render_stray_option(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """An option that is not directly inside ``<hfoptions>``: its content is shown."""
    renderer.warn("<hfoption> outside of <hfoptions>", "component", token_line(token, 0))
    renderer.render_children(token)


def _id(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> str:
    value = token.meta["attributes"].get("id")
    if not isinstance(value, str) or not value.strip():
        renderer.warn(f"<{token.meta['name']}> has no id", "component", token_line(token, 0))
        return "option"
    return value.strip()
