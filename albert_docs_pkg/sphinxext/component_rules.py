"""The markdown-it rules that turn component tags into tokens, as blocks and inside a line."""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from albert_docs_pkg.sphinxext.attributes import Tag, read_tag
from albert_docs_pkg.sphinxext.indentation import shallowest
from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component, warning_token
from albert_docs_pkg.sphinxext.tags import Pair, TagIndex, tag_index

_TAG_NAME = re.compile(r"</?([A-Za-z][\w-]*)(?=[\s/]|\Z)")
INTERRUPTS: Any = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def component_plugin(md: MarkdownIt) -> None:
    """Add the rules for all registered components."""
    md.block.ruler.before("html_block", "doc_builder_component", component_block, INTERRUPTS)
    md.inline.ruler.before("html_inline", "doc_builder_component", component_inline)


def component_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A component that begins a line.

    Tokens: ``db_x_open``, the tokens of the body, ``db_x_close``; or a single ``db_x`` where there is no body.
    Attributes are in ``meta["attributes"]``, the text of a raw body is in ``content``.
    """
    start = state.bMarks[start_line] + state.tShift[start_line]
    if start >= state.eMarks[start_line] or state.src[start] != "<":
        return False
    index = tag_index(state.src, SYNTAX.components, state.env)
    end = _component(state, index, start, start_line, end_line, silent)
    if end is None or silent:
        return end is not None
    # what follows on the line of the closing tag: further components, then at most one other block
    while _text_follows(state, index, end):
        line = index.line(end - 1)
        _begin_line_at(state, line, end)
        following = _component(state, index, state.bMarks[line], line, end_line, False)
        if following is None:
            rules = state.md.block.ruler.getRules("")
            return any(rule(state, line, end_line, False) for rule in rules if rule is not component_block)
        end = following
    return True


def component_inline(state: StateInline, silent: bool) -> bool:
    """A component without body inside a line of text."""
    if state.src[state.pos] != "<":
        return False
    tag = read_tag(state.src, state.pos, SYNTAX.components)
    if tag is None and not silent:
        _warn_incomplete(state)
    if tag is None or tag.closing or not SYNTAX.components[tag.name].inline:
        return False
    if not silent:
        token = state.push(SYNTAX.components[tag.name].token, "", 0)
        token.meta = {"attributes": tag.attributes, "name": tag.name, "inline": True}
        token.content = state.src[tag.start : tag.end]
    state.pos = tag.end
    return True


def _warn_incomplete(state: StateInline) -> None:
    """Report a tag without an end; names that mean something inside of other tags alone are ordinary words here."""
    match = _TAG_NAME.match(state.src, state.pos)
    component = SYNTAX.components.get(match.group(1)) if match else None
    if component and not component.parents:
        warning_token(state.push, 0, "tag", f"<{component.name} has no >; it is shown as text")


def _component(state: StateBlock, index: TagIndex, start: int, line: int, end_line: int, silent: bool) -> int | None:
    """Push the tokens of the component at ``start``; return where it ends, or ``None`` if there is none."""
    if start in index.pairs:
        return _container(state, index, index.pairs[start], line, end_line, silent)
    if start in index.voids:
        return _void(state, index, index.voids[start], line, end_line, silent)
    tag = index.strays.get(start) or index.unclosed.get(start)
    if tag is None:
        return None
    if not silent:
        shown = f"</{tag.name}>" if tag.closing else f"<{tag.name}>"
        problem = "closes nothing" if tag.closing else "is never closed"
        warning_token(state.push, line, "tag", f"{shown} {problem}; it is left out")
        state.line = index.line(tag.end - 1) + 1
    return tag.end


def _container(
    state: StateBlock, index: TagIndex, pair: Pair, start_line: int, end_line: int, silent: bool
) -> int | None:
    if silent:
        return pair.end
    last_line, body_end, end = index.line(pair.body_end), pair.body_end, pair.end
    if last_line >= end_line:  # the closing tag stands outside of the list or quote that holds the opening one
        if not pair.implied:
            message = f"<{pair.tag.name}> is closed outside of its list or quote"
            warning_token(state.push, start_line, "tag", message)
        last_line = end_line - 1
        body_end = end = max(state.eMarks[last_line], pair.tag.end)
        last_line = index.line(end - 1)
    component = SYNTAX.components[pair.tag.name]
    if pair.implied:
        warning_token(state.push, start_line, "tag", f"<{pair.tag.name}> is not closed before its parent ends")
    token = state.push(f"{component.token}_open", "", 1)
    token.map = [start_line, last_line + 1]
    token.block = True
    token.meta = _meta(component, pair.tag)
    if component.body == "raw":
        token.content = state.src[pair.tag.end : body_end]
    else:
        _tokenize_body(state, index, pair.tag, body_end, last_line)
    state.push(f"{component.token}_close", "", -1).block = True
    state.line = max(last_line, start_line) + 1
    return end


def _void(state: StateBlock, index: TagIndex, tag: Tag, start_line: int, end_line: int, silent: bool) -> int | None:
    last_line = index.line(tag.end - 1)
    if last_line >= end_line:
        return None
    component = SYNTAX.components[tag.name]
    rest = state.src[tag.end : state.eMarks[last_line]].strip()
    if rest and component.inline and not rest.startswith("<"):
        return None  # text follows: the inline rule keeps the tag in its sentence
    if not silent:
        token = state.push(component.token, "", 0)
        token.map = [start_line, last_line + 1]
        token.block = True
        token.meta = _meta(component, tag)
        token.content = state.src[tag.start : tag.end]
        state.line = last_line + 1
    return tag.end


def _text_follows(state: StateBlock, index: TagIndex, end: int) -> bool:
    line = index.line(max(end - 1, 0))
    return line < state.line and bool(state.src[end : state.eMarks[line]].strip())


def _meta(component: Component, tag: Tag) -> dict[str, object]:
    return {"attributes": tag.attributes, "name": tag.name, "inline": False}


def _tokenize_body(state: StateBlock, index: TagIndex, tag: Tag, body_end: int, last_line: int) -> None:
    """Parse what stands between two tags, which need not begin or end a line."""
    first_line = index.line(tag.end - 1)
    if not state.src[tag.end : min(state.eMarks[first_line], body_end)].strip():
        first_line += 1
    else:
        _begin_line_at(state, first_line, tag.end)
    stop = last_line + 1
    saved = None
    if last_line >= first_line:
        if body_end <= state.bMarks[last_line] + state.tShift[last_line]:
            stop = last_line
        else:
            saved, state.eMarks[last_line] = state.eMarks[last_line], body_end
    else:
        stop = first_line
    if stop > first_line:
        outer = state.parentType, state.lineMax, state.blkIndent
        state.parentType, state.lineMax = "doc_builder_component", stop
        state.blkIndent = shallowest(state, first_line, stop)
        state.md.block.tokenize(state, first_line, stop)
        state.parentType, state.lineMax, state.blkIndent = outer
    if saved is not None:
        state.eMarks[last_line] = saved


def _begin_line_at(state: StateBlock, line: int, position: int) -> None:
    """Make ``line`` begin at ``position``, without indentation."""
    while position < state.eMarks[line] and state.src[position] in " \t":
        position += 1
    state.bMarks[line] = position
    state.tShift[line] = 0
    state.sCount[line] = state.blkIndent
    state.bsCount[line] = 0
