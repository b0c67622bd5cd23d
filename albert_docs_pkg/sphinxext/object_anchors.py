"""Anchors below each documented object: its parameters, returns, raises, and examples, as doc-builder has them."""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import _

_SECTIONS = {
    "Returns": "returns",
    "Return type": "returns",
    "Yields": "yields",
    "Raises": "raises",
}
_PARAMETERS = ("Parameters", "Keyword Arguments", "Other Parameters", "Variables", "Attributes")


def setup_object_anchors(app: Sphinx) -> None:
    """Run on every page, of whatever format, before its anchors are collected."""
    app.connect("doctree-read", add_object_anchors, priority=100)


def add_object_anchors(app: Sphinx, document: nodes.document) -> None:
    """Give ids to the parts of each Python object on a page.

    ``package.Class`` itself (also where it is not indexed), ``package.Class.parameter``, ``.returns``, ``.yields``,
    ``.raises``, ``.example``, ``.example-2`` and so on. Parameters without a description lead to the signature.
    """
    for description in list(document.findall(addnodes.desc)):
        if description.get("domain") != "py" or not isinstance(description[0], addnodes.desc_signature):
            continue
        signature = description[0]
        if "fullname" not in signature:
            continue
        module = signature.get("module")
        name = f"{module}.{signature['fullname']}" if module else signature["fullname"]
        _add(document, signature, name)
        content = description[-1]
        for field in _own(content, nodes.field):
            _name_field(document, field, name)
        examples = list(_own(content, (nodes.literal_block, nodes.doctest_block)))
        for number, block in enumerate(examples, 1):
            _add(document, block, f"{name}.example" if number == 1 else f"{name}.example-{number}")
        for parameter in signature.findall(addnodes.desc_parameter):
            for part in parameter.findall(addnodes.desc_sig_name):
                _add(document, signature, f"{name}.{part.astext()}")
                break


def _name_field(document: nodes.document, field: nodes.field, name: str) -> None:
    title = field[0].astext()
    for english, suffix in _SECTIONS.items():
        if title in (english, _(english)):
            _add(document, field[1], f"{name}.{suffix}")
            return
    if "db-parameters" in field["classes"] or title in _PARAMETERS or title in map(_, _PARAMETERS):
        for strong in field[1].findall(addnodes.literal_strong):
            item = strong.parent
            if item is not None and item.index(strong) == 0:
                holder = item.parent if isinstance(item.parent, nodes.list_item) else item
                _add(document, holder, f"{name}.{strong.astext().lstrip('*')}")


def _own(content: nodes.Element, kinds: type | tuple[type, ...]) -> Iterator[nodes.Element]:
    """Descendants of ``content`` that do not belong to an object documented inside of it."""
    for child in content.children:
        if isinstance(child, addnodes.desc) or not isinstance(child, nodes.Element):
            continue
        if isinstance(child, kinds):
            yield child
        else:
            yield from _own(child, kinds)


def _add(document: nodes.document, node: nodes.Element, identifier: str) -> None:
    if identifier not in document.ids:
        document.ids[identifier] = node
        node["ids"].append(identifier)
