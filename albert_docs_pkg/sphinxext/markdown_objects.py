"""Objects whose docstrings are Markdown: Sphinx's Python domain makes the frames, the texts are rendered here."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.ext.napoleon import Config, GoogleDocstring
from sphinx.locale import _
from sphinx.util.inspect import object_description, signature, stringify_signature
from sphinx.util.typing import stringify_annotation

from albert_docs_pkg.sphinxext.docstring_markup import is_rest
from albert_docs_pkg.sphinxext.docstrings import (
    Docstring,
    Errors,
    Parameter,
    Parameters,
    Result,
    Text,
    read_docstring,
)
from albert_docs_pkg.sphinxext.lookup import Found
from albert_docs_pkg.sphinxext.rst_objects import parse_rst

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.autodoc import Request
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer


def markdown_object(renderer: DocBuilderRenderer, request: Request, line: int) -> list[nodes.Node]:
    """Describe an object and its members.

    The Python domain makes the frames, so that objects are indexed and linked to as everywhere in Sphinx; the
    docstrings are rendered into them.
    """
    shown = [request.found, *request.members]
    for one in shown:
        for file in source_files(one.value):
            renderer.sphinx_env.note_dependency(file)
    lines: list[str] = []
    for number, one in enumerate(shown):
        lines += ["   " + row if number and row else row for row in _frame(one, request.no_index(one))]
    made = parse_rst(renderer, lines, line)
    holder = nodes.Element("", *made)
    if request.found.kind == "module":
        _fill(renderer, holder, request.found)
        return list(holder.children)
    frames = list(holder.findall(addnodes.desc))
    for frame, one in zip(frames, shown, strict=True):
        if not is_rest(docstring_of(one)):
            content = frame[-1]
            members = list(content.children)
            content.clear()
            _fill(renderer, content, one)
            content.extend(members)
    return list(holder.children)


def docstring_of(found: Found) -> str:
    """The docstring to show; empty where Python made it up, as it does for dataclasses."""
    value = found.value
    if found.is_class:
        doc = value.__dict__.get("__doc__") or ""
        made_up = doc.startswith(f"{value.__name__}(") and doc.endswith(")") and "\n" not in doc
        if made_up or (isinstance(value, enum.EnumMeta) and doc == enum.Enum.__doc__):
            doc = ""
        if not doc and "__init__" in value.__dict__:
            doc = value.__init__.__doc__ or ""
        return str(doc)
    if found.kind in ("attribute", "data") and not inspect.isdatadescriptor(value):
        return ""
    doc = inspect.getdoc(value) if found.kind in ("method", "property") else getattr(value, "__doc__", None)
    return doc if isinstance(doc, str) else ""


def source_files(value: Any) -> Iterator[str]:
    """The files that an object's documentation comes from; a class has those of its bases in the same package."""
    package = str(getattr(value, "__module__", "")).partition(".")[0]
    classes: Any = value.__mro__ if isinstance(value, type) else (inspect.unwrap(value) if callable(value) else value,)
    for one in classes:
        if isinstance(one, property):
            one = one.fget
        if str(getattr(one, "__module__", "")).partition(".")[0] != package and one is not value:
            continue
        try:
            file = inspect.getsourcefile(one)
        except TypeError:
            continue
        if file:
            yield file


def signature_of(found: Found) -> str:
    """The signature as Sphinx writes it, with ``*`` and ``/`` and the return annotation; empty where there is none."""
    if found.kind in ("property", "attribute", "data", "module"):
        return ""
    bound = found.kind == "method" and not isinstance(_static(found), staticmethod)
    try:
        described = signature(found.value, bound_method=bound and not inspect.ismethod(found.value))
    except (TypeError, ValueError):
        return ""
    if found.is_class:
        described = described.replace(return_annotation=inspect.Signature.empty)
    try:
        return stringify_signature(described, unqualified_typehints=True)
    except Exception:  # an annotation whose repr fails
        return stringify_signature(described, show_annotation=False, show_return_annotation=False)


def _frame(found: Found, no_index: bool) -> list[str]:
    if found.kind == "module":
        lines = [f".. py:module:: {found.module}", *(["   :no-index:"] if no_index else []), ""]
        return lines + (_rest_lines(found) if is_rest(docstring_of(found)) else [])
    text = signature_of(found).replace("\n", " ").replace("\\", "\\\\")
    lines = [f".. py:{found.kind}:: {found.path}{text}", f"   :module: {found.module}"]
    if no_index:
        lines.append("   :no-index:")
    elif found.is_class:
        defined = f"{found.value.__module__}.{found.value.__qualname__}"
        if defined != found.name and defined.replace(".", "").replace("_", "").isalnum():
            lines.append(f"   :canonical: {defined}")
    lines += [f"   {flag}" for flag in _flags(found)]
    lines.append("")
    if is_rest(docstring_of(found)):
        lines += ["   " + row if row else "" for row in _rest_lines(found)]
    return lines


