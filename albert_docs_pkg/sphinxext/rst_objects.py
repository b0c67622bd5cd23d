"""Objects whose docstrings are reStructuredText: autodoc and whatever extensions are on describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst.languages import get_language
from docutils.parsers.rst.states import Inliner, NestedStateMachine, Struct, state_classes
from docutils.statemachine import StringList

from albert_docs_pkg.sphinxext.lookup import Found

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.autodoc import Request
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_DIRECTIVES = {
    "class": "autoclass",
    "exception": "autoexception",
    "function": "autofunction",
    "method": "automethod",
    "property": "autoproperty",
    "attribute": "autoattribute",
    "data": "autodata",
    "module": "automodule",
}


def rst_object(renderer: DocBuilderRenderer, request: Request, line: int) -> list[nodes.Node]:
    """Run autodoc for an object and, inside of it, for each of its members in the order of the page."""
    return parse_rst(renderer, directive_lines(request), line)


def directive_lines(request: Request) -> list[str]:
    """The directives that stand for an ``[[autodoc]]`` line."""
    lines = _directive(request.found, request.no_index(request.found))
    for one in request.members:
        lines += ["   " + text if text else "" for text in _directive(one, request.no_index(one))]
    return lines


def parse_rst(renderer: DocBuilderRenderer, lines: list[str], line: int) -> list[nodes.Node]:
    """Parse reStructuredText into the document that is being rendered, blaming ``line`` for all of it."""
    document, reporter = renderer.document, renderer.document.reporter
    container = nodes.Element()
    container.document = document
    inliner = Inliner()
    inliner.init_customizations(document.settings)
    memo = Struct(
        document=document,
        reporter=reporter,
        language=get_language(document.settings.language_code, reporter),
        title_styles=[],
        section_level=0,
        section_bubble_up_kludge=False,
        inliner=inliner,
    )
    content = StringList(lines, items=[(document["source"], line - 1)] * len(lines))
    # docutils installs its own function here unless one is there; MyST's mock must be back afterwards
    mocked = reporter.__dict__.pop("get_source_and_line", None)
    try:
        machine = NestedStateMachine(state_classes=state_classes, initial_state="Body")
        machine.run(content, 0, memo, container)
    finally:
        reporter.__dict__.pop("get_source_and_line", None)
        if mocked is not None:
            reporter.get_source_and_line = mocked
    return list(container.children)


def _directive(found: Found, no_index: bool) -> list[str]:
    lines = [f".. {_DIRECTIVES[found.kind]}:: {found.module}{'::' + found.path if found.path else ''}"]
    if found.kind in ("class", "exception", "module"):
        lines.append("   :no-members:")
    if no_index:
        lines.append("   :no-index:")
    return [*lines, ""]
