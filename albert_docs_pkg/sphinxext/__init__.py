"""A Sphinx extension that renders doc-builder pages (``.mdx``): any library, next to RST pages, offline.

Put ``extensions = ["albert_docs_pkg.sphinxext"]`` in ``conf.py``. Each construct has a file of its own; its
``setup_...`` function registers a tag or a markdown-it rule, a render function, and what Sphinx needs to know.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from albert_docs_pkg.sphinxext.admonitions import setup_admonitions
from albert_docs_pkg.sphinxext.alerts import setup_alerts
from albert_docs_pkg.sphinxext.autodoc import setup_autodoc
from albert_docs_pkg.sphinxext.code_tabs import setup_code_tabs
from albert_docs_pkg.sphinxext.conditionals import setup_conditionals
from albert_docs_pkg.sphinxext.conflicts import setup_conflicts
from albert_docs_pkg.sphinxext.course import setup_course
from albert_docs_pkg.sphinxext.fences import setup_fences
from albert_docs_pkg.sphinxext.folder_config import setup_folder_config
from albert_docs_pkg.sphinxext.framework import setup_framework
from albert_docs_pkg.sphinxext.headings import setup_headings
from albert_docs_pkg.sphinxext.hfoptions import setup_hfoptions
from albert_docs_pkg.sphinxext.html import setup_html
from albert_docs_pkg.sphinxext.html_links import setup_html_links
from albert_docs_pkg.sphinxext.html_nesting import setup_html_nesting
from albert_docs_pkg.sphinxext.include import setup_include
from albert_docs_pkg.sphinxext.indentation import setup_indentation
from albert_docs_pkg.sphinxext.links import setup_links
from albert_docs_pkg.sphinxext.markdown_pages import setup_markdown_pages
from albert_docs_pkg.sphinxext.math import setup_math
from albert_docs_pkg.sphinxext.nested_headings import setup_nested_headings
from albert_docs_pkg.sphinxext.object_anchors import setup_object_anchors
from albert_docs_pkg.sphinxext.open_in_colab import setup_open_in_colab
from albert_docs_pkg.sphinxext.options import setup_options
from albert_docs_pkg.sphinxext.page_anchors import setup_page_anchors
from albert_docs_pkg.sphinxext.parser import setup_parser
from albert_docs_pkg.sphinxext.pipeline_tag import setup_pipeline_tag
from albert_docs_pkg.sphinxext.recorded import setup_recorded
from albert_docs_pkg.sphinxext.references import setup_references
from albert_docs_pkg.sphinxext.source_links import setup_source_links
from albert_docs_pkg.sphinxext.tables import setup_tables
from albert_docs_pkg.sphinxext.toctree import setup_toctree
from albert_docs_pkg.sphinxext.vague_names import setup_vague_names
from albert_docs_pkg.sphinxext.youtube import setup_youtube

__all__ = ["setup"]

STATIC = Path(__file__).parent / "static"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything; Sphinx calls this."""
    app.setup_extension("myst_parser")
    app.setup_extension("sphinx_design")
    setup_options(app)
    setup_folder_config(app)
    setup_parser(app)
    # constructs
    setup_admonitions(app)
    setup_alerts(app)
    setup_autodoc(app)
    setup_code_tabs(app)
    setup_conditionals(app)
    setup_conflicts(app)
    setup_course(app)
    setup_fences(app)
    setup_framework(app)
    setup_headings(app)
    setup_hfoptions(app)
    setup_html(app)
    setup_html_links(app)
    setup_html_nesting(app)
    setup_include(app)
    setup_indentation(app)
    setup_links(app)
    setup_math(app)
    setup_open_in_colab(app)
    setup_pipeline_tag(app)
    setup_recorded(app)
    setup_references(app)
    setup_tables(app)
    setup_youtube(app)
    # what pages need of one another
    setup_markdown_pages(app)
    setup_nested_headings(app)
    setup_object_anchors(app)
    setup_page_anchors(app)
    setup_source_links(app)
    setup_vague_names(app)
    setup_toctree(app)
    app.connect("builder-inited", add_static_files)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}


def add_static_files(app: Sphinx) -> None:
    """Add the style sheet and the script of the framework switch to HTML builds."""
    if app.builder.format == "html":
        app.config.html_static_path.append(str(STATIC))
        app.add_css_file("doc-builder.css")
        app.add_js_file("doc-builder.js")
