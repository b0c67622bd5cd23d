"""Code fences: languages as pages write them, framework splits, and doctest flags that readers need not see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_ALIASES = {"py": "python", "sh": "bash", "BibTeX": "bibtex", "text": "text", "txt": "text", "plain": "text"}
_DOCTEST_FLAG = re.compile(r"^([ \t]*>>>.*?)[ \t]*#[ \t]*doctest:[ \t]*[+-].*$", re.MULTILINE)


def setup_fences(app: Sphinx) -> None:
    """Take over fences, and look for those that are never closed."""
    SYNTAX.add_plugin("fences", fences_plugin)
    SYNTAX.add_renderer("fence", render_fence)


def fences_plugin(md: MarkdownIt) -> None:
    """Add the check for unclosed fences."""
    md.core.ruler.push("doc_builder_unclosed_fence", find_unclosed)


def find_unclosed(state: StateCore) -> None:
    """Leave a warning before each fence that ends only because its page, quote or list does."""
    lines: list[str] | None = None
    checked: list[Token] = []
    for token in state.tokens:
        if token.type == "fence" and token.map:
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
    """A block of code.

    Node tree::

        <literal_block language="python">
    """
    place_code(renderer, token, token.content, language_of(token.info or "", token.content))


def place_code(renderer: DocBuilderRenderer, token: SyntaxTreeNode, text: str, language: str) -> None:
    """Append a block of code without the flags that are meant for doctest."""
    text = _DOCTEST_FLAG.sub(r"\1", text)
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
