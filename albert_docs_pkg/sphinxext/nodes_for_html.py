"""What builders other than HTML do with nodes that only HTML can show."""

from __future__ import annotations

from typing import Any

from docutils import nodes

BUILDERS = ("latex", "text", "man", "texinfo")


def ignore() -> dict[str, Any]:
    """Visitors for ``app.add_node`` that leave a node out of all builders but HTML."""
    return dict.fromkeys(BUILDERS, (_skip, None))


def passthrough() -> dict[str, Any]:
    """Visitors for ``app.add_node`` that show only a node's children in all builders but HTML."""
    return dict.fromkeys(BUILDERS, (_nothing, _nothing))


def as_paragraph() -> dict[str, Any]:
    """Visitors for ``app.add_node`` that show a text node as a paragraph in all builders but HTML."""
    return dict.fromkeys(BUILDERS, (_visit_paragraph, _depart_paragraph))


def _visit_paragraph(translator: Any, node: nodes.Element) -> None:
    translator.visit_paragraph(node)


def _depart_paragraph(translator: Any, node: nodes.Element) -> None:
    translator.depart_paragraph(node)


def _skip(translator: Any, node: nodes.Element) -> None:
    raise nodes.SkipNode


def _nothing(translator: Any, node: nodes.Element) -> None:
    """The children are visited; the node itself writes nothing."""
