"""Builds sphinx-design tab sets: synced by name, remembered, readable one after the other in other builders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from sphinx_design.shared import create_component

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

FRAMEWORKS = {"pt": "PyTorch", "tf": "TensorFlow", "jax": "JAX"}
"""The frameworks of ``<frameworkcontent>``, in the order in which doc-builder shows them."""


def tab_set(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> nodes.container:
    """An empty tab set, placed at the token's line.

    Node tree::

        <container design_component="tab-set">
    """
    node = create_component("tab-set", classes=["sd-tab-set"])
    renderer.add_line_and_source_path(node, token)
    return node


def add_tab(
    renderer: DocBuilderRenderer, tabs: nodes.container, label: str, group: str, token: SyntaxTreeNode
) -> nodes.container:
    """Append a tab and return the container for its content.

    Tabs of one ``group`` with the same label are selected together on every page.

    Node tree::

        <container design_component="tab-item">
            <rubric sync_group= sync_id=>
                label
            <container design_component="tab-content">
    """
    item = create_component("tab-item", classes=["sd-tab-item"], selected=False)
    rubric = nodes.rubric(label, label, classes=["sd-tab-label"], sync_group=group, sync_id=label)
    content = create_component("tab-content", classes=["sd-tab-content"])
    for node in (item, rubric, content):
        renderer.add_line_and_source_path(node, token)
    item += rubric
    item += content
    tabs += item
    return content


@contextmanager
def tab(
    renderer: DocBuilderRenderer, tabs: nodes.container, label: str, group: str, token: SyntaxTreeNode
) -> Iterator[None]:
    """Render into a new tab of ``tabs``."""
    with renderer.current_node_context(add_tab(renderer, tabs, label, group, token)):
        yield
