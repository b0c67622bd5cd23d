"""Code fences: languages as pages write them, framework splits, and doctest flags that readers need not see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.runnable import displayed, is_runnable
from albert_docs_pkg.sphinxext.syntax import SYNTAX
from albert_docs_pkg.sphinxext.tab_sets import tab, tab_set

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_ALIASES = {"py": "python", "sh": "bash", "BibTeX": "bibtex", "text": "text", "txt": "text", "plain": "text"}
_SPLITS = {
    "PT-TF-SPLIT": ("framework", ("PyTorch", "TensorFlow")),
    "STRINGAPI-READINSTRUCTION-SPLIT": ("string-api", ("String API", "ReadInstruction")),
}
_SPLIT = re.compile(rf"^[ \t]*(?:>>>[ \t]*#[ \t]*)?===(?P<name>{'|'.join(_SPLITS)})===[ \t]*$", re.MULTILINE)
_DOCTEST_FLAG = re.compile(r"^([ \t]*>>>.*?)[ \t]*#[ \t]*doctest:[ \t]*[+-].*$", re.MULTILINE)


def setup_fences(app: Sphinx) -> None:
    """Take over fences, and look for those that are never closed."""
    SYNTAX.add_plugin("fences", fences_plugin)
    SYNTAX.add_renderer("fence", render_fence)


def fences_plugin(md: MarkdownIt) -> None:
    """Add a rule for code without a fence, and the check for unclosed ones."""
    md.block.ruler.before("blockquote", "doc_builder_doctest", doctest_block)
    md.core.ruler.push("doc_builder_unclosed_fence", find_unclosed)


def doctest_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``>>>`` lines without a fence, which docstrings have: code up to a blank line, not quotes in quotes."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith(">>> ", start) or state.src[max(start - 1, 0)] == ">":
        return False
    if not silent:
        line = start_line + 1
        while line < end_line and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
            line += 1
        token = state.push("fence", "code", 0)
        token.map = [start_line, line]
        token.info = "pycon"
        token.meta = {"doctest": True}
        token.content = state.getLines(start_line, line, state.sCount[start_line], True)
        state.line = line
    return True


def find_unclosed(state: StateCore) -> None:
    """Leave a warning before each fence that ends only because its page, quote or list does."""
    lines: list[str] | None = None
    checked: list[Token] = []
    for token in state.tokens:
        if token.type == "fence" and token.map and not token.meta.get("doctest"):
            lines = state.src.split("\n") if lines is None else lines
            last = lines[min(token.map[1], len(lines)) - 1].strip(" \t>")
            ends = last.startswith(token.markup) and not last.strip(token.markup[0])
            if not ends or token.map[1] - token.map[0] < 2:
                warning = Token("db_warning", "", 0, map=[token.map[0], token.map[0] + 1], level=token.level)
                warning.meta = {"subtype": "code", "message": f"a fence {token.markup}{token.info} is never closed"}
                checked.append(warning)
        checked.append(token)
    state.tokens = checked


def render_fence(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A block of code; a split one becomes two tabs, ``mermaid`` a diagram where a directive for it is loaded.

    Node tree::

        <literal_block language="python">
    """
    info, text = token.info or "", token.content
    if info.split()[:1] == ["mermaid"] and "mermaid" in directives._directives:
        renderer.current_node.extend(renderer.run_directive("mermaid", "", text, token_line(token, 0)))
        return
    if is_runnable(info):
        text = displayed(text)
    language = language_of(info, text)
    split = _SPLIT.search(text)
    if split is None:
        place_code(renderer, token, text, language)
        return
    group, labels = _SPLITS[split.group("name")]
    tabs = tab_set(renderer, token)
    renderer.current_node.append(tabs)
    for label, part in zip(labels, (text[: split.start()], text[split.end() :]), strict=True):
        with tab(renderer, tabs, label, group, token):
            place_code(renderer, token, part.strip("\n") + "\n", language)


def place_code(renderer: DocBuilderRenderer, token: SyntaxTreeNode, text: str, language: str) -> None:
    """Append a block of code without the flags that are meant for doctest."""
    text = _DOCTEST_FLAG.sub(r"\1", text)
    if not text.strip():
        return
    node = nodes.literal_block(text, text, language=language)
    if language == "python":
        # pages abbreviate with "..." and prose; what cannot be highlighted is no reason for a warning
        node["force"] = True
    renderer.place(node, token)


def language_of(info: str, text: str = "") -> str:
    """The Pygments name of a fence's language; ``text`` where nobody knows it, ``default`` where none is given.

    Example:
        >>> language_of("{python}"), language_of("py runnable:a"), language_of("whatever")
        ('python', 'python', 'text')
    """
    words = info.replace("{", " ").replace("}", " ").split()
    word = words[0].split(":")[0] if words else ""
    if not word:
        return "pycon" if text.lstrip().startswith(">>>") else "default"
    name = _ALIASES.get(word, word.lower())
    try:
        get_lexer_by_name(name)
    except ClassNotFound:
        return "text"
    return name
