"""Raw HTML blocks that hold headings, or are closed without having been opened: the page around them stays whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX

_BLOCKS = "article|aside|center|details|div|fieldset|figure|footer|form|header|main|nav|section|table"
_TAG = re.compile(rf"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>{_BLOCKS})(?=[\s/>])[^<>]*>", re.DOTALL | re.IGNORECASE)


def setup_html_nesting(app: Sphinx) -> None:
    """Register the core rule."""
    SYNTAX.add_plugin("html_nesting", html_nesting_plugin)


def html_nesting_plugin(md: MarkdownIt) -> None:
    """Add the rule, which runs after inline parsing."""
    md.core.ruler.push("doc_builder_html_nesting", check_nesting)


def check_nesting(state: StateCore) -> None:
    """Mark headings that stand inside of a raw block, and take away end tags that have no beginning.

    A section would begin inside of the block and end behind it, and a lone ``</div>`` would close a part of the theme;
    both tear the page apart. Marked headings have ``meta["nested"]``.
    """
    everything = list(_all(state.tokens))
    open_tags: list[tuple[str, int]] = []
    depth: Counter[str] = Counter()
    pairs: list[tuple[int, int]] = []
    strays: list[tuple[Token, int, re.Match[str]]] = []
    for number, (holder, line) in enumerate(everything):
        if holder.type not in ("html_block", "html_inline"):
            continue
        for tag in _TAG.finditer(holder.content):
            name = (tag["name"] or "").lower()
            if name and not tag["end"]:
                open_tags.append((name, number))
                depth[name] += 1
            elif name and not depth[name]:
                strays.append((holder, line + holder.content.count("\n", 0, tag.start()), tag))
            elif name:
                opened = ""
                while opened != name:
                    opened, begin = open_tags.pop()
                    depth[opened] -= 1
                pairs.append((begin, number))
    _take_out(state, strays)
    pairs.sort(reverse=True)
    reach = -1
    headings = (number for number, (token, _) in enumerate(everything) if token.type == "heading_open")
    next(headings, None)  # the title of the page
    for number in headings:
        while pairs and pairs[-1][0] < number:
            reach = max(reach, pairs.pop()[1])
        if reach > number:
            everything[number][0].meta["nested"] = True


def _take_out(state: StateCore, strays: list[tuple[Token, int, re.Match[str]]]) -> None:
    for holder, line, tag in reversed(strays):
        holder.content = holder.content[: tag.start()] + holder.content[tag.end() :]
        warning = Token("db_warning", "", 0, map=[line, line + 1])
        warning.meta = {"subtype": "tag", "message": f"{tag.group()} closes nothing; it is left out"}
        state.tokens.insert(0, warning)


def _all(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    """All tokens in their order, with the zero-based line on which they or their paragraph begin."""
    for token in tokens:
        line = token.map[0] if token.map else 0
        yield token, line
        for child in token.children or ():
            yield child, line
