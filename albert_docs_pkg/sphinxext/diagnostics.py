"""Warnings about pages: one type, ``doc_builder``, with a subtype for each kind of mistake."""

from __future__ import annotations

from typing import Any

from sphinx.util import logging

LOGGER = logging.getLogger(__name__)

SUBTYPES = {
    "anchor": "a link to an anchor that its page does not have",
    "autodoc": "an `[[autodoc]]` line or method list that doc-builder would misread",
    "code": "a fence that is not closed",
    "component": "a component that is not shown, or has an attribute that means nothing",
    "conditional": "`{#if}` blocks that do not balance",
    "conflict": "a merge-conflict marker left in the page",
    "docstring": "a Markdown docstring that cannot be read as it stands",
    "duplicate": "an object that another page documents too, and neither is in `doc_builder_no_index`",
    "file": "an image, a video or a sound in raw HTML that is not there",
    "framework": "text or a second block in `<frameworkcontent>` that doc-builder would drop",
    "include": "an include whose file or markers cannot be found",
    "link": "a link to a page that is not there",
    "math": "`$$` without a second one",
    "name": "a name that resolves nowhere",
    "object": "an object that `[[autodoc]]` cannot find",
    "pipeline": "a `<PipelineTag>` for a task that does not exist",
    "recorded": "a `<Recorded>` whose block does not exist, has not run, or shows nothing",
    "table": "a table that loses a part of itself, or is none",
    "tag": "a tag that is unknown, not closed, or closes nothing",
    "toctree": "a `_toctree.yml` or `_redirects.yml` that does not fit the pages",
}
"""What can be silenced with ``suppress_warnings = ["doc_builder.<subtype>"]``, and what it is about."""


def warn(message: str, subtype: str, location: Any) -> None:
    """Report a mistake in a page.

    Args:
        message: One sentence that names what was found and, where it helps, what is expected.
        subtype: One of :data:`SUBTYPES`.
        location: A node, ``(docname, line)``, or ``"path:line"``.
    """
    assert subtype in SUBTYPES, subtype
    LOGGER.warning(message, type="doc_builder", subtype=subtype, location=location)
