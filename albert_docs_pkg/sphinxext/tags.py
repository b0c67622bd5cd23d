"""Finds the components of a page: one pass over the text that skips code and comments and pairs tags."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from albert_docs_pkg.sphinxext.attributes import Tag, read_tag
from albert_docs_pkg.sphinxext.syntax import Component


@dataclass
class Pair:
    """An opening tag with where its body ends.

    Args:
        tag: The opening tag.
        body_end: Where the closing tag's ``<`` stands.
        end: The position after the closing tag.
        implied: Whether the closing tag is missing and the enclosing component's end was taken instead.
    """

    tag: Tag
    body_end: int
    end: int
    implied: bool = False


@dataclass
class TagIndex:
    """Where components begin and end in one text.

    Args:
        pairs: Opening tags that have a body, by position.
        voids: Tags without body, by position.
        unclosed: Positions of opening tags whose end was not found.
        strays: Positions of closing tags that close nothing.
        line_starts: Position of the first character of each line.
    """

    pairs: dict[int, Pair] = field(default_factory=dict)
    voids: dict[int, Tag] = field(default_factory=dict)
    unclosed: dict[int, Tag] = field(default_factory=dict)
    strays: dict[int, Tag] = field(default_factory=dict)
    line_starts: list[int] = field(default_factory=lambda: [0])

    def line(self, position: int) -> int:
        """The zero-based line on which ``position`` stands."""
        return bisect_right(self.line_starts, position) - 1


def tag_index(text: str, components: Mapping[str, Component], env: MutableMapping[str, Any]) -> TagIndex:
    """The index of ``text``, made once per text and kept in the markdown-it environment."""
    cached = env.get("doc_builder_tags")
    if cached is None or cached[0] is not text:
        cached = env["doc_builder_tags"] = (text, scan(text, components))
    index: TagIndex = cached[1]
    return index


def scan(text: str, components: Mapping[str, Component]) -> TagIndex:
    r"""Index the components of ``text`` in one pass.

    Example:
        >>> from albert_docs_pkg.sphinxext.syntax import Component
        >>> tip = {"Tip": Component("Tip", "db_tip")}
        >>> sorted(scan("<Tip>\n`<Tip>`\n</Tip>", tip).pairs)
        [0]
    """
    index = TagIndex()
    index.line_starts.extend(match.end() for match in re.finditer("\n", text))
    stack: list[Tag] = []
    open_names: dict[str, int] = {}
    stop = _stop_pattern(tuple(components))
    position = 0
    absent_runs: dict[int, int] = {}

    def close_until(name: str | None, body_end: int, end: int) -> None:
        while stack:
            tag = stack.pop()
            open_names[tag.name] -= 1
            if name is None:
                index.unclosed[tag.start] = tag
                continue
            implied = tag.name != name
            index.pairs[tag.start] = Pair(tag, body_end, body_end if implied else end, implied)
            if not implied:
                return

    while match := stop.search(text, position):
        position = match.end()
        if match.lastgroup == "fence":
            position = _fence_end(text, match)
        elif match.lastgroup == "comment":
            end = text.find("-->", position)
            position = len(text) if end < 0 else end + 3
        elif match.lastgroup == "ticks":
            position = _code_end(text, match, absent_runs)
        elif match.lastgroup == "tag":
            tag = read_tag(text, match.start(), components)
            if tag is None:
                continue
            component = components[tag.name]
            if component.parents and not any(open_names.get(parent) for parent in component.parents):
                continue
            position = tag.end
            if tag.closing:
                if open_names.get(tag.name):
                    close_until(tag.name, tag.start, tag.end)
                else:
                    index.strays[tag.start] = tag
            elif tag.self_closing or component.body == "none":
                index.voids[tag.start] = tag
            else:
                stack.append(tag)
                open_names[tag.name] = open_names.get(tag.name, 0) + 1
                if component.body == "raw":  # what stands inside is data, not Markdown
                    end = text.find(f"</{tag.name}", position)
                    position = position if end < 0 else end
    close_until(None, len(text), len(text))
    return index


@lru_cache(maxsize=8)
def _stop_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    tags = "|".join(map(re.escape, names)) or "(?!)"
    return re.compile(
        # a fence may stand in a quote or a list item; how deep its indent is does not matter to doc-builder
        r"^(?P<fence>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<marker>`{3,}(?=[^`\n]*$)|~{3,}))"
        r"|(?P<comment><!--)|\\`|(?P<ticks>`+)"
        rf"|(?P<tag></?(?:{tags})(?![\w-]))",
        re.MULTILINE,
    )


def _fence_end(text: str, match: re.Match[str]) -> int:
    marker = match.group("marker")
    closing = re.compile(rf"^[ \t>]*{re.escape(marker[0])}{{{len(marker)},}}[ \t]*$", re.MULTILINE)
    end = closing.search(text, match.end())
    return end.end() if end else len(text)


_PARAGRAPH_END = re.compile(r"\n[ \t>]*\n")


def _code_end(text: str, match: re.Match[str], absent: dict[int, int]) -> int:
    """The end of the inline code that opens at ``match``, or the end of its backticks when nothing closes it."""
    run = match.end() - match.start()
    if absent.get(run, -1) >= match.end():  # looked for before in this paragraph, in vain
        return match.end()
    paragraph = _PARAGRAPH_END.search(text, match.end())
    limit = paragraph.start() if paragraph else len(text)
    closing = re.compile(rf"(?<!`)`{{{run}}}(?!`)").search(text, match.end(), limit)
    if closing:
        return closing.end()
    absent[run] = limit
    return match.end()
