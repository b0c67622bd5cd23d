"""`` [`Name`] ``: links to documented objects, in this project or, through intersphinx, in another."""

from __future__ import annotations

import builtins
import re
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import NoUri
from sphinx.util.nodes import make_refnode

from albert_docs_pkg.sphinxext.diagnostics import warn
from albert_docs_pkg.sphinxext.lookup import Missing, find, find_in_scope
from albert_docs_pkg.sphinxext.syntax import SYNTAX

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_REFERENCE = re.compile(r"\[`([^`\n]+)`\]")
_NAME = re.compile(r"(?P<short>~)?(?P<name>[A-Za-z_][\w.]*)(?P<call>\(\))?(?:#(?P<parameter>[\w.*-]+))?\Z")

_OTHER_LIBRARIES = (
    "accelerate datasets diffusers evaluate huggingface_hub jax keras numpy optimum peft PIL safetensors sklearn "
    "tensorflow tokenizers torch torchvision transformers trl"
)
OTHER_LIBRARIES = frozenset(_OTHER_LIBRARIES.split())
"""First parts of names that mean another library, and so are left to intersphinx."""


def setup_references(app: Sphinx) -> None:
    """Register the inline rule and the two resolvers."""
    SYNTAX.add_plugin("references", references_plugin)
    SYNTAX.add_renderer("db_reference", render_reference)
    app.connect("missing-reference", resolve_other_names, priority=100)
    app.connect("missing-reference", warn_unknown_name, priority=900)


def references_plugin(md: MarkdownIt) -> None:
    """Add the inline rule before that for links."""
    md.inline.ruler.before("link", "doc_builder_reference", reference_inline)


def reference_inline(state: StateInline, silent: bool) -> bool:
    """`` [`Name`] `` that is not the text of a link.

    Token: ``db_reference`` with the text between the backticks as ``content``.
    """
    if not state.src.startswith("[`", state.pos):
        return False
    match = _REFERENCE.match(state.src, state.pos)
    if match is None:
        return False
    following = state.src[match.end() : match.end() + 1]
    if following == "(":
        return False
    defined = state.env.get("references", {})
    if normalizeReference(f"`{match.group(1)}`") in defined:
        return False
    if following == "[":
        close = state.src.find("]", match.end())
        if close > 0 and normalizeReference(state.src[match.end() + 1 : close]) in defined:
            return False
    if not silent:
        token = state.push("db_reference", "", 0)
        token.content = match.group(1)
    state.pos = match.end()
    return True


def render_reference(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A cross reference to a Python object.

    Node tree::

        <pending_xref refdomain="py" reftype="obj" reftarget="package.Name">
            <literal classes="xref py py-obj">
                Name
    """
    match = _NAME.match(token.content)
    if match is None:
        renderer.warn(f"[`{token.content}`] resolves nowhere: it is not a dotted name", "name", token_line(token, 0))
        renderer.place(nodes.literal(token.content, token.content), token)
        return
    written = match.group("name").strip(".")
    environment = renderer.sphinx_env
    found = find(written, environment.config)
    text = written.rpartition(".")[2] if match.group("short") else written
    attributes: dict[str, Any] = {"reftarget": written, "db_names": [written]}
    if isinstance(found, Missing) and renderer.scope:
        found = find_in_scope(written, renderer.scope) or found
    if isinstance(found, Missing):
        first = written.split(".")[0]
        external = (
            hasattr(builtins, first)
            or first in OTHER_LIBRARIES
            or first in environment.config.intersphinx_mapping
            or ("." in written and _is_installed(first))
        )
        attributes["db_missing"] = "" if external else found.reason
    else:
        attributes["reftarget"] = found.name
        attributes["db_names"] = list(dict.fromkeys([*found.names, written]))
        if found.kind in ("function", "method"):
            text += "()"
    parameter = match.group("parameter")
    if parameter:
        attributes["db_parameter"] = parameter
        text = parameter
    reference = addnodes.pending_xref(
        refdomain="py",
        reftype="obj",
        refexplicit=True,
        refdoc=environment.docname,
        **attributes,
    )
    reference["py:module"] = reference["py:class"] = None
    literal = nodes.literal(text, text, classes=["xref", "py", "py-obj"])
    reference += literal
    renderer.place(reference, token)
    literal.line = token_line(token, 0)


@cache
def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def resolve_other_names(
    app: Sphinx, environment: BuildEnvironment, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Try the other names of an object, and parameters of objects."""
    if "db_names" not in node:
        return None
    parameter = node.get("db_parameter")
    domain = environment.domains.python_domain
    for name in [node["reftarget"], *node["db_names"]]:
        entry = domain.objects.get(name)
        if entry is None:
            continue
        anchor = f"{entry.node_id}.{parameter}" if parameter else entry.node_id
        try:
            return make_refnode(app.builder, node["refdoc"], entry.docname, anchor, content, name)
        except NoUri:
            return None
    return None


def warn_unknown_name(
    app: Sphinx, environment: BuildEnvironment, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.TextElement | None:
    """After intersphinx had its turn: a name that cannot be imported either is a mistake."""
    reason = node.get("db_missing")
    if not reason:
        return None
    warn(f"[`{node['reftarget']}`] resolves nowhere: {reason}", "name", node)
    return content
