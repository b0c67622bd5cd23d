"""``doc_builder_markdown``: each page as plain Markdown beside its HTML, and ``llms.txt``, which lists them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from markdown_it.token import Token
from sphinx.application import Sphinx
from sphinx.config import Config

from albert_docs_pkg.sphinxext.lookup import Found, documented_methods, find, member
from albert_docs_pkg.sphinxext.notebook import page_cells

_BUILDERS = ("html", "dirhtml")


def setup_markdown_pages(app: Sphinx) -> None:
    """Register the option, and what runs when a page and when the site was written."""
    app.add_config_value("doc_builder_markdown", False, "html", types=(bool,))
    app.connect("html-page-context", write_page)
    app.connect("build-finished", write_lists)


def write_page(app: Sphinx, docname: str, template: str, context: dict[str, Any], tree: nodes.document | None) -> None:
    """Write a doc-builder page as Markdown; it runs in the process that writes the HTML."""
    if not app.config.doc_builder_markdown or app.builder.name not in _BUILDERS or tree is None:
        return
    source = Path(app.env.doc2path(docname))
    if app.config.source_suffix.get(source.suffix) == "doc-builder":
        file = Path(app.outdir) / f"{docname}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page_to_markdown(source.read_text(encoding="utf-8"), app.config), encoding="utf-8")


def page_to_markdown(text: str, config: Config) -> str:
    """A page without doc-builder's tags, with signatures and docstrings in the place of ``[[autodoc]]``."""
    from albert_docs_pkg.sphinxext.parser import create_parser

    parts = []
    for cell in page_cells(text, create_parser(), lambda token: "\n\n".join(_described(token, config))):
        if cell.kind == "markdown":
            parts.append(cell.source)
        else:
            parts.append(f"```py\n{cell.source}\n```" + (f"\n\n```text\n{cell.output}\n```" if cell.output else ""))
    return "\n\n".join(parts) + "\n"


def write_lists(app: Sphinx, exception: Exception | None) -> None:
    """Write ``llms.txt``, a list of the pages in reading order, and ``llms-full.txt``, all of them in one file."""
    if exception is not None or not app.config.doc_builder_markdown or app.builder.name not in _BUILDERS:
        return
    lines = [f"# {app.config.project}", ""]
    texts = []
    for docname in _reading_order(app):
        title = app.env.titles[docname].astext() if docname in app.env.titles else docname
        file = Path(app.outdir) / f"{docname}.md"
        address = f"{docname}.md" if file.is_file() else app.builder.get_target_uri(docname)
        lines.append(f"- [{title}]({address})")
        if file.is_file():
            texts.append(file.read_text(encoding="utf-8"))
    Path(app.outdir, "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    Path(app.outdir, "llms-full.txt").write_text("\n\n".join(texts), encoding="utf-8")


def _reading_order(app: Sphinx) -> list[str]:
    """The pages as the navigation has them, then those that it does not have."""
    following = {docname: relation[2] for docname, relation in app.env.collect_relations().items()}
    order: dict[str, None] = {}
    docname: str | None = app.config.root_doc
    while docname and docname not in order:
        order[docname] = None
        docname = following.get(docname)
    return [*order, *sorted(set(app.env.found_docs) - set(order))]


def _described(token: Token, config: Config) -> Iterator[str]:
    from albert_docs_pkg.sphinxext.markdown_objects import docstring_of, signature_of

    found = find(token.meta["name"], config)
    if not isinstance(found, Found):
        yield f"`{token.meta['name']}`"
        return
    names = token.meta["methods"]
    if found.is_class and (names is None or "all" in names):
        names = [*(names or ()), *documented_methods(found.value)]
    members = (member(found, name) for name in dict.fromkeys(names or ()) if found.is_class)
    for one in (found, *(one for one in members if one is not None)):
        yield f"{'####' if one is found else '#####'} {one.name}"
        yield f"```py\n{one.path or one.module}{signature_of(one)}\n```"
        if docstring_of(one).strip():
            yield page_to_markdown(inspect.cleandoc(docstring_of(one)), config).strip()
