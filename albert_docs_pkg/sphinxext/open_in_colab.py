"""``[[open-in-colab]]``: offers the page for download as a notebook, which is made from the page."""

from __future__ import annotations

import posixpath
from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.tree import SyntaxTreeNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

from albert_docs_pkg.sphinxext.component_rules import INTERRUPTS
from albert_docs_pkg.sphinxext.folder_config import first_cells
from albert_docs_pkg.sphinxext.nodes_for_html import ignore
from albert_docs_pkg.sphinxext.notebook import Cell, page_to_notebook
from albert_docs_pkg.sphinxext.notebook_variants import framework_variants, variant_path
from albert_docs_pkg.sphinxext.syntax import SYNTAX
from albert_docs_pkg.sphinxext.tab_sets import FRAMEWORKS

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

FOLDER = "_notebooks"
"""Where notebooks lie in the output folder; below it they have the paths of their pages."""


class notebook_link(nodes.General, nodes.Element):
    """A link to the notebook of a page."""


def setup_open_in_colab(app: Sphinx) -> None:
    """Register the block rule, the node, and the writing of notebooks."""
    SYNTAX.add_plugin("open_in_colab", open_in_colab_plugin)
    SYNTAX.add_renderer("db_open_in_colab", render_open_in_colab)
    app.add_node(notebook_link, html=(visit_link, None), **ignore())
    app.connect("env-purge-doc", forget_page)
    app.connect("env-merge-info", merge_pages)
    app.connect("build-finished", write_notebooks)


def open_in_colab_plugin(md: MarkdownIt) -> None:
    """Add the block rule; it may interrupt a paragraph."""
    md.block.ruler.before("html_block", "doc_builder_open_in_colab", open_in_colab_block, INTERRUPTS)


def open_in_colab_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line that holds ``[[open-in-colab]]`` alone."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if state.src[start : state.eMarks[start_line]].rstrip() != "[[open-in-colab]]":
        return False
    if not silent:
        token = state.push("db_open_in_colab", "", 0)
        token.map = [start_line, start_line + 1]
        token.block = True
        state.line = start_line + 1
    return True


def render_open_in_colab(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """Place the link, and note that the page wants a notebook.

    Node tree::

        <notebook_link docname="..." frameworks="pt tf">
    """
    environment = renderer.sphinx_env
    pages = _pages(environment)
    if environment.docname not in pages:
        pages.add(environment.docname)
        frameworks = list(framework_variants(_source(environment, environment.docname)))
        renderer.place(notebook_link(docname=environment.docname, frameworks=frameworks), token)


def visit_link(translator: HTML5Translator, node: notebook_link) -> None:
    """Write the links, one for each framework, relative to the page."""
    builder = translator.builder
    here = posixpath.dirname(builder.get_target_uri(node["docname"])) or "."
    links = []
    for framework in node["frameworks"]:
        target = posixpath.relpath(f"{FOLDER}/{variant_path(node['docname'], framework)}", here)
        label = FRAMEWORKS[framework] if framework else "Download this page as a notebook"
        links.append(f'<a class="sd-btn sd-btn-outline-primary" href="{target}" download>{label}</a>')
    several = "Download this page as a notebook for " if len(links) > 1 else ""
    translator.body.append(f'<p class="db-notebook">{several}{" ".join(links)}</p>\n')
    raise nodes.SkipNode


def forget_page(app: Sphinx, environment: BuildEnvironment, docname: str) -> None:
    """A page that is read again says again whether it wants a notebook."""
    _pages(environment).discard(docname)


def merge_pages(app: Sphinx, environment: BuildEnvironment, docnames: Set[str], other: BuildEnvironment) -> None:
    """Take over what another process read."""
    _pages(environment).update(_pages(other) & set(docnames))


def write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """Write the notebooks that are new or changed."""
    if exception is not None or app.builder.format != "html" or app.builder.name == "epub":
        return
    from albert_docs_pkg.sphinxext.parser import create_parser

    pages = sorted(_pages(app.env))
    first = [Cell(cell["type"], cell["content"].strip("\n")) for cell in first_cells(app)] if pages else []
    for docname in pages:
        variants = framework_variants(_source(app.env, docname))
        for framework, text in variants.items():
            file = Path(app.outdir) / FOLDER / variant_path(docname, framework)
            _write(file, page_to_notebook(text, create_parser(), first))


def _write(file: Path, content: str) -> None:
    if file.is_file() and file.read_text(encoding="utf-8") == content:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(content, encoding="utf-8")
    partial.replace(file)


def _source(environment: BuildEnvironment, docname: str) -> str:
    return Path(environment.doc2path(docname)).read_text(encoding="utf-8")


def _pages(environment: BuildEnvironment) -> set[str]:
    pages: set[str] = environment.__dict__.setdefault("doc_builder_notebooks", set())
    return pages
