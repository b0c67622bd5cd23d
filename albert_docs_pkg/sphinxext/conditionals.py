"""Svelte's ``{#if fw === 'pt'} ... {:else} ... {/if}``: every branch is kept, as framework blocks or as tabs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.component_rules import INTERRUPTS
from albert_docs_pkg.sphinxext.framework import render_blocks
from albert_docs_pkg.sphinxext.syntax import SYNTAX
from albert_docs_pkg.sphinxext.tab_sets import FRAMEWORKS, tab, tab_set

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_LINE = re.compile(r"\{(?P<kind>#if|:else if|:else|/if)(?P<condition>[^{}]*)\}[ \t]*$")
_FRAMEWORK = re.compile(r"""\s*fw\s*={2,3}\s*["'](\w+)["']\s*$""")
_OTHER = {"pt": "tf", "tf": "pt"}


def setup_conditionals(app: Sphinx) -> None:
    """Register a block rule for the lines, and a core rule that pairs them."""
    SYNTAX.add_plugin("conditionals", conditionals_plugin)
    SYNTAX.add_renderer("db_if", render_conditional)
    SYNTAX.add_renderer("db_branch", render_branch)


def conditionals_plugin(md: MarkdownIt) -> None:
    """Add both rules."""
    md.block.ruler.before("html_block", "doc_builder_if", conditional_line, INTERRUPTS)
    md.core.ruler.after("block", "doc_builder_if", pair_conditionals)


def conditional_line(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line that holds ``{#if ...}``, ``{:else}`` or ``{/if}`` alone."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith("{", start):
        return False
    match = _LINE.match(state.src[start : state.eMarks[start_line]])
    if match is None:
        return False
    if not silent:
        token = state.push("db_if_line", "", 0)
        token.map = [start_line, start_line + 1]
        token.block = True
        token.markup, token.info = match.group("kind"), match.group("condition").strip()
        state.line = start_line + 1
    return True


def pair_conditionals(state: StateCore) -> None:
    """Nest what stands between the lines: ``db_if`` holds one ``db_branch`` for each condition.

    Lines pair only with lines in the same list, quote or component; one without a partner becomes a warning.
    """
    tokens = state.tokens
    if not any(token.type == "db_if_line" for token in tokens):
        return
    partners: dict[int, int] = {}
    stacks: list[list[int]] = [[]]
    for position, token in enumerate(tokens):
        if token.nesting == 1:
            stacks.append([])
        elif token.nesting == -1 and len(stacks) > 1:
            stacks.pop()
        elif token.type == "db_if_line":
            if token.markup == "#if":
                stacks[-1].append(position)
            elif stacks[-1]:
                opening = stacks[-1][-1]
                partners[position] = opening
                if token.markup == "/if":
                    partners[opening] = position
                    stacks[-1].pop()
    result: list[Token] = []
    for position, token in enumerate(tokens):
        if token.type != "db_if_line":
            result.append(token)
            continue
        partner = partners.get(position)
        complete = partner is not None and (token.markup in ("#if", "/if") or partner in partners)
        if not complete:
            warning = Token("db_warning", "", 0, map=token.map)
            shown = f"{{{token.markup} {token.info}".rstrip() + "}"
            warning.meta = {"subtype": "conditional", "message": f"{shown} has no partner; it is left out"}
            result.append(warning)
        elif token.markup == "#if":
            result += [_token("db_if", 1, token), _token("db_branch", 1, token)]
        elif token.markup == "/if":
            result += [_token("db_branch", -1, token), _token("db_if", -1, token)]
        else:
            result += [_token("db_branch", -1, token), _token("db_branch", 1, token)]
    state.tokens = result


def render_conditional(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """Framework blocks where every condition is about ``fw``; otherwise tabs with the conditions as labels."""
    names = [_framework(child, token.children[0]) for child in token.children]
    if all(name in FRAMEWORKS for name in names) and len(set(names)) == len(names):
        render_blocks(renderer, list(zip(map(str, names), token.children, strict=True)), token)
        return
    tabs = tab_set(renderer, token)
    renderer.current_node.append(tabs)
    for child in token.children:
        label = child.info or "otherwise"
        with tab(renderer, tabs, label, "condition", child):
            renderer.render_children(child)


def render_branch(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A branch by itself: its content."""
    renderer.render_children(token)


def _framework(branch: SyntaxTreeNode, first: SyntaxTreeNode) -> str | None:
    match = _FRAMEWORK.match(branch.info)
    if match:
        return match.group(1)
    match = _FRAMEWORK.match(first.info)
    return _OTHER.get(match.group(1)) if match and not branch.info else None


def _token(kind: str, nesting: int, source: Token) -> Token:
    token = Token(f"{kind}_{'open' if nesting == 1 else 'close'}", "", nesting, map=list(source.map or [0, 1]))  # type: ignore[arg-type]
    token.info = source.info
    token.block = True
    if nesting == -1:
        token.map = None
    return token
