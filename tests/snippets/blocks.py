"""Finds the Python blocks of a page or a module: where each one is, its code, and what its author said about it.

A page is read line by line, without rendering it, so that no construct around a block can hide it: a fence counts
inside a list, a quote or a ``<hfoption>`` alike. What reads like a mistake (a fence nobody closes, a marker that
marks nothing) becomes a block with a ``fault``, which fails when it is run.
"""

from __future__ import annotations

import ast
import hashlib
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

PYTHON_LANGUAGES = frozenset({"py", "python", "python3", "pycon"})
CODE_DIRECTIVES = frozenset({"code", "code-block", "code-cell", "sourcecode", "doctest"})


@dataclass(frozen=True)
class Block:
    """One Python block: ``line`` is where it opens on the page, ``code_line`` where its code begins (both from 1).

    What a block with a ``name`` prints and draws is kept for the page to show. A block between ``<pt>`` and ``</pt>``
    belongs to that ``framework``.
    """

    line: int
    code_line: int
    source: str
    skip: str | None = None
    cuda_only: str | None = None
    fault: str | None = None
    name: str | None = None
    framework: str | None = None

    @property
    def language(self) -> str:
        return "pycon" if re.search(r"^>>>( |$)", self.source, re.MULTILINE) else "python"

    @property
    def end_line(self) -> int:
        return self.code_line + self.source.count("\n")

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.source.encode("utf-8")).hexdigest()[:16]


_SHOWS = {
    "tensorflow": r"\bTFAlbert|\btensorflow_v1\b|\b(?:import|from) (?:tensorflow|keras)\b"
    r"|albert_docs_pkg\.tensorflow|\"tf\"",
    "flax": r"\bFlaxAlbert|\b(?:import|from) (?:jax|flax|optax)\b|albert_docs_pkg\.flax|\"jax\"",
}


def frameworks_shown(blocks: Iterable[Block]) -> set[str]:
    """Return which of TensorFlow and Flax the blocks of a page load; PyTorch is there for every page."""
    return {name for name, sign in _SHOWS.items() for block in blocks if re.search(sign, block.source)}


