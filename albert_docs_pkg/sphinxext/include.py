"""``<include>`` and ``<literalinclude>``: parts of other files, never from outside of the repository."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.fences import language_of, place_code
from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_KEYS = {"path", "language", "start-after", "end-before", "dedent"}
_REPOSITORY = (".git", ".hg", ".github", "pyproject.toml", "setup.py", "Cargo.toml", "package.json", "LICENSE")
_TRAILING = re.compile(r"\W+$")


class IncludeError(ValueError):
    """A request that cannot be met, with the reason."""


def setup_include(app: Sphinx) -> None:
    """Register both tags."""
    SYNTAX.add_component(Component("include", "db_include", body="raw"), render_include)
    SYNTAX.add_component(Component("literalinclude", "db_literalinclude", body="raw"), render_literal_include)


def render_literal_include(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A part of a file as code."""
    part = _part(renderer, token)
    if part is not None:
        request, _, text = part
        place_code(renderer, token, text, language_of(str(request.get("language", "")), text))


def render_include(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A part of a file as Markdown; warnings about it name the file and its line."""
    part = _part(renderer, token)
    if part is None:
        return
    _, file, text = part
    running = renderer.md_env.setdefault("doc_builder_includes", [])
    if file in running:
        renderer.warn(f"{file.name} includes itself", "include", token_line(token, 0))
        return
    whole = file.read_text(encoding="utf-8")
    offset = whole[: max(whole.find(text), 0)].count("\n")
    running.append(file)
    with renderer.text_from(str(file)):
        renderer.nested_render_text(text, offset)
    running.pop()


def select_lines(text: str, start_after: str | None, end_before: str | None) -> str:
    r"""The lines between two marker lines; a marker matches the end of a line, whatever punctuation follows.

    Example:
        >>> select_lines("# START: a\nx = 1\n# END: a", "START: a", "END: a")
        'x = 1'
    """
    lines = text.split("\n")
    begin, end = 0, len(lines)
    if start_after is not None:
        begin = _find_marker(lines, start_after, 0, "start-after") + 1
    if end_before is not None:
        end = _find_marker(lines, end_before, begin, "end-before")
    return "\n".join(lines[begin:end])


def _find_marker(lines: list[str], marker: str, start: int, key: str) -> int:
    wanted = _TRAILING.sub("", marker)
    for number in range(start, len(lines)):
        if _TRAILING.sub("", lines[number]).endswith(wanted):
            return number
    raise IncludeError(f"{key}: no line ends in {marker!r}")


def _part(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> tuple[dict[str, Any], Path, str] | None:
    line = token_line(token, 0)
    try:
        request = _read_request(token.content)
        file = _inside(renderer, str(request["path"]))
        renderer.sphinx_env.note_dependency(str(file))
        text = select_lines(file.read_text(encoding="utf-8"), request.get("start-after"), request.get("end-before"))
        amount = request.get("dedent")
        if isinstance(amount, int) and not isinstance(amount, bool):
            text = "\n".join(row[min(amount, len(row) - len(row.lstrip())) :] for row in text.split("\n"))
        elif amount:
            text = dedent(text)
    except (IncludeError, OSError, UnicodeDecodeError) as error:
        renderer.warn(f"<{token.meta['name']}>: {error}", "include", line)
        return None
    return request, file, text


def _read_request(text: str) -> dict[str, Any]:
    try:
        request = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise IncludeError(f"its body is no JSON: {error}") from None
    if not isinstance(request, dict) or not isinstance(request.get("path"), str):
        raise IncludeError('its body must be an object with a "path"')
    unknown = sorted(set(request) - _KEYS)
    if unknown:
        raise IncludeError(f"unknown key {unknown[0]!r}; allowed are {', '.join(sorted(_KEYS))}")
    return request


def _inside(renderer: DocBuilderRenderer, path: str) -> Path:
    environment = renderer.sphinx_env
    page = Path(environment.doc2path(environment.docname)).resolve()
    root = repository(Path(environment.srcdir))
    if "\x00" in path:
        raise IncludeError(f"{path!r} is no path")
    file = (page.parent / path).resolve()
    if not file.is_relative_to(root):
        raise IncludeError(f"{path} is outside of the repository")
    if not file.is_file():
        raise IncludeError(f"{path} is not there")
    return file


def repository(source: Path) -> Path:
    """The folder that includes may reach: the repository that holds the pages, or the source folder alone."""
    source = source.resolve()
    for folder in (source, *source.parents):
        if any((folder / name).exists() for name in _REPOSITORY):
            return folder
    return source
