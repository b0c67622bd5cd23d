"""Headings inside of tabs and tips: anchors, links to them, and their place in the contents of the page."""

from __future__ import annotations

import re

from docutils import nodes

from tests.sphinxext.conftest import Build

PAGE = """\
# Title

<hfoptions id="how">
<hfoption id="first">

## Train it

Text.

### In steps

Text.

## Share `it` [[share]]

</hfoption>
<hfoption id="second">

## Train it

</hfoption>
</hfoptions>

## Section

<Tip>

### Deep down

</Tip>

### Sub-section

[one](#train-it), [two](#train-it-1), [three](#share), [four](#share-it), [five](#deep-down)
"""


def _contents(entries: nodes.Node) -> list[object]:
    """Titles, with those below them as a list behind."""
    result: list[object] = []
    for item in entries.children:
        result.append(item[0].astext())
        if len(item.children) > 1:
            result.append(_contents(item[1]))
    return result


def test_they_are_headings_with_doc_builders_ids(build: Build) -> None:
    html = build({"index.mdx": PAGE}).text()
    assert '<h2 class="rubric" id="train-it">' in html
    assert '<h3 class="rubric" id="in-steps">' in html
    assert '<h2 class="rubric" id="train-it-1">' in html
    assert '<h2 class="rubric" id="share">' in html
    assert '<a class="headerlink" href="#in-steps"' in html


def test_links_lead_to_them_by_anchor_and_by_slug(build: Build) -> None:
    built = build({"index.mdx": PAGE, "other.mdx": "# O\n\n[x](index#deep-down) [y](index#share-it)\n"})
    assert built.warnings == []
    for target in ("train-it", "train-it-1", "share", "deep-down"):
        assert f'<a class="reference internal" href="#{target}">' in built.text()
    assert re.findall(r'href="index.html#([^"]+)"', built.text("other.html"))[:2] == ["deep-down", "share"]


def test_they_are_in_the_contents_of_the_page_nested_by_level(build: Build) -> None:
    built = build({"index.mdx": PAGE})
    assert _contents(built.app.env.tocs["index"]) == [
        "Title",
        [
            "Train it",
            ["In steps"],
            "Share it",
            "Train it",
            "Section",
            ["Deep down", "Sub-section"],
        ],
    ]
    assert 'href="#in-steps">In steps</a>' in built.text()


def test_headings_in_docstrings_stay_out_of_the_contents(build: Build) -> None:
    page = "# T\n\n[[autodoc]] water.Lake\n\n<Tip>\n\n## Real\n\n</Tip>\n"
    built = build({"index.mdx": page})
    assert built.warnings == []
    assert "Swimming" in built.text()
    assert "Swimming" not in built.app.env.tocs["index"].astext()
    assert "Real" in built.app.env.tocs["index"].astext()


def test_a_page_without_a_title_lists_them_too(build: Build) -> None:
    built = build({"index.mdx": "<Tip>\n\n## Alone\n\n</Tip>\n"}, "dummy")
    assert "Alone" in built.app.env.tocs["index"].astext()
