"""Raw HTML: known tags pass through, unknown ones are shown as the text they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.html_links import note_local_files
from albert_docs_pkg.sphinxext.syntax import SYNTAX

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_NAMES = (
    "a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas caption center cite "
    "code col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure font "
    "footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main "
    "map mark menu meta meter nav noscript object ol optgroup option output p param picture pre progress q rp rt "
    "ruby s samp script search section select slot small source span strike strong style sub summary sup svg table "
    "tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr "
    "circle clippath defs ellipse g line lineargradient marker mask path pattern polygon polyline radialgradient rect "
    "stop symbol text tspan use math mi mo mn mrow msup msub mfrac msqrt mtext mtable mtr mtd semantics annotation "
    "foreignobject filter fegaussianblur"
)
KNOWN_TAGS = frozenset(_NAMES.split())
"""Element names of HTML, and the common ones of SVG and MathML; names with a hyphen are custom elements."""

_TAG = re.compile(r"<!--.*?-->|</?(?P<name>[A-Za-z][\w:.-]*)(?=[\s/>]|$)", re.DOTALL)
_FLAGS = {"WRAP CODE BLOCKS": "db-wrap-code", "STRETCH TABLES": "db-stretch-tables"}
_FLAG = re.compile(r"<!--\s*(WRAP CODE BLOCKS|STRETCH TABLES)\s*-->")


def setup_html(app: Sphinx) -> None:
    """Take over both kinds of HTML tokens."""
    SYNTAX.add_renderer("html_block", render_html)
    SYNTAX.add_renderer("html_inline", render_html)


def render_html(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """Pass HTML on, with unknown tags escaped.

    Node tree::

        <raw format="html">
    """
    line = token_line(token, 0)
    renderer.md_env.setdefault("doc_builder_flags", set()).update(_FLAG.findall(token.content))
    parts: list[str] = []
    position = 0
    unknown = False
    for match in _TAG.finditer(token.content):
        name = match.group("name")
        if name is None or name.lower() in KNOWN_TAGS or "-" in name:
            continue
        unknown = True
        at = line + token.content.count("\n", 0, match.start())
        renderer.warn(f"unknown tag {match.group()}>; it is shown as text", "tag", at)
        parts += [token.content[position : match.start()], "&lt;"]
        position = match.start() + 1
    content = "".join([*parts, token.content[position:]])
    if unknown and token.type == "html_inline":
        renderer.place(_as_text(token.content), token)
        return
    raw = nodes.raw("", content, format="html")
    if unknown and token.type == "html_block" and not re.search(r"<[a-z/]", content):
        text = token.content.strip()
        renderer.place(nodes.paragraph(text, "", _as_text(text)), token)
        return
    note_local_files(renderer, raw, line)
    renderer.place(raw, token)


def apply_page_flags(renderer: DocBuilderRenderer) -> None:
    """Mark all code or all tables of a page that asks for it in a comment."""
    flags: set[str] = renderer.md_env.get("doc_builder_flags", set())
    for flag in flags:
        kind = nodes.table if flag == "STRETCH TABLES" else nodes.literal_block
        for node in renderer.document.findall(kind):
            node["classes"].append(_FLAGS[flag])


def _as_text(text: str) -> nodes.inline:
    """What looks like a tag, letter by letter: quotes stay as they are."""
    return nodes.inline(text, text, support_smartquotes=False)