def find_blocks(path: Path) -> list[Block]:
    """Return the blocks of a page (``.rst``, ``.md``, ``.mdx``) or of a module's docstrings (``.py``), in order."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        blocks = list(_docstring_blocks(text))
    else:
        lines = list(enumerate(text.splitlines(), start=1))
        blocks = list(_rest_blocks(lines) if path.suffix == ".rst" else _markdown_blocks(lines))
    return list(_with_checked_names(_without_hidden_skips(block) for block in sorted(blocks, key=lambda b: b.line)))


Line = tuple[int, str]

_FENCE = re.compile(r"^(?P<indent>[ \t]*(?:>[ \t]?)*(?:[-*+][ \t]+|\d+[.)][ \t]+)?)(?P<mark>`{3,}|~{3,})(?P<info>.*)$")
_MARKER = re.compile(r"^snippet:\s*(?P<text>.*)$", re.DOTALL)
_MARKER_FORMS = re.compile(r"^(?P<kind>skip|cuda only) because (?P<reason>\S.*)$", re.DOTALL)
_DIRECTIVE = re.compile(r"^(?P<indent>\s*)\.\. (?P<name>[\w-]+)::(?:\s+(?P<argument>.*))?$")
_REST_COMMENT = re.compile(r"^(?P<indent>\s*)\.\.(?:$|\s+(?!_|\[|\||[\w:+.-]+::)(?P<text>.*)$)")
_OPTION = re.compile(r"^\s*:[\w-]+:")
_FRAMEWORK_TAG = re.compile(r"<(?P<closing>/?)(?P<name>pt|tf|jax|flax)>")
_INLINE_CODE = re.compile(r"(`+).+?\1")
_NAME = re.compile(r"(?:^|\s)name=(?P<quote>[\"']?)(?P<name>[^\s\"']*)(?P=quote)(?=\s|$)")
_NAME_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\Z")


# ------------------------------------------------------------------------------------------------------- Markdown


def _markdown_blocks(lines: list[Line]) -> Iterator[Block]:
    marker: Block | None = None
    framework: str | None = None
    position = 0
    while position < len(lines):
        number, text = lines[position]
        if text.lstrip(" \t>").startswith("<!--"):
            comment, position = _html_comment(lines, position)
            if marker and _MARKER.match(comment):
                yield _marks_nothing(marker)
            marker = _read_marker(comment, number) or marker
            continue
        fence = _FENCE.match(text)
        if fence is None or ("`" in fence["mark"] and "`" in fence["info"]):
            if marker and text.strip():
                yield _marks_nothing(marker)
                marker = None
            for tag in _FRAMEWORK_TAG.finditer(_INLINE_CODE.sub("", text)):
                framework = None if tag["closing"] else tag["name"]
            position += 1
            continue
        body, position, fault = _fence_body(lines, position, fence)
        found = [
            replace(block, framework=framework)
            for block in _blocks_of_fence(number, fence["info"].strip(), body, fault)
        ]
        yield from _apply(marker, found)
        marker = None
    if marker:
        yield _marks_nothing(marker)


def _html_comment(lines: list[Line], position: int) -> tuple[str, int]:
    """Return the text of the comment that opens on this line and the position after the line that closes it."""
    collected = []
    text = lines[position][1].split("<!--", 1)[1]
    while "-->" not in text:
        collected.append(text)
        position += 1
        if position == len(lines):
            return "\n".join(collected), position
        text = lines[position][1]
    collected.append(text.split("-->", 1)[0])
    return "\n".join(collected).strip(), position + 1


def _fence_body(lines: list[Line], position: int, fence: re.Match[str]) -> tuple[list[Line], int, str | None]:
    """Return what is inside the fence, the position after it, and what is wrong with how it ends, if anything."""
    mark, indent = fence["mark"], fence["indent"]
    quoted = ">" in indent
    width = len(indent.expandtabs(4))
    closing = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    reopening = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)}}}[ \t]*[\w{{].*$")
    body: list[Line] = []
    for end in range(position + 1, len(lines)):
        number, text = lines[end]
        if closing.match(text):
            return body, end + 1, None
        inner = re.sub(r"^[ \t]*(?:>[ \t]?)*", "", text) if quoted else text
        fault = None
        if reopening.match(text):
            fault = f"this fence is not closed: another one opens on line {number}"
        elif quoted and ">" not in text[: width + 1]:
            fault = f"this fence is not closed before its quote ends on line {number}"
        elif not quoted and text.strip() and len(text) - len(text.lstrip()) < width:
            fault = f"this fence is not closed before the text it is indented in ends on line {number}"
        if fault:
            return body, end, fault
        body.append((number, inner))
    return body, len(lines), "this fence is not closed before the page ends"


def _blocks_of_fence(line: int, info: str, body: list[Line], fault: str | None) -> Iterator[Block]:
    if fault:
        yield Block(line, line, "", fault=fault)
        return
    directive = re.match(r"^\{([\w:-]+)\}\s*(.*)$", info)
    if directive and directive[1] in ("eval-rst", "rst"):
        yield from _rest_blocks(body)
    elif directive and directive[1] in PYTHON_LANGUAGES:
        yield _code_block(line, body)
    elif directive and directive[1] in CODE_DIRECTIVES:
        while body and _OPTION.match(body[0][1]):
            body = body[1:]
        language = "pycon" if directive[1] in ("doctest", "code-cell") else directive[2]
        if _is_python(language, body):
            yield _code_block(line, body)
    elif directive:
        yield from _markdown_blocks(body)
    elif _is_python(info, body):
        name = _NAME.search(info)
        yield replace(_code_block(line, body), name=name["name"] if name else None)


def _is_python(info: str, body: list[Line]) -> bool:
    """Tell whether a block is Python: it says so, or it says nothing and starts with a prompt."""
    if info:
        return info.split()[0].split(":")[0].lower() in PYTHON_LANGUAGES
    code = [text for _, text in body if text.strip()]
    return bool(code) and code[0].lstrip().startswith(">>> ")


# --------------------------------------------------------------------------------- reStructuredText and docstrings


def _rest_blocks(lines: list[Line], *, fences: bool = False) -> Iterator[Block]:
    marker: Block | None = None
    position = 0
    while position < len(lines):
        number, text = lines[position]
        directive, comment = _DIRECTIVE.match(text), _REST_COMMENT.match(text)
        fence = _FENCE.match(text) if fences else None
        if directive and directive["name"] in CODE_DIRECTIVES:
            body, position = _indented_body(lines, position, len(directive["indent"]))
            while body and (_OPTION.match(body[0][1]) or not body[0][1].strip()):
                body = body[1:]
            language = "pycon" if directive["name"] == "doctest" else (directive["argument"] or "")
            found = [_code_block(number, body)] if body and _is_python(language, body) else []
        elif comment:
            body, position = _indented_body(lines, position, len(comment["indent"]))
            remark = "\n".join([comment["text"] or "", *(line.strip() for _, line in body)]).strip()
            if marker and _MARKER.match(remark):
                yield _marks_nothing(marker)
            marker = _read_marker(remark, number) or marker
            continue
        elif text.lstrip().startswith((">>> ", ">>>\t")) or text.strip() == ">>>":
            start = position
            while position < len(lines) and lines[position][1].strip():
                position += 1
            found = [_code_block(number, lines[start:position])]
        elif fence:
            fenced, position, fault = _fence_body(lines, position, fence)
            found = list(_blocks_of_fence(number, fence["info"].strip(), fenced, fault))
        else:
            if marker and text.strip():
                yield _marks_nothing(marker)
                marker = None
            position += 1
            continue
        yield from _apply(marker, found)
        marker = None
    if marker:
        yield _marks_nothing(marker)


def _indented_body(lines: list[Line], position: int, indent: int) -> tuple[list[Line], int]:
    """Return the lines below that are indented deeper than ``indent``, and the position after them."""
    end = position + 1
    while end < len(lines):
        text = lines[end][1]
        if text.strip() and len(text) - len(text.lstrip()) <= indent:
            break
        end += 1
    body = lines[position + 1 : end]
    while body and not body[-1][1].strip():
        body = body[:-1]
    return body, end


def _docstring_blocks(text: str) -> Iterator[Block]:
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        docstring = node.value
        if not isinstance(docstring.value, str) or docstring.end_lineno is None:
            continue
        first, last = docstring.lineno, docstring.end_lineno
        inside = [(number, lines[number - 1]) for number in range(first, last + 1)]
        inside[-1] = (last, re.sub(r"(\"\"\"|'''|\"|')\s*$", "", inside[-1][1][: docstring.end_col_offset]))
        inside[0] = (first, re.sub(r"^\s*[rRuU]?(\"\"\"|'''|\"|')", "", inside[0][1]))
        yield from _rest_blocks(inside, fences=True)


# --------------------------------------------------------------------------------------------------------- blocks


def _code_block(line: int, body: list[Line]) -> Block:
    while body and not body[0][1].strip():
        body = body[1:]
    source = textwrap.dedent("\n".join(text for _, text in body)).rstrip()
    return Block(line, body[0][0] if body else line, source + "\n" if source else "")


def _read_marker(comment: str, line: int) -> Block | None:
    """Return what a comment says about the next block, as a block without code; ``None`` if it says nothing."""
    marker = _MARKER.match(comment)
    if marker is None:
        return None
    form = _MARKER_FORMS.match(" ".join(marker["text"].split()))
    if form is None:
        fault = f"'snippet: {marker['text']}' must be 'skip because REASON' or 'cuda only because REASON'"
        return Block(line, line, "", fault=fault)
    if form["kind"] == "skip":
        return Block(line, line, "", skip=form["reason"])
    return Block(line, line, "", cuda_only=form["reason"])


def _apply(marker: Block | None, found: list[Block]) -> Iterator[Block]:
    if marker is None:
        yield from found
    elif marker.fault or not found:
        yield marker if marker.fault else _marks_nothing(marker)
        yield from found
    else:
        yield replace(found[0], skip=marker.skip, cuda_only=marker.cuda_only)
        yield from found[1:]


def _marks_nothing(marker: Block) -> Block:
    return marker if marker.fault else Block(marker.line, marker.line, "", fault="no Python block follows this marker")


def _without_hidden_skips(block: Block) -> Block:
    """Refuse ``# doctest: +SKIP``: it gives no reason and would not be counted."""
    if block.fault is None and re.search(r"#\s*doctest:.*\+SKIP", block.source):
        return replace(
            block, fault="'+SKIP' gives no reason: mark the block with 'snippet: skip because REASON' instead"
        )
    return block


def _with_checked_names(blocks: Iterable[Block]) -> Iterator[Block]:
    """Refuse names that cannot be the name of a file, and the second use of one."""
    seen: dict[str, int] = {}
    for block in blocks:
        if block.name is None or block.fault:
            yield block
        elif not _NAME_FORM.match(block.name):
            fault = f"the name {block.name!r} of this block must consist of letters, digits, '-' and '_'"
            yield replace(block, fault=fault, name=None)
        elif block.name in seen:
            fault = f"the block on line {seen[block.name]} is already named {block.name!r}"
            yield replace(block, fault=fault, name=None)
        else:
            seen[block.name] = block.line
            yield block
