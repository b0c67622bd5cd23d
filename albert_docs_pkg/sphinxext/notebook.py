"""Turns a doc-builder page into a Jupyter notebook: a cell for each Python fence, the text between them as Markdown."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from albert_docs_pkg.sphinxext.runnable import displayed, is_runnable
from albert_docs_pkg.sphinxext.syntax import SYNTAX
from albert_docs_pkg.sphinxext.tab_sets import FRAMEWORKS
from albert_docs_pkg.sphinxext.tags import scan

_PYTHON = {"py", "python", "pycon", "python3"}
_DROP = re.compile(r"\s*\[\[open-in-colab\]\]\s*$")
_ANCHOR = re.compile(r"^(#+ .*?)\s*(?:\[\[[^\]]+\]\])+\s*$")
_REFERENCE = re.compile(r"\[`~?([^`]+)`\](?![(\[:])")
_YOUTUBE = re.compile(r'<Youtube id="([\w-]+)"\s*/>')
_LABELS = {**{key: f"**{label}**" for key, label in FRAMEWORKS.items()}, "flax": "**JAX**", "Tip": "**Tip**"}


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook.

    Args:
        kind: ``"markdown"`` or ``"code"``.
        source: Its text.
        output: What the page shows as the result of the code, or ``""``.
    """

    kind: str
    source: str
    output: str = ""


def page_to_notebook(text: str, md: MarkdownIt, first: Sequence[Cell] = ()) -> str:
    """A notebook (nbformat 4.5, JSON) with the content of a page; the same page gives the same bytes.

    Args:
        text: The source of the page.
        md: A parser from :func:`~albert_docs_pkg.sphinxext.parser.create_parser`.
        first: Cells to begin with.
    """
    cells = [_as_json(cell, number) for number, cell in enumerate([*first, *page_cells(text, md)])]
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _name_alone(token: Token) -> str:
    return f"`{token.meta['name']}`"


def page_cells(text: str, md: MarkdownIt, describe: Callable[[Token], str] = _name_alone) -> Iterator[Cell]:
    """The cells of a page: Markdown is split at headings, ``>>>`` blocks lose their prompts.

    Args:
        text: The source of the page.
        md: A parser from :func:`~albert_docs_pkg.sphinxext.parser.create_parser`.
        describe: What stands in the place of an ``[[autodoc]]`` token.
    """
    lines = text.split("\n")
    tags = _tag_lines(text)
    position = 0
    for token in md.parse(text, {}):
        if not token.map:
            continue
        begin, end = token.map
        if token.type == "db_autodoc":
            tags[begin] = f"{tags[begin]}\n\n{describe(token)}" if begin in tags else describe(token)
            tags.update(dict.fromkeys(range(begin + 1, end), ""))
        elif token.type == "front_matter" and begin == 0:
            position = end
        elif token.type == "heading_open" and begin >= position:
            yield from _markdown(lines, position, begin, tags)
            position = begin
        elif _is_python(token) and begin >= position:
            yield from _markdown(lines, position, begin, tags)
            yield _code(token)
            position = end
    yield from _markdown(lines, position, len(lines), tags)


def _is_python(token: Token) -> bool:
    words = token.info.replace("{", " ").replace("}", " ").split() if token.type == "fence" else []
    return bool(words) and words[0] in _PYTHON and "out" not in words[1:]


def _code(token: Token) -> Cell:
    content = displayed(token.content) if is_runnable(token.info) else token.content
    content = content.rstrip("\n")
    if not re.search(r"^>>> ?", content, re.MULTILINE):
        return Cell("code", content)
    source: list[str] = []
    output: list[str] = []
    for line in content.split("\n"):
        if line.startswith((">>> ", "... ")) or line in (">>>", "..."):
            if output and line.startswith(">>>"):
                source += [f"# {row}".rstrip() for row in output if row.strip()]
                output = []
            source.append(re.sub(r"\s*#\s*doctest:\s*[+-].*$", "", line[4:]))
        else:
            output.append(line)
    return Cell("code", "\n".join(source), "\n".join(output).strip("\n"))


def _markdown(lines: list[str], begin: int, end: int, tags: dict[int, str]) -> Iterator[Cell]:
    kept: list[str] = []
    for number in range(begin, end):
        line = tags.get(number, lines[number])
        if _DROP.match(line):
            continue
        line = _ANCHOR.sub(r"\1", line)
        line = _YOUTUBE.sub(r"[Video](https://www.youtube.com/watch?v=\1)", line)
        kept.append(_REFERENCE.sub(r"`\1`", line))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    text = re.sub(r"<!--.*?-->\n*", "", text, flags=re.DOTALL).strip()
    if text:
        yield Cell("markdown", text)


def _tag_lines(text: str) -> dict[int, str]:
    """Lines of components, without their tags; those of frameworks and tips keep a word in bold."""
    index = scan(text, SYNTAX.components)
    starts = index.line_starts
    ends = [*(start - 1 for start in starts[1:]), len(text)]
    cuts: dict[int, list[tuple[int, int, str]]] = {}

    def cut(begin: int, end: int, label: str) -> None:
        for line in range(index.line(begin), index.line(max(end - 1, begin)) + 1):
            left, right = max(begin, starts[line]), min(end, ends[line])
            cuts.setdefault(line, []).append((left, right, label))
            label = ""

    for pair in index.pairs.values():
        label = _LABELS.get(pair.tag.name, "")
        if pair.tag.name == "hfoption":
            label = f"**{pair.tag.text('id')}**"
        cut(pair.tag.start, pair.tag.end, f"{label}\n\n" if label else "")
        if pair.end > pair.body_end:
            cut(pair.body_end, pair.end, "")
    for tag in index.voids.values():
        if tag.name == "PipelineTag":
            cut(tag.start, tag.end, f"**{tag.text('pipeline')}**")
        elif tag.name != "Youtube":
            cut(tag.start, tag.end, "")
    result = {}
    for line, parts in cuts.items():
        text_of_line, position = "", starts[line]
        for begin, end, label in sorted(parts):
            text_of_line += text[position:begin] + label
            position = max(position, end)
        result[line] = text_of_line + text[position : ends[line]]
    return result


def _as_json(cell: Cell, number: int) -> dict[str, object]:
    digest = hashlib.sha1(f"{number}:{cell.source}".encode(), usedforsecurity=False).hexdigest()[:8]
    common = {"id": digest, "metadata": {}, "source": _lines(cell.source)}
    if cell.kind == "markdown":
        return {"cell_type": "markdown", **common}
    outputs = []
    if cell.output:
        outputs = [{"name": "stdout", "output_type": "stream", "text": _lines(cell.output)}]
    return {"cell_type": "code", "execution_count": None, "outputs": outputs, **common}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
