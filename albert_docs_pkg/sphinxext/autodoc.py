"""``[[autodoc]] Name`` with its method list: the objects of a package, documented on a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.component_rules import INTERRUPTS
from albert_docs_pkg.sphinxext.lookup import Found, Missing, documented_methods, find, member
from albert_docs_pkg.sphinxext.rst_objects import rst_object
from albert_docs_pkg.sphinxext.syntax import SYNTAX, warning_token

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_LINE = re.compile(r"\[\[autodoc\]\]\s+(\S+)\s*$")
_START = re.compile(r"\[\[autodoc\]\]")
_ITEM = re.compile(r"-\s+(\S+)\s*$")
_NEARLY_ITEM = re.compile(r"[-*+]\s+(?P<name>`?[A-Za-z_]\w*(?:\(\))?`?)(?P<rest>.*)$")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z")


@dataclass(frozen=True)
class Request:
    """An object with the members to show, in order."""

    found: Found
    members: tuple[Found, ...]
    not_indexed: frozenset[str]

    def no_index(self, one: Found) -> bool:
        """Whether an object is shown without being entered in the index."""
        return one.name in self.not_indexed


def setup_autodoc(app: Sphinx) -> None:
    """Register the block rule and its render function."""
    app.setup_extension("sphinx.ext.autodoc")
    SYNTAX.add_plugin("autodoc", autodoc_plugin)
    SYNTAX.add_renderer("db_autodoc", render_autodoc)


def autodoc_plugin(md: MarkdownIt) -> None:
    """Add the block rule; it may interrupt a paragraph."""
    md.block.ruler.before("html_block", "doc_builder_autodoc", autodoc_block, INTERRUPTS)


def autodoc_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """An ``[[autodoc]]`` line and the indented list below it.

    Token: ``db_autodoc`` with ``meta["name"]`` and ``meta["methods"]`` (``None`` where the page lists none).
    """
    text = _line(state, start_line)
    if not _START.match(text):
        return False
    if silent:
        return True
    match = _LINE.match(text)
    methods: list[str] = []
    if match:
        names = [match.group(1)]
    else:
        names, methods = _read_trailing(text)
        what = f"[[autodoc]] {names[0]}" if names else "[[autodoc]]"
        warning_token(
            state.push,
            start_line,
            "autodoc",
            f"text after {what} on its line: {text[:80]!r}; doc-builder would show the line as text. "
            "Put one name on a line and each method on a line of its own",
        )
    next_line = start_line + 1
    if match:
        methods, next_line = _read_methods(state, start_line, end_line)
    for name in names:
        token = state.push("db_autodoc", "", 0)
        token.map = [start_line, next_line]
        token.block = True
        token.meta = {"name": name, "methods": methods or None}
    state.line = next_line
    return True


def render_autodoc(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """Document the object.

    Node tree, for a class::

        <desc objtype="class">
            <desc_signature>
            <desc_content>
                docstring, then a <desc> per method
    """
    line = token_line(token, 0)
    config = renderer.sphinx_env.config
    name = token.meta["name"]
    found = find(name, config)
    if isinstance(found, Missing):
        renderer.warn(f"[[autodoc]] {name}: {found.reason}", "object", line)
        note = nodes.paragraph("", "", nodes.literal(name, name))
        renderer.place(note, token)
        return
    members = _members(renderer, found, token.meta["methods"], line)
    request = Request(found, members, _not_indexed(renderer, (found, *members), line))
    if config.doc_builder_docstrings == "markdown":
        from albert_docs_pkg.sphinxext.markdown_objects import markdown_object

        made = markdown_object(renderer, request, line)
    else:
        made = rst_object(renderer, request, line)
    renderer.current_node.extend(made)


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _read_trailing(text: str) -> tuple[list[str], list[str]]:
    """What a malformed line means: ``[[autodoc]] A - forward`` or ``[[autodoc]] A [[autodoc]] B``."""
    names, methods = [], []
    for part in _START.split(text)[1:]:
        words = part.split()
        if words:
            names.append(words[0])
            methods = [word for word in words[1:] if word != "-" and _IDENTIFIER.match(word)]
            if words[1:2] != ["-"]:
                methods = []
    return names, methods if len(names) == 1 else []


def _read_methods(state: StateBlock, start_line: int, end_line: int) -> tuple[list[str], int]:
    indent = state.sCount[start_line]
    methods: list[str] = []
    line, next_line, item_indent = start_line + 1, start_line + 1, None
    while line < end_line:
        if state.isEmpty(line):
            line += 1
            continue
        text, text_indent = _line(state, line), state.sCount[line]
        match = _ITEM.match(text)
        nearly = _NEARLY_ITEM.match(text)
        if match and text_indent > indent and item_indent in (None, text_indent):
            item_indent = text_indent
            methods.append(match.group(1))
        elif nearly and text_indent > indent:
            methods.append(nearly.group("name").strip("`").removesuffix("()"))
            _warn_void(state, line, text, "is no `- name` at the indentation of the first item")
        elif match and not methods and text_indent == indent and line == start_line + 1:
            # a list that is not indented: read as methods when every item could be one
            items, end = _flush_items(state, line, end_line, indent)
            if items:
                _warn_void(state, line, text, "is not indented below [[autodoc]]")
                return items, end
            break
        else:
            break
        line += 1
        next_line = line
    return methods, next_line


def _flush_items(state: StateBlock, line: int, end_line: int, indent: int) -> tuple[list[str], int]:
    items: list[str] = []
    while line < end_line and not state.isEmpty(line):
        match = _ITEM.match(_line(state, line))
        if not match or state.sCount[line] != indent or not _IDENTIFIER.match(match.group(1)):
            return [], line
        items.append(match.group(1))
        line += 1
    return items, line


def _warn_void(state: StateBlock, line: int, text: str, why: str) -> None:
    message = f"method list: {text.strip()[:60]!r} {why}; doc-builder would end the list here"
    warning_token(state.push, line, "autodoc", message)


def _members(renderer: DocBuilderRenderer, found: Found, listed: list[str] | None, line: int) -> tuple[Found, ...]:
    """The members to show: those listed, ``all`` appended, or every documented method."""
    if not found.is_class:
        if listed:
            renderer.warn(f"{found.name} is a {found.kind}: its method list means nothing", "autodoc", line)
        return ()
    if listed is None:
        names = documented_methods(found.value)
    else:
        names = [name for name in listed if name not in ("all", "none")]
        if "all" in listed:
            names += [name for name in documented_methods(found.value) if name not in names]
    members = []
    for name in dict.fromkeys(names):
        one = member(found, name)
        if one is None:
            renderer.warn(f"{found.name} has no {name}", "object", line)
        else:
            members.append(one)
    return tuple(members)


def _not_indexed(renderer: DocBuilderRenderer, shown: tuple[Found, ...], line: int) -> frozenset[str]:
    """The objects that are not entered in the index: the page is not canonical, or they have their entry already."""
    environment = renderer.sphinx_env
    if any(fnmatch(environment.docname, pattern) for pattern in environment.config.doc_builder_no_index):
        return frozenset(one.name for one in shown)
    known = environment.domains.python_domain.objects
    there = [one for one in shown if one.name in known and not known[one.name].aliased]
    if there:
        page = known[there[0].name].docname
        where = "above" if page == environment.docname else f"on {page}"
        message = f"{there[0].name} is documented {where} too; the index leads there (see doc_builder_no_index)"
        renderer.warn(message, "duplicate", line)
    return frozenset(one.name for one in there)
