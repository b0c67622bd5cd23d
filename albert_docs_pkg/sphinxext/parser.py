"""The Sphinx parser for doc-builder pages: MyST's, with doc-builder's constructs instead of MyST's own syntax."""

from __future__ import annotations

from docutils import nodes
from markdown_it import MarkdownIt
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from myst_parser.parsers.sphinx_ import MystParser
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.component_rules import component_plugin
from albert_docs_pkg.sphinxext.headings import slugify
from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer, render_warning
from albert_docs_pkg.sphinxext.syntax import SYNTAX


def setup_parser(app: Sphinx) -> None:
    """Register the ``doc-builder`` file type and ``.mdx`` as its suffix."""
    app.add_source_suffix(".mdx", "doc-builder")
    app.add_source_parser(DocBuilderParser)
    SYNTAX.add_plugin("components", component_plugin)
    SYNTAX.add_renderer("db_warning", render_warning)


class DocBuilderParser(MystParser):
    """Reads pages of the file type ``doc-builder``."""

    supported: tuple[str, ...] = ("doc-builder",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Parse a page into ``document``."""
        parser = create_parser()
        parser.options["document"] = document
        # a NUL would be replaced by markdown-it, and the positions of tags would no longer fit
        parser.render(inputstring.replace("\x00", "�").replace("\r\n", "\n").replace("\r", "\n"))


def create_parser() -> MarkdownIt:
    """A markdown-it parser with the rules of all registered constructs.

    MyST's own inline and block syntax is off: on a doc-builder page ``{name}`` and ``%`` are text.
    """
    config = MdParserConfig(
        enable_extensions={"strikethrough", "tasklist", "gfm_autolink"},
        disable_syntax=["code", "myst_line_comment", "myst_block_break", "myst_target", "myst_role"],
        heading_anchors=6,
        heading_slug_func=slugify,
        heading_anchors_html_ids=False,
        footnote_sort=False,
    )
    parser = create_md_parser(config, DocBuilderRenderer)
    for plugin in SYNTAX.plugins.values():
        parser.use(plugin)
    return parser
