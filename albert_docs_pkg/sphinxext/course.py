"""The widgets of courses and hub pages: questions, link lists, and providers, in a form that needs no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from albert_docs_pkg.sphinxext.framework import add_switch
from albert_docs_pkg.sphinxext.nodes_for_html import as_paragraph, passthrough
from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer


class question_choice(nodes.General, nodes.Element):
    """A choice with its explanation; HTML folds the explanation away."""


class choice_label(nodes.General, nodes.TextElement):
    """The text of a choice, above its explanation."""


def setup_course(app: Sphinx) -> None:
    """Register the tags and nodes."""
    for name, render in {
        "Question": render_question,
        "CourseFloatingBanner": render_links,
        "DocNotebookDropdown": render_links,
        "FrameworkSwitchCourse": render_framework_switch,
        "InferenceSnippet": render_providers,
        "EditOnGithub": render_edit_link,
        "CopyLLMTxtMenu": render_nothing,
    }.items():
        SYNTAX.add_component(Component(name, f"db_{name.lower()}", body="none"), render)
    SYNTAX.add_component(Component("ExampleCodeBlock", "db_example"), render_example)
    app.add_node(question_choice, html=(visit_choice, depart_choice), **passthrough())
    app.add_node(choice_label, html=(visit_label, depart_label), **as_paragraph())


def render_question(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """``<Question choices={[{text, explain, correct}]}/>``.

    Node tree::

        <container classes="db-question">
            <question_choice>
                <choice_label>
                <paragraph>
                    <strong> Correct
                    explanation
    """
    choices = token.meta["attributes"].get("choices")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        _cannot_show(renderer, token, "choices")
        return
    question = nodes.container(classes=["db-question"])
    renderer.place(question, token)
    line = token_line(token, 0)
    for choice in choices:
        label = choice_label()
        verdict = "Correct." if choice.get("correct") else "Not correct."
        explanation = nodes.paragraph("", "", nodes.strong(verdict, verdict), nodes.Text(" "))
        for node, text in ((label, choice.get("text", "")), (explanation, choice.get("explain", ""))):
            renderer.add_line_and_source_path(node, token)
            with renderer.current_node_context(node):
                renderer.nested_render_text(str(text), line - 1, inline=True)
        question += question_choice("", label, explanation)


def render_links(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """``<CourseFloatingBanner notebooks={[{label, value}]}/>`` and ``<DocNotebookDropdown options={...}/>``.

    Node tree::

        <bullet_list classes="db-links">
            <list_item>
                <paragraph>
                    <reference>
    """
    attributes = token.meta["attributes"]
    entries = attributes.get("notebooks", attributes.get("options"))
    if entries is None and token.meta["name"] == "CourseFloatingBanner":
        return  # a banner with a discussion link only
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and "value" in entry for entry in entries):
        _cannot_show(renderer, token, "notebooks" if "notebooks" in attributes else "options")
        return
    links = nodes.bullet_list(bullet="-", classes=["db-links"])
    renderer.place(links, token)
    for entry in entries:
        address, label = str(entry["value"]), str(entry.get("label") or entry["value"])
        link = nodes.reference("", label, refuri=address, internal=False)
        links += nodes.list_item("", nodes.paragraph("", "", link))


def render_framework_switch(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """``<FrameworkSwitchCourse {fw}/>``: the switch of this page."""
    add_switch(renderer, ["pt", "tf"], token)


def render_providers(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """``<InferenceSnippet pipeline= providersMapping= conversational/>``: which provider serves which model.

    Node tree::

        <paragraph>
            task
        <table classes="db-providers">
            a row for each provider: its name, the model on the hub, the model's name at the provider
    """
    attributes = token.meta["attributes"]
    providers = attributes.get("providersMapping")
    if not isinstance(providers, dict):
        _cannot_show(renderer, token, "providersMapping")
        return
    task = str(attributes.get("pipeline") or "")
    if attributes.get("conversational"):
        task += " (conversational)"
    if task:
        renderer.place(nodes.paragraph("", "", nodes.Text("Inference providers for "), nodes.strong(task, task)), token)
    rows: list[list[nodes.Node]] = []
    for provider, details in providers.items():
        held = details if isinstance(details, dict) else {"modelId": details}
        model, name = str(held.get("modelId") or ""), str(held.get("providerModelId") or "")
        link = nodes.reference("", model, refuri=f"https://huggingface.co/{model}", internal=False)
        rows.append([nodes.Text(str(provider)), link if model else nodes.Text(""), nodes.literal(name, name)])
    headings: list[nodes.Node] = [nodes.Text(text) for text in ("Provider", "Model", "Its name there")]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in headings), cols=len(headings))
    group += nodes.thead("", _row(headings))
    group += nodes.tbody("", *map(_row, rows))
    renderer.place(nodes.table("", group, classes=["db-providers"]), token)


def render_edit_link(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """``<EditOnGithub source="..."/>``: a link."""
    source = str(token.meta["attributes"].get("source", ""))
    if source.startswith(("https://", "http://")):
        link = nodes.reference("", "Edit on GitHub", refuri=source, internal=False)
        renderer.place(nodes.paragraph("", "", link), token)


def render_nothing(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A menu of the Hugging Face site that has no counterpart here."""


def render_example(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """``<ExampleCodeBlock anchor="...">``: a place to link to.

    Node tree::

        <container ids="anchor">
            body
    """
    node = nodes.container(classes=["db-example"])
    anchor = str(token.meta["attributes"].get("anchor", ""))
    if anchor and anchor not in renderer.document.ids:
        node["ids"].append(anchor)
        renderer.document.ids[anchor] = node
    renderer.fill(node, token)


def visit_choice(translator: HTML5Translator, node: question_choice) -> None:
    """Open a fold; it works without a script and with a keyboard."""
    translator.body.append('<details class="db-choice">')


def depart_choice(translator: HTML5Translator, node: question_choice) -> None:
    """Close the fold."""
    translator.body.append("</details>\n")


def visit_label(translator: HTML5Translator, node: choice_label) -> None:
    """Open the part of a fold that is always shown."""
    translator.body.append("<summary>")


def depart_label(translator: HTML5Translator, node: choice_label) -> None:
    """Close it."""
    translator.body.append("</summary>\n")


def _cannot_show(renderer: DocBuilderRenderer, token: SyntaxTreeNode, attribute: str) -> None:
    message = f"<{token.meta['name']}> is not shown: {attribute} is no literal that can be read"
    renderer.warn(message, "component", token_line(token, 0))


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))
