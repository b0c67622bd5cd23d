"""Runnable fences (```` ```py runnable:label ````): what readers see of them, and what a test runner runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt

_INFO = re.compile(r"(?:py|python)\b.*?\brunnable(?::(?P<label>[\w.-]+))?(?::(?P<part>\d+))?(?=\s|$)")
_HIDE = re.compile(r"#\s*doc-builder:\s*hide\s*$")
_IGNORE_ASSERT = re.compile(r"[ \t]*#\s*doc-builder:\s*ignore-bare-assert\s*$")
_DECORATOR = re.compile(r"\s*#\s*pytest-decorator:\s*(?P<names>.+?)\s*$")
_BLOCK = re.compile(r"\s*(?:async\s+)?(?:for|if|while|with|elif|else|try|except|finally|def|class)\b")
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True)
class RunnableBlock:
    """A piece of code to run.

    Args:
        label: The name after ``runnable:``, or ``""``.
        code: The code, with hidden lines.
        line: The one-based line of the page on which the code begins.
        decorators: Dotted names from ``# pytest-decorator:`` lines.
        parts: Pairs of line and code, one for each fence that was joined into this block (``:2``, ``:3`` ...).
    """

    label: str
    code: str
    line: int
    decorators: tuple[str, ...] = ()
    parts: tuple[tuple[int, str], ...] = field(default=())


def is_runnable(info: str) -> bool:
    """Whether a fence with this info string is runnable.

    Example:
        >>> is_runnable("py runnable:load"), is_runnable("python")
        (True, False)
    """
    return _INFO.match(info.strip()) is not None


def displayed(code: str) -> str:
    r"""The code without the lines that are hidden from readers.

    Example:
        >>> displayed("x = 1\nassert x  # doc-builder: hide\nprint(x)")
        'x = 1\nprint(x)'
    """
    lines = code.split("\n")
    shown: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        if _DECORATOR.match(line):
            position += 1
        elif _HIDE.search(line):
            position = _hidden_until(lines, position)
        else:
            shown.append(_IGNORE_ASSERT.sub("", line))
            position += 1
    return "\n".join(shown)


def runnable_blocks(text: str) -> list[RunnableBlock]:
    """All runnable blocks of a page in order, with true line numbers; fences of one label are joined.

    Args:
        text: The source of the page.
    """
    blocks: dict[tuple[str, int], RunnableBlock] = {}
    for token in MarkdownIt("commonmark").disable("code").parse(text):
        if token.type != "fence" or not token.map:
            continue
        match = _INFO.match(token.info.strip())
        if match is None:
            continue
        line, label = token.map[0] + 2, match.group("label") or ""
        names = [name.group("names") for row in token.content.split("\n") if (name := _DECORATOR.match(row))]
        decorators = tuple(name.strip() for group in names for name in group.split(","))
        if label and match.group("part"):
            earlier = next((key for key in reversed(blocks) if key[0] == label), None)
            if earlier is not None:
                block = blocks[earlier]
                parts = (*block.parts, (line, token.content))
                code = block.code + token.content
                blocks[earlier] = RunnableBlock(label, code, block.line, block.decorators + decorators, parts)
                continue
        blocks[label, line] = RunnableBlock(label, token.content, line, decorators, ((line, token.content),))
    return list(blocks.values())


def _hidden_until(lines: list[str], position: int) -> int:
    """The line after a hidden statement: its indented body, or the lines up to its closing bracket."""
    first = lines[position]
    indent = len(first) - len(first.lstrip())
    if _BLOCK.match(first) and _HIDE.sub("", first).rstrip().endswith(":"):
        position += 1
        while position < len(lines):
            line = lines[position]
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            position += 1
        return position
    depth = _depth(_HIDE.sub("", first))
    position += 1
    while depth > 0 and position < len(lines):
        depth += _depth(lines[position])
        position += 1
    return position


_STRING_OR_COMMENT = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#.*")


def _depth(line: str) -> int:
    bare = _STRING_OR_COMMENT.sub("", line)
    return sum(bare.count(mark) for mark in _OPENING) - sum(bare.count(mark) for mark in _CLOSING)
