"""Which anchors each page has: headings, objects, parameters, and raw HTML ids."""

from __future__ import annotations

import re
from collections.abc import Set

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector

from albert_docs_pkg.sphinxext.headings import slugify

_HTML_ID = re.compile(r"<[^<>]*?\s(?:id|name)\s*=\s*[\"']?([^\s\"'<>]+)")


def setup_page_anchors(app: Sphinx) -> None:
    """Register the collector."""
    app.add_env_collector(AnchorCollector)


def anchors_of(environment: BuildEnvironment, docname: str) -> dict[str, str]:
    """The anchors of a page: what may be written after ``#``, and the id it leads to."""
    everything: dict[str, dict[str, str]] = environment.__dict__.setdefault("doc_builder_anchors", {})
    return everything.get(docname, {})


class AnchorCollector(EnvironmentCollector):
    """Keeps the anchors of every page, of whatever format, in the build environment."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page."""
        env.__dict__.setdefault("doc_builder_anchors", {}).pop(docname, None)

    def merge_other(self, app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: BuildEnvironment) -> None:
        """Take over what another process read."""
        mine = env.__dict__.setdefault("doc_builder_anchors", {})
        for docname in docnames:
            mine[docname] = other.__dict__.get("doc_builder_anchors", {}).get(docname, {})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Collect the anchors of the page that was just read."""
        anchors: dict[str, str] = {}
        slugs: dict[str, str] = {}
        for node in doctree.findall(nodes.Element):
            for name in node.get("ids", ()):
                anchors[name] = name
            if isinstance(node, nodes.section) and node["ids"] and isinstance(node[0], nodes.title):
                slugs.setdefault(slugify(node[0].astext()), node["ids"][0])
            elif isinstance(node, nodes.rubric) and node["ids"] and node.get("db_listed"):
                slugs.setdefault(slugify(node.astext()), node["ids"][0])
            elif isinstance(node, nodes.raw) and node.get("format") == "html":
                anchors.update((name, name) for name in _HTML_ID.findall(node.astext()))
        # a heading with an anchor of its own, or on a page of another format, can still be linked to by its slug
        app.env.__dict__.setdefault("doc_builder_anchors", {})[app.env.current_document.docname] = slugs | anchors
