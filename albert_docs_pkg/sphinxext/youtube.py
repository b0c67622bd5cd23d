"""``<Youtube id="..."/>``: a video in HTML, a link elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from albert_docs_pkg.sphinxext.nodes_for_html import passthrough
from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_ID = re.compile(r"[\w-]+\Z")


class youtube_video(nodes.General, nodes.Element):
    """A paragraph with a link, which HTML replaces by a frame."""


def setup_youtube(app: Sphinx) -> None:
    """Register tag and node."""
    SYNTAX.add_component(Component("Youtube", "db_youtube", body="none", inline=True), render_youtube)
    app.add_node(youtube_video, html=(visit_video, None), **passthrough())


def render_youtube(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A video.

    Node tree::

        <youtube_video id="...">
            <paragraph>
                Video:
                <reference refuri="https://www.youtube.com/watch?v=...">
    """
    identifier = str(token.meta["attributes"].get("id", ""))
    if not _ID.match(identifier):
        renderer.warn(f"<Youtube id={identifier!r}>: this is no video id", "component", token_line(token, 0))
        return
    address = f"https://www.youtube.com/watch?v={identifier}"
    link = nodes.reference("", address, refuri=address, internal=False)
    if token.meta["inline"]:
        renderer.place(link, token)
        return
    renderer.place(youtube_video("", nodes.paragraph("", "Video: ", link), video=identifier), token)


def visit_video(translator: HTML5Translator, node: youtube_video) -> None:
    """Write a frame that sets no cookies and loads when it is scrolled to."""
    translator.body.append(
        f'<iframe class="db-video" src="https://www.youtube-nocookie.com/embed/{node["video"]}" title="Video" '
        'loading="lazy" allowfullscreen></iframe>\n'
    )
    raise nodes.SkipNode
