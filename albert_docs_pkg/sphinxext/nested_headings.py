"""Headings inside of tabs, tips and lists: real headings with a link, entered in the contents of their page.

A docutils section cannot begin inside of another block, so these are rubrics; what sections get from Sphinx is added.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform

DEEPEST = 5
"""LaTeX has no sixth level in every class of document."""


def setup_nested_headings(app: Sphinx) -> None:
    """Register what runs after a page was read, and when it is written."""
    app.connect("doctree-read", enter_in_contents, priority=700)  # after Sphinx has collected the sections
    app.add_post_transform(HeadingLinks)


def mark_nested_heading(rubric: nodes.rubric, level: int, *, listed: bool) -> None:
    """Make a rubric a heading.

    Args:
        rubric: What MyST made of it.
        level: 1 to 6.
        listed: Whether it belongs into the contents of the page.
    """
    rubric["heading-level"] = min(level, DEEPEST)
    rubric["db_listed"] = listed


def enter_in_contents(app: Sphinx, document: nodes.document) -> None:
    """Put the headings before the sub-sections of the section that they stand in, nested by their levels."""
    docname = app.env.current_document.docname
    contents = app.env.tocs.get(docname)
    open_items: dict[int, list[tuple[int, nodes.list_item]]] = {}
    if contents is None:
        return
    for rubric in list(document.findall(nodes.rubric)):
        if not rubric.get("db_listed") or not rubric["ids"]:
            continue
        section = rubric.parent
        while section is not None and not isinstance(section, nodes.section):
            section = section.parent
        holder = _entry(contents, section)
        if section is not None and holder is None:
            continue
        text = rubric.astext()
        link = nodes.reference("", text, internal=True, refuri=docname, anchorname=f"#{rubric['ids'][0]}")
        item = nodes.list_item("", addnodes.compact_paragraph("", "", link))
        path = open_items.setdefault(id(section), [])
        while path and path[-1][0] >= rubric["heading-level"]:
            path.pop()
        if path:
            _sublist(path[-1][1]).append(item)
        else:
            entries = contents if holder is None else _sublist(holder)
            entries.insert(_position(entries, section, document), item)
        path.append((rubric["heading-level"], item))


class HeadingLinks(SphinxPostTransform):
    """Adds the link that readers copy, as section titles have it."""

    default_priority = 800
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Append a link to each heading."""
        permalinks, icon = self.config.html_permalinks, self.config.html_permalinks_icon
        for rubric in self.document.findall(nodes.rubric):
            if permalinks and rubric.get("db_listed") and rubric["ids"]:
                title = escape(_("Link to this heading"), quote=True)
                address = escape(rubric["ids"][0], quote=True)
                link = f'<a class="headerlink" href="#{address}" title="{title}">{icon}</a>'
                rubric += nodes.raw("", link, format="html")


def _entry(contents: nodes.bullet_list, section: nodes.section | None) -> nodes.list_item | None:
    """The entry of a section; that of the page itself has no anchor."""
    if section is None:
        return None
    wanted = {f"#{name}" for name in section["ids"]}
    for item in contents.findall(nodes.list_item):
        link = next(item[0].findall(nodes.reference), None)
        if link is not None and link["anchorname"] in wanted:
            return item
    first = contents.children[0] if contents.children else None
    return first if isinstance(first, nodes.list_item) and isinstance(section.parent, nodes.document) else None


def _sublist(item: nodes.list_item) -> nodes.bullet_list:
    if not isinstance(item[-1], nodes.bullet_list):
        item += nodes.bullet_list()
    entries = item[-1]
    assert isinstance(entries, nodes.bullet_list)
    return entries


def _position(entries: nodes.bullet_list, section: nodes.section | None, document: nodes.document) -> int:
    """Where the entries of sub-sections begin."""
    children = (document if section is None else section).children
    names = {f"#{name}" for child in children if isinstance(child, nodes.section) for name in child["ids"]}
    for number, item in enumerate(entries.children):
        link = next(item.findall(nodes.reference), None)
        if isinstance(item, nodes.list_item) and link is not None and link["anchorname"] in names:
            return number
        if isinstance(item, addnodes.toctree):
            return number
    return len(entries)