def _rest_lines(found: Found) -> list[str]:
    settings = Config(napoleon_use_param=True, napoleon_use_rtype=False)
    text = inspect.cleandoc(docstring_of(found))
    converted = GoogleDocstring(text, cast(Any, settings), what=cast(Any, found.kind), name=found.name)
    return [*str(converted).split("\n"), ""]


def _flags(found: Found) -> Iterator[str]:
    static = _static(found)
    if found.kind == "method":
        if isinstance(static, staticmethod):
            yield ":staticmethod:"
        elif isinstance(static, classmethod):
            yield ":classmethod:"
    if found.kind in ("method", "function") and inspect.iscoroutinefunction(inspect.unwrap(found.value)):
        yield ":async:"
    if found.kind == "property":
        getter = getattr(static, "fget", None) or getattr(static, "func", None)
        annotation = getattr(getter, "__annotations__", {}).get("return")
        if annotation is not None:
            yield f":type: {stringify_annotation(annotation, 'smart')}"
    if found.kind in ("attribute", "data") and not inspect.isdatadescriptor(static):
        text = object_description(found.value)
        if "\n" not in text and len(text) < 200:
            yield f":value: {text}"


def _static(found: Found) -> Any:
    return found.static if found.static is not None else found.value


def _fill(renderer: DocBuilderRenderer, content: nodes.Element, found: Found) -> None:
    """Render a docstring into ``content``; its warnings name the file of the object and the line of the docstring."""
    text = docstring_of(found)
    if not text.strip():
        return
    file = next(source_files(found.value), "")
    scope = getattr(found.value, "__module__", None) or found.module
    with renderer.text_from(f"{file}:docstring of {found.name}", scope), renderer.current_node_context(content):
        parsed = read_docstring(text)
        for line, message in parsed.problems:
            renderer.warn(message, "docstring", line + 1)
        _render(renderer, parsed)


def _render(renderer: DocBuilderRenderer, parsed: Docstring) -> None:
    fields: nodes.field_list | None = None
    for part in parsed.parts:
        if isinstance(part, Text):
            fields = None
            renderer.nested_render_text(part.text, part.line)
            continue
        if fields is None:
            fields = nodes.field_list()
            fields.source, fields.line = renderer.document["source"], part.line + 1
            renderer.current_node.append(fields)
        if isinstance(part, Parameters):
            fields += _parameters(renderer, part)
        elif isinstance(part, Result):
            fields += _result(renderer, part)
        else:
            fields += _errors(renderer, part)


def _parameters(renderer: DocBuilderRenderer, part: Parameters) -> nodes.field:
    """Node tree, as Sphinx makes it of ``:param name:``.

    ::

        <field classes="db-parameters">
            <field_name>
            <field_body>
                <bullet_list>
                    <list_item>
                        <paragraph>
                            <literal_strong> name
    """
    title = _("Parameters") if part.title == "Parameters" else part.title
    listing = nodes.bullet_list()
    for parameter in part.parameters:
        strong = addnodes.literal_strong("", parameter.name)
        listing += _item(renderer, strong, parameter)
    return nodes.field("", nodes.field_name("", title), nodes.field_body("", listing), classes=["db-parameters"])


def _result(renderer: DocBuilderRenderer, part: Result) -> nodes.field:
    body = nodes.field_body()
    _described(renderer, body, [], part.type, part.text, part.line)
    return nodes.field("", nodes.field_name("", _(part.title)), body)


def _errors(renderer: DocBuilderRenderer, part: Errors) -> nodes.field:
    listing = nodes.bullet_list()
    for entry in part.entries:
        item = nodes.list_item()
        _described(renderer, item, [], entry.name, entry.description, entry.description_line)
        listing += item
    return nodes.field("", nodes.field_name("", _("Raises")), nodes.field_body("", listing))


def _item(renderer: DocBuilderRenderer, strong: nodes.Element, parameter: Parameter) -> nodes.list_item:
    item = nodes.list_item()
    head: list[nodes.Node] = [strong]
    kind = parameter.type
    if kind:
        inner = nodes.inline()
        with renderer.current_node_context(inner):
            renderer.nested_render_text(kind, parameter.line, inline=True)
        head += [nodes.Text(" ("), *inner.children, nodes.Text(")")]
    _described(renderer, item, head, "", parameter.description, parameter.description_line)
    return item


def _described(
    renderer: DocBuilderRenderer, holder: nodes.Element, head: list[nodes.Node], kind: str, text: str, line: int
) -> None:
    """Put ``head``, a type and a text into ``holder``, in one paragraph where the text begins with one."""
    if kind:
        inner = nodes.inline()
        with renderer.current_node_context(inner):
            renderer.nested_render_text(kind, line, inline=True)
        head = [*head, *inner.children]
    with renderer.current_node_context(holder):
        if text:
            renderer.nested_render_text(text, line)
    if not head:
        return
    first = holder.children[0] if holder.children else None
    if isinstance(first, nodes.paragraph):
        first.children[:0] = [*head, nodes.Text(" – ")]
        for node in first.children:
            node.parent = first
    else:
        paragraph = nodes.paragraph("", "", *head)
        paragraph.source, paragraph.line = renderer.document["source"], line + 1
        holder.insert(0, paragraph)
