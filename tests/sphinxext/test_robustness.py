"""Any text is a page: no crash, true positions, and time in proportion to its length."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docutils import nodes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sphinx.testing.util import SphinxTestApp

from albert_docs_pkg.sphinxext.attributes import literal, read_tag
from albert_docs_pkg.sphinxext.docstrings import read_docstring
from albert_docs_pkg.sphinxext.notebook import page_to_notebook
from albert_docs_pkg.sphinxext.parser import create_parser
from albert_docs_pkg.sphinxext.runnable import displayed, runnable_blocks
from albert_docs_pkg.sphinxext.syntax import SYNTAX
from albert_docs_pkg.sphinxext.tags import scan

Read = Callable[[str], nodes.document]

PIECES = [
    "<Tip>", "</Tip>", "<Tip warning={true}>", "<frameworkcontent>", "</frameworkcontent>", "<pt>", "</pt>", "<tf>",
    "</tf>", "<jax>", "</jax>", "<flax>", '<hfoptions id="x">', "</hfoptions>", '<hfoption id="a">', "</hfoption>",
    "[[autodoc]] Duck", "[[autodoc]] Duck - name", "    - name", "- all", "[[open-in-colab]]", "# T", "## T[[a.b]]",
    "```py", "```", "~~~", "```py runnable:a", "# doc-builder: hide", "`", "``", "[`Duck`]", "[`~pond.Duck`]",
    "[x](y#z)",
    "[x](#t)", "$$", "$x$", "\\\\(x\\\\)", "<!--", "-->", "> [!NOTE]", "> ", "- ", "1. ", "  ", "    ", "\t",
    '<PipelineTag pipeline="fill-mask"/>', "<Youtube id='a'/>", "<Question choices={[{text: 'a'}]}/>", "<Question {",
    "{#if fw === 'pt'}", "{:else}", "{/if}", "<literalinclude>", '{"path": "index.mdx"}', "</literalinclude>",
    "<include>", "</include>", "<Unknown>", "<div>", "</div>", "<details>", "</details>",
    "<img src='x.png'>", "<a href='index#t'>", "| a | b |", "|---|---|", "===PT-TF-SPLIT===", ">>> x",
    "<<<<<<< HEAD", "=======", "---", "\n", "\n\n", "\n", " ", "word", "é", "\x00", "\\", "*", "_", "[", "]", "(", ")",
    "<python>", "<tokenizerslangcontent>", "</tokenizerslangcontent>", "<Added version='1'/>", '="', "{", "}", "<", ">",
    "Args:\n    a (`int`): b", "Returns:", "Raises:\n    X: y", "::", ":class:`x`", "\r\n", "&amp;", "[^1]", "[^1]: x",
]  # fmt: skip
texts = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
lines = st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), max_size=30).map("\n".join)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory, _pond: None) -> Iterator[Read]:
    """Reads a text as a page, with everything that Sphinx does while reading."""
    source = tmp_path_factory.mktemp("fuzz")
    (source / "conf.py").touch()
    (source / "index.mdx").write_text("# T\n")
    app = SphinxTestApp(
        "dummy",
        srcdir=source,
        warning=io.StringIO(),
        confoverrides={
            "extensions": ["albert_docs_pkg.sphinxext"],
            "doc_builder_package": "pond",
            "doc_builder_docstrings": "markdown",
        },
    )
    app.build()

    def run(text: str) -> nodes.document:
        Path(source, "index.mdx").write_text(text, encoding="utf-8", newline="")
        app.builder.read_doc("index")
        return app.env.get_doctree("index")

    yield run
    app.cleanup()


relaxed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(text=st.one_of(texts, lines))
def test_any_text_is_read_without_a_crash(read: Read, text: str) -> None:
    assert isinstance(read(text), nodes.document)


@relaxed
@given(text=st.one_of(texts, lines))
def test_line_numbers_stay_inside_the_page(read: Read, text: str) -> None:
    count = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for node in read(text).findall(nodes.Element):
        if node.line is not None and str(node.source or "").endswith("index.mdx"):
            assert 0 <= node.line <= count + 1


@relaxed
@given(text=st.one_of(texts, lines))
def test_pairs_of_tags_are_nested_and_in_order(text: str) -> None:
    index = scan(text, SYNTAX.components)
    spans = sorted((start, pair.end) for start, pair in index.pairs.items())
    open_ends: list[int] = []
    for start, end in spans:
        assert start < end <= len(text)
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        assert not open_ends or end <= open_ends[-1]
        open_ends.append(end)


@relaxed
@given(text=st.one_of(texts, lines))
def test_any_text_can_be_a_docstring_a_notebook_or_code(text: str) -> None:
    read_docstring(text)
    displayed(text)
    runnable_blocks(text)
    page_to_notebook(text, create_parser())


@relaxed
@given(text=texts)
def test_any_text_can_be_an_attribute(text: str) -> None:
    literal(text)
    tag = read_tag(f"<Tip a={{{text}}}>", 0, {"Tip"})
    assert tag is None or tag.end <= len(text) + 10


@given(
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(alphabet=st.characters(codec="utf-8"))),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
        max_leaves=10,
    )
)
def test_json_is_read_as_it_is(value: object) -> None:
    assert literal(json.dumps(value)) == value


HOSTILE = {
    "unclosed tips": "<Tip>\n\n",
    "unclosed tips in a line": "<Tip ",
    "open braces": "<Question choices={",
    "open quotes": "<Tip a='",
    "backticks": "`a``b```c````",
    "unclosed fences in lists": "- ```py\n",
    "brackets": "[`a",
    "references": "[`Duck`] ",
    "autodoc lists": "- a\n",
    "dollars": "$a ",
    "double dollars": "$$\n",
    "parentheses": "\\\\(",
    "conditionals": "{#if x}\n",
    "comments": "<!-- ",
    "options": '<hfoptions id="a">\n<hfoption id="b">\n',
    "closed options": '<hfoptions id="a"><hfoption id="b">x</hfoption></hfoptions>',
    "tags on a line": "<Tip>a</Tip>",
    "headings": "## Again\n",
    "alerts": "> [!NOTE]\n\n",
    "includes": "<include>",
    "cut cells": "|`a|b`|\n|-|-|\n|`|`|\n\n",
    "no tables": "|a|\n|-|-|\n",
    "incomplete tags": "a <Tip b\n",
    "stray ends": "</div>\n",
    "raw blocks": "<div>\n<section>\n</div>\n",
    "headings in raw blocks": "<div>\n\n## Again\n\n</div>\n\n",
    "deep lists": "    - a\n        - b\n",
    "broken widgets": '<Question choices={[{text: "a}]}\n',
    "conflicts": "<<<<<<< a\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_reading_time_grows_in_proportion_to_the_length(name: str) -> None:
    piece = HOSTILE[name]
    small, large = 5_000, 40_000

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            create_parser().parse(text)
            best = min(best, time.process_time() - start)
        return best

    # 8 times the text; quadratic growth would take 64 times as long
    assert seconds(large) < 24 * max(seconds(small), 0.01)
