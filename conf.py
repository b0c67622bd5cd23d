"""Configures the site: one Sphinx project whose source directory is the repository root.

The text of the front page is ``docs/index.rst``. Sphinx names a page's address after its source, so ``index.rst``
beside this file includes that text: the page is then ``_build/html/index.html``, where servers and readers look.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import pypandoc
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))
# nbsphinx calls pandoc by name; the one that pip installed comes first.
os.environ["PATH"] = os.pathsep.join([str(Path(pypandoc.get_pandoc_path()).parent), os.environ["PATH"]])

from albert_docs_pkg import __version__  # noqa: E402 - found through the line above

# sphinx-autodoc-typehints 3.6 calls a parser in the way of Sphinx 9; its users can do nothing about that.
warnings.filterwarnings("ignore", message=".*_RstSnippetParser", category=DeprecationWarning)
warnings.filterwarnings("ignore", message=".*_RstSnippetParser", category=PendingDeprecationWarning)

project = "albert_docs_pkg"
author = "the albert_docs_pkg authors"
project_copyright = f"2026, {author}"
version = release = __version__
language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_autodoc_typehints",
    "sphinx.ext.intersphinx",
    "myst_parser",
    "nbsphinx",
    "sphinx_design",
    "sphinx_copybutton",
    "albert_docs_pkg.sphinxext",
    "notebooks.executed_pages",
    "examples.archive",
]
root_doc = "index"
exclude_patterns = [
    "_build",
    ".*",
    "build",
    "dist",
    "shared",
    "tests",
    "examples",
    "albert_docs_pkg",
    "node_modules",
    "docs/index.rst",
    "README.md",
    "**/__pycache__",
]

# ------------------------------------------------------------------------------------------------- what is documented

nitpicky = True
nitpick_ignore_regex: list[tuple[str, str]] = []
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Shape", "notes_style")]
typehints_defaults = None
always_use_bars_union = True

# The inventories are files of this repository (docs/_inventories): a build needs no network.
intersphinx_mapping = {
    "jax": ("https://docs.jax.dev/en/latest", "docs/_inventories/jax.inv"),
    "python": ("https://docs.python.org/3", "docs/_inventories/python.inv"),
    "numpy": ("https://numpy.org/doc/stable", "docs/_inventories/numpy.inv"),
    "tensorflow": ("https://www.tensorflow.org", "docs/_inventories/tensorflow.inv"),
    "tokenizers": ("https://huggingface.co/docs/tokenizers", "docs/_inventories/tokenizers.inv"),
    "torch": ("https://docs.pytorch.org/docs/stable", "docs/_inventories/torch.inv"),
}

# ------------------------------------------------------------------------------------------------------ how it is read

myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
nbsphinx_execute = "never"  # they ran before the build; notebooks.executed_pages shows what came out
nbsphinx_requirejs_path = ""
nbsphinx_widgets_path = ""
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# Objects have their entry in docs/reference; the model page shows them without indexing them a second time.
doc_builder_package = "albert_docs_pkg"
doc_builder_docstrings = "rst"
doc_builder_no_index = ["docs/model_doc/albert", "docs/doc_builder/*"]

# ------------------------------------------------------------------------------------------------------- how it looks

html_theme = "pydata_sphinx_theme"
html_title = "ALBERT"
html_static_path = ["docs/_static"]
html_favicon = "docs/_static/favicon.svg"
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_last_updated_fmt = None
html_math_renderer = "mathml"
# no pages below them
html_sidebars = {pages: [] for pages in ("index", "docs/*", "docs/model_doc/*", "notebooks/*", "_modules/**", "C*")}
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "ALBERT"},
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "navigation_with_keys": False,
    "show_nav_level": 1,
    "show_toc_level": 2,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def setup(app: Sphinx) -> None:
    """Render formulas as MathML, which browsers show without a script from elsewhere."""
    app.add_html_math_renderer("mathml", (_visit_math, None), (_visit_math_block, None))


def _visit_math(translator: Any, node: nodes.math) -> None:
    translator.body.append(f'<span class="math">{tex2mathml(node.astext())}</span>')
    raise nodes.SkipNode


def _visit_math_block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode
