"""``<Recorded name="..." alt="..."/>``: what a block of the page printed and drew when the snippets last ran."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_FENCE_NAME = re.compile(r"(?:^|\s)name=[\"']?([\w-]+)")
_DOTS_PER_PIXEL = 1.5
"""Images are drawn with 144 dots per inch and shown with the 96 of a web page, so that they are sharp."""


def setup_recorded(app: Sphinx) -> None:
    """Register the tag."""
    SYNTAX.add_component(Component("Recorded", "db_recorded", body="none"), render_recorded)


def render_recorded(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """The text, and the images with ``alt`` as their alternative text; the page depends on both.

    With ``markdown`` the text is rendered as Markdown, so that a block can print a table.

    Node tree::

        <container classes="db-recorded">
            <literal_block language="text">
                epoch 1: loss 2.31
            <image uri="/_build/recorded/page/name.png" alt="...">
    """
    line = token_line(token, 0)
    attributes = token.meta["attributes"]
    name, alternative = attributes.get("name"), str(attributes.get("alt") or "")
    names = _names_on_page(token)
    if name not in names:
        there = f"the page has {', '.join(sorted(names))}" if names else "the page names no block"
        renderer.warn(f'<Recorded name="{name or ""}"/>: no fence has this name; {there}', "recorded", line)
        return
    environment = renderer.sphinx_env
    folder = Path(environment.srcdir, environment.config.doc_builder_recorded, environment.docname)
    text = folder / f"{name}.txt"
    environment.note_dependency(str(text))  # it is written anew with each change of the images too
    if not text.is_file():
        renderer.warn(f'<Recorded name="{name}"/>: nothing is recorded yet; run "make doctest"', "recorded", line)
        return
    printed, images = text.read_text(encoding="utf-8"), _images(folder, str(name))
    if not printed and not images:
        renderer.warn(f'<Recorded name="{name}"/>: the block printed and drew nothing', "recorded", line)
        return
    if images and not alternative:
        renderer.warn(f'<Recorded name="{name}"/>: the block draws, so an alt="..." must say what', "recorded", line)
    container = nodes.container(classes=["db-recorded"])
    renderer.place(container, token)
    with renderer.current_node_context(container):
        if printed and attributes.get("markdown"):
            with renderer.text_from(str(text)):
                renderer.nested_render_text(printed, 0)
        elif printed:
            renderer.place(nodes.literal_block(printed, printed, language="text"), token)
        for image in images:
            environment.note_dependency(str(image))
            uri = Path(os.path.relpath(image, environment.srcdir)).as_posix()
            width = f"{_width(image) / _DOTS_PER_PIXEL:.0f}px"
            renderer.place(nodes.image(uri=f"/{uri}", alt=alternative, width=width), token)


def _names_on_page(token: SyntaxTreeNode) -> set[str]:
    root = token
    while root.parent is not None:
        root = root.parent
    infos = [node.info for node in root.walk(include_self=False) if node.type == "fence"]
    return {match[1] for info in infos if (match := _FENCE_NAME.search(info))}


def _images(folder: Path, name: str) -> list[Path]:
    """The images of a block in the order in which it drew them."""
    found = {1: folder / f"{name}.png"} if (folder / f"{name}.png").is_file() else {}
    for path in folder.glob(f"{name}.*.png"):
        number = path.name[len(name) + 1 : -len(".png")]
        if number.isdigit():
            found[int(number)] = path
    return [found[number] for number in sorted(found)]


def _width(image: Path) -> int:
    """The width of a PNG file in pixels, which its header holds."""
    with image.open("rb") as file:
        header = file.read(24)
    return int(struct.unpack(">I", header[16:20])[0])
