"""Links: pages without extension, anchors by doc-builder's rules, and absolute paths of the Hugging Face site."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import NoUri
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from albert_docs_pkg.sphinxext.diagnostics import warn
from albert_docs_pkg.sphinxext.page_anchors import anchors_of

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_SUFFIX = re.compile(r"\.(mdx?|html?|ipynb|rst)$")
_SITE = "https://huggingface.co"
_SITE_PATHS = re.compile(
    r"/(api|blog|changelog|chat|collections|course|datasets|docs|enterprise|front|inference|join|kernels|learn|login|models"
    r"|new|new-dataset|new-space|organizations|papers|playground|posts|pricing|settings|spaces|support|tasks)(?![\w-])"
)


def setup_links(app: Sphinx) -> None:
    """Register the resolver; it runs when all pages are known."""
    app.add_post_transform(PageLinks)


def render_page_link(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A link without a scheme; which page it means is decided when all pages have been read.

    Node tree::

        <pending_xref refdomain="doc_builder" reftype="page" reftarget="../quicktour#anchor">
            <inline>
                text
    """
    target = unquote(str(token.attrGet("href") or ""))
    environment = renderer.sphinx_env
    file = _source_file(environment, target)
    if file:
        node: nodes.Element = addnodes.download_reference(
            refdomain=None, reftype="myst", refdoc=environment.docname, reftarget=file, refexplicit=True
        )
        inner = nodes.inline("", "", classes=["xref", "download"])
    else:
        node = addnodes.pending_xref(
            refdomain="doc_builder", reftype="page", refdoc=environment.docname, reftarget=target, refexplicit=True
        )
        inner = nodes.inline("", "", classes=["doc"])
    renderer.copy_attributes(token, node, ("class", "reftitle"), aliases={"title": "reftitle"})
    renderer.place(node, token)
    node += inner
    with renderer.current_node_context(inner):
        renderer.render_children(token)


class PageLinks(SphinxPostTransform):
    """Resolves links between pages, before MyST and Sphinx see them."""

    default_priority = 8

    def run(self, **kwargs: Any) -> None:
        """Replace each link by a reference, or by its text where it leads nowhere."""
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("refdomain") == "doc_builder" and node["reftype"] == "page":
                try:
                    node.replace_self(self._resolve(node))
                except NoUri:  # the page is not part of this manual or man page
                    node.replace_self(node[0].deepcopy())

    def _resolve(self, node: addnodes.pending_xref) -> nodes.Node:
        docname = node["refdoc"]
        content = node[0].deepcopy()
        target = find_target(self.env, docname, node["reftarget"])
        if target.problem:
            warn(f"link to {node['reftarget']!r}: {target.problem}", target.subtype, node)
        if target.address:
            return nodes.reference("", "", content, refuri=target.address, internal=False)
        if target.page is None or (target.problem and target.page == docname):
            return content
        if not target.anchor and target.page == docname and node["reftarget"].startswith("#"):
            return nodes.reference("", "", content, refuri="#", internal=True)
        reference = make_refnode(self.env._app.builder, docname, target.page, target.anchor, content)
        if "reftitle" in node:
            reference["reftitle"] = node["reftitle"]
        return reference


@dataclass(frozen=True)
class Target:
    """Where a link leads: to a page and an id on it, or to an address; with what is wrong with it."""

    page: str | None = None
    anchor: str = ""
    address: str = ""
    problem: str = ""
    subtype: str = "link"


def find_target(environment: BuildEnvironment, docname: str, written: str) -> Target:
    """What ``written``, a link without a scheme on the page ``docname``, means."""
    path, _, anchor = written.partition("#")
    page = page_of(environment, docname, path)
    if page is None:
        if path.startswith("/") and _SITE_PATHS.match(path):
            return Target(address=_SITE + written)
        return Target(problem="there is no such page")
    if not anchor:
        return Target(page)
    identifier = anchors_of(environment, page).get(anchor)
    if identifier is None:
        return Target(page, problem=f"{page} has no such anchor", subtype="anchor")
    return Target(page, identifier)


def page_of(environment: BuildEnvironment, docname: str, path: str) -> str | None:
    """The page that ``path`` means on the page ``docname``, or ``None``."""
    path = path.partition("?")[0]
    if not path:
        return docname
    base = "" if path.startswith("/") else posixpath.dirname(docname)
    name = posixpath.normpath(posixpath.join(base, path.strip("/") if path.startswith("/") else path)).rstrip("/")
    stem = _SUFFIX.sub("", name)
    redirects: dict[str, str] = environment.__dict__.get("doc_builder_redirects", {})
    for candidate in (name, stem, f"{name}/index", f"{stem}/index", redirects.get(name, ""), redirects.get(stem, "")):
        if candidate in environment.found_docs:
            return candidate
    return None


def _source_file(environment: BuildEnvironment, target: str) -> str | None:
    """A file of the source folder that is no page: it is offered for download."""
    path = target.partition("#")[0]
    if not path or _SUFFIX.search(path) or "." not in posixpath.basename(path):
        return None
    relative, _ = environment.relfn2path(path, environment.docname)
    inside = (environment.srcdir / relative).resolve()
    if inside.is_relative_to(environment.srcdir.resolve()) and inside.is_file():
        return f"/{relative}"
    return None
