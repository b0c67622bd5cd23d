"""What builders other than HTML do with nodes that only HTML can show."""

from __future__ import annotations

from typing import Any

from docutils import nodes

BUILDERS = ("latex", "text", "man", "texinfo")


def ignore() -> dict[str, Any]:
    """Visitors for ``app.add_node`` that leave a node out of all builders but HTML."""
    return dict.fromkeys(BUILDERS, (_skip, None))


def _skip(translator: Any, node: nodes.Element) -> None:
    raise nodes.SkipNode
