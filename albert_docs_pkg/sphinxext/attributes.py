"""Reads a component's opening tag: attributes in quotes, in braces (Svelte literals), or bare."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[A-Za-z][\w-]*")
_ATTRIBUTE = re.compile(r"[A-Za-z_][\w:-]*")
_SPACE = re.compile(r"[ \t\r\n]*")
_TAG_END = re.compile(r"/>(?=[ \t]*(?:\n|\Z))|</?(?P<name>[A-Za-z][\w-]*)|\n[ \t]*\n")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True)
class Tag:
    """One tag of a page.

    Args:
        name: The tag name.
        start: Where its ``<`` stands in the text.
        end: The position after its ``>``.
        closing: Whether it is ``</name>``.
        self_closing: Whether it ends in ``/>``.
        attributes: Values as Python literals; an attribute without value is ``True``, an expression that is no
            literal is an :class:`Expression`.
    """

    name: str
    start: int
    end: int
    closing: bool = False
    self_closing: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """The attribute ``name`` as text, or ``default`` when the tag does not have it."""
        value = self.attributes.get(name, default)
        return value if isinstance(value, str) else str(value)


class Expression(str):
    """The source of a Svelte expression that is not a literal; it is shown or reported, never evaluated."""

    __slots__ = ()


def read_tag(text: str, start: int, components: Container[str]) -> Tag | None:
    """Read the tag that begins at ``text[start]``, or return ``None`` when there is no complete one.

    A tag ends before a blank line and before the next component's ``<``, so a page full of unclosed tags is
    still read in one pass. Where the attributes of a tag without body cannot be read, for example because a quote is
    missing, it ends at the next ``/>`` that ends a line, without attributes.

    Example:
        >>> read_tag('<Tip warning={true}>', 0, {"Tip"}).attributes
        {'warning': True}
        >>> read_tag('<Youtube id="a"/> more', 0, {"Youtube"}).self_closing
        True
    """
    closing = text.startswith("</", start)
    match = _NAME.match(text, start + 1 + closing)
    if not match or match.group() not in components:
        return None
    tag = _read_attributes(text, start, match, closing, components)
    has_body = closing or not isinstance(components, Mapping) or components[match.group()].body != "none"
    return tag if tag or has_body else _end_of_broken_tag(text, start, match, components)


def _read_attributes(
    text: str, start: int, match: re.Match[str], closing: bool, components: Container[str]
) -> Tag | None:
    position = match.end()
    attributes: dict[str, Any] = {}
    limit = len(text)
    while True:
        gap = _SPACE.match(text, position)
        assert gap is not None
        if _BLANK_LINE.search(gap.group()):
            return None
        spaced, position = gap.end() > position, gap.end()
        if position >= limit:
            return None
        if text.startswith("/>", position):
            return Tag(match.group(), start, position + 2, closing, not closing, attributes)
        if text[position] == ">":
            return Tag(match.group(), start, position + 1, closing, False, attributes)
        if text[position] == "}":  # seen on real pages: <Tip warning={true}}>
            position += 1
            continue
        name = _ATTRIBUTE.match(text, position)
        if name is None or not spaced:
            if text[position] != "{":
                return None
            end = _closing_brace(text, position, components)  # Svelte shorthand: {fw}
            if end is None:
                return None
            source = text[position + 1 : end - 1].strip()
            attributes[source] = Expression(source)
            position = end
            continue
        position = name.end()
        if not text.startswith("=", position):
            attributes[name.group()] = True
            continue
        value_end = _value_end(text, position + 1, components)
        if value_end is None:
            return None
        attributes[name.group()] = _value(text[position + 1 : value_end])
        position = value_end


def _end_of_broken_tag(text: str, start: int, name: re.Match[str], components: Container[str]) -> Tag | None:
    for mark in _TAG_END.finditer(text, name.end()):
        if mark.group() == "/>":
            return Tag(name.group(), start, mark.end(), self_closing=True)
        if not mark["name"] or mark["name"] in components:
            return None
    return None


def literal(source: str) -> Any:
    r"""Read a JavaScript literal: numbers, strings, ``true``, ``null``, arrays, and objects with bare keys.

    Anything else comes back as an :class:`Expression`. Nothing is evaluated.

    Example:
        >>> literal("[{text: 'No', explain: \"It isn't\"}]")
        [{'text': 'No', 'explain': "It isn't"}]
    """
    try:
        return json.loads(_as_json(source))
    except (ValueError, RecursionError):
        return Expression(source.strip())


_JS_TOKEN = re.compile(
    r"""
    (?P<double>"(?:[^"\\]|\\.)*")
    | (?P<single>'(?:[^'\\]|\\.)*')
    | (?P<template>`(?:[^`\\]|\\.)*`)
    | (?P<word>[A-Za-z_$][\w$]*)
    | (?P<other>[\s{}\[\]:,]|-?\d[\d.eE+-]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LITERAL_WORDS = {"true": "true", "false": "false", "null": "null", "undefined": "null"}


def _as_json(source: str) -> str:
    """Rewrite a JavaScript literal as JSON: quotes, bare keys, and trailing commas."""
    parts: list[str] = []
    position = 0
    while position < len(source):
        match = _JS_TOKEN.match(source, position)
        if match is None:
            raise ValueError(f"not a literal at {source[position : position + 10]!r}")
        position = match.end()
        token = match.group()
        if match.lastgroup in ("double", "single", "template"):
            if match.lastgroup == "template" and "${" in token:
                raise ValueError("a template with an expression")
            parts.append(json.dumps(_text(token)))
        elif match.lastgroup == "word":
            follows = source[position:].lstrip()[:1] if len(source) < 64 else _next_character(source, position)
            if follows == ":":
                parts.append(json.dumps(token))
            elif token in _LITERAL_WORDS:
                parts.append(_LITERAL_WORDS[token])
            else:
                raise ValueError(f"a name: {token}")
        elif token in "}]":
            while parts and (parts[-1].isspace() or parts[-1] == ","):
                parts.pop()
            parts.append(token)
        else:
            parts.append(token)
    return "".join(parts)


def _text(token: str) -> str:
    """The value of a JavaScript string; JSON's strings are a part of them."""
    if token[0] == '"':
        try:
            return str(json.loads(token, strict=False))
        except ValueError:
            pass  # it has escapes that only JavaScript knows
    return _ESCAPE.sub(_unescape, token[1:-1])


def _unescape(match: re.Match[str]) -> str:
    escape = match.group(1)
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}.get(escape, escape)


def _next_character(source: str, position: int) -> str:
    gap = _SPACE.match(source, position)
    assert gap is not None
    return source[gap.end() : gap.end() + 1]


def _value(source: str) -> Any:
    if source[:1] == "{":
        return literal(source[1:-1])
    if source[:1] in "\"'" and source:
        inner = source[1:-1]
        # <Tip warning="{true}"> is a string to HTML and an expression to Svelte; pages mean the expression
        if inner[:1] == "{" and inner[-1:] == "}":
            return literal(inner[1:-1])
        return inner
    return source


def _value_end(text: str, position: int, components: Container[str]) -> int | None:
    first = text[position : position + 1]
    if first in ("'", '"'):
        end = text.find(first, position + 1)
        if end < 0 or _BLANK_LINE.search(text, position, end):
            return None
        return end + 1
    if first == "{":
        return _closing_brace(text, position, components)
    bare = re.compile(r"[^\s\"'=<>`{}]+").match(text, position)
    if bare is None:
        return None
    # an unquoted value may not swallow the slash of "/>"
    end = bare.end()
    return end - 1 if text.startswith("/>", end - 1) else end


_BRACE_STOP = re.compile(r"[{}\"'`<]")


def _closing_brace(text: str, position: int, components: Container[str]) -> int | None:
    depth = 0
    while True:
        stop = _BRACE_STOP.search(text, position)
        if stop is None:
            return None
        position, character = stop.end(), stop.group()
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return position
        elif character == "<":
            name = _NAME.match(text, position + text.startswith("/", position))
            if name and name.group() in components:
                return None
        else:
            string = re.compile(rf"(?:[^{character}\\]|\\.)*{character}", re.DOTALL).match(text, position)
            if string is None:
                return None
            position = string.end()
