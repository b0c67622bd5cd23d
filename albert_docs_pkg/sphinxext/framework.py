"""``<frameworkcontent>``: tabs, or, where it holds headings, real sections and a switch that filters the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from albert_docs_pkg.sphinxext.nodes_for_html import ignore
from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component
from albert_docs_pkg.sphinxext.tab_sets import FRAMEWORKS, tab, tab_set

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_NAMES = {"pt": "pt", "tf": "tf", "jax": "jax", "flax": "jax"}


class framework_switch(nodes.General, nodes.Element):
    """A group of radio buttons that shows one framework's sections, or all; absent without JavaScript."""


def setup_framework(app: Sphinx) -> None:
    """Register the tags, the switch, and its script."""
    SYNTAX.add_component(Component("frameworkcontent", "db_frameworkcontent"), render_framework_content)
    for name in _NAMES:
        component = Component(name, "db_framework", parents=("frameworkcontent",))
        SYNTAX.add_component(component, render_stray_framework)
    app.add_node(framework_switch, html=(visit_switch, depart_switch), **ignore())


def render_framework_content(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """Show the framework blocks as tabs or, where one has a heading or an ``[[autodoc]]``, as sections."""
    blocks: dict[str, SyntaxTreeNode] = {}
    for child in token.children:
        if child.type == "db_warning":
            renderer.render_one(child)
            continue
        line = token_line(child, 0) or token_line(token, 0)
        if child.type != "db_framework":
            if child.type != "html_block" or not child.content.lstrip().startswith("<!--"):
                message = "content outside of <pt>, <tf> and <jax>; doc-builder would drop it"
                renderer.warn(message, "framework", line)
            blocks.setdefault(f"other-{line}", child)
            continue
        name = child.meta["name"]
        if name == "flax":
            message = "<flax> is read as <jax>; doc-builder would drop it"
            renderer.warn(message, "framework", line)
        framework = _NAMES[name]
        if framework in blocks:
            message = f"a second <{name}> in one <frameworkcontent>; doc-builder would drop it"
            renderer.warn(message, "framework", line)
            framework = f"{framework}-{line}"
        blocks[framework] = child
    render_blocks(renderer, sorted(blocks.items(), key=lambda item: _rank(item[0])), token)


def render_blocks(
    renderer: DocBuilderRenderer, ordered: list[tuple[str, SyntaxTreeNode]], token: SyntaxTreeNode
) -> None:
    """Show blocks for frameworks (``"pt"``, ``"tf"``, ``"jax"``): as sections where one has headings, else as tabs."""
    if any(_has_sections(block) for _, block in ordered):
        _render_sections(renderer, ordered, token)
    else:
        _render_tabs(renderer, ordered, token)


def add_switch(renderer: DocBuilderRenderer, frameworks: list[str], token: SyntaxTreeNode) -> None:
    """Place a switch between ``frameworks``; all switches of a page act together."""
    switches = renderer.md_env.setdefault("doc_builder_switches", [])
    switches.append(frameworks)
    renderer.place(framework_switch(frameworks=frameworks, number=len(switches)), token)


def place_page_switch(renderer: DocBuilderRenderer) -> None:
    """Repeat the switch below the title of a page whose sections it filters."""
    switches: list[list[str]] = renderer.md_env.get("doc_builder_switches", [])
    title = next(renderer.document.findall(nodes.title), None)
    if not switches or title is None or not isinstance(title.parent, nodes.section):
        return
    for child in list(renderer.document.children):  # courses have it above the title
        if child is title.parent:
            break
        if isinstance(child, framework_switch):
            renderer.document.remove(child)
    section, position = title.parent, title.parent.index(title) + 1
    if position < len(section) and isinstance(section[position], framework_switch):
        return
    frameworks = [key for key in FRAMEWORKS if any(key in names for names in switches)]
    section.insert(position, framework_switch(frameworks=frameworks, number=0))


def render_stray_framework(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A framework block that is not directly inside ``<frameworkcontent>``: shown for its framework."""
    _render_section_block(renderer, _NAMES[token.meta["name"]], token)


def visit_switch(translator: HTML5Translator, node: framework_switch) -> None:
    """Write the switch; the script takes ``hidden`` away."""
    name = f"db-framework-{node['number']}"
    choices = [("all", "All"), *((key, FRAMEWORKS[key]) for key in node["frameworks"])]
    buttons = "".join(
        f'<label class="db-switch-choice"><input type="radio" name="{name}" value="{value}"'
        f"{' checked' if value == 'all' else ''}><span>{label}</span></label>"
        for value, label in choices
    )
    translator.body.append(
        f'<fieldset class="db-framework-switch" hidden><legend>Framework</legend>{buttons}</fieldset>\n'
    )


def depart_switch(translator: HTML5Translator, node: framework_switch) -> None:
    """Nothing is left open."""


def _render_tabs(renderer: DocBuilderRenderer, blocks: list[tuple[str, SyntaxTreeNode]], token: SyntaxTreeNode) -> None:
    tabs = None
    for key, block in blocks:
        framework = key.split("-")[0]
        if framework == "other":
            renderer.render_one(block)
            continue
        if tabs is None:
            tabs = tab_set(renderer, token)
            renderer.current_node.append(tabs)
        with tab(renderer, tabs, FRAMEWORKS[framework], "framework", block):
            renderer.render_children(block)


def _render_sections(
    renderer: DocBuilderRenderer, blocks: list[tuple[str, SyntaxTreeNode]], token: SyntaxTreeNode
) -> None:
    frameworks = [key for key in FRAMEWORKS if any(name.split("-")[0] == key for name, _ in blocks)]
    if frameworks:
        add_switch(renderer, frameworks, token)
    for key, block in blocks:
        framework = key.split("-")[0]
        if framework == "other":
            renderer.render_one(block)
        else:
            _render_section_block(renderer, framework, block)


def _render_section_block(renderer: DocBuilderRenderer, framework: str, block: SyntaxTreeNode) -> None:
    """Render a block in place: its sections are marked by the renderer, the rest goes into a container."""
    classes = ["db-framework", f"db-framework-{framework}"]
    node, levels, outer = renderer.current_node, renderer._level_to_section, renderer.section_classes
    before = len(node.children)
    renderer._level_to_section = dict(levels)
    renderer.section_classes = classes
    renderer.render_children(block)
    renderer.current_node, renderer._level_to_section, renderer.section_classes = node, levels, outer
    loose = [child for child in node.children[before:] if not isinstance(child, nodes.section)]
    if loose:
        container = nodes.container(classes=classes)
        renderer.add_line_and_source_path(container, block)
        position = node.index(loose[0])
        for child in loose:
            node.remove(child)
            container += child
        node.insert(position, container)


def _has_sections(token: SyntaxTreeNode) -> bool:
    return any(child.type in ("heading", "db_autodoc") for child in token.walk())


def _rank(key: str) -> int:
    framework = key.split("-")[0]
    return list(FRAMEWORKS).index(framework) if framework in FRAMEWORKS else -1
