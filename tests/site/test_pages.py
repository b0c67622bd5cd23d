"""Tests of the built pages: everything is there, every link leads somewhere, nothing comes from outside."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import albert_docs_pkg
from tests.site.html_pages import all_pages, read_page

MODEL_PAGE_SECTIONS = [
    "Overview",
    "Usage tips",
    "Using Scaled Dot Product Attention (SDPA)",
    "Resources",
    "AlbertConfig",
    "AlbertTokenizer",
    "AlbertTokenizerFast",
    "Albert specific outputs",
    "AlbertModel",
    "AlbertForPreTraining",
    "AlbertForMaskedLM",
    "AlbertForSequenceClassification",
    "AlbertForMultipleChoice",
    "AlbertForTokenClassification",
    "AlbertForQuestionAnswering",
]
REFERENCE_SECTIONS = [title for title in MODEL_PAGE_SECTIONS if title not in ("Usage tips", "Resources")]
REFERENCE_SECTIONS.remove("Using Scaled Dot Product Attention (SDPA)")

# What a construct leaves in the text when nobody rendered it.
LEFTOVERS = re.compile(
    r"\[\[(autodoc|open-in-colab)|</?(Tip|hfoptions?|frameworkcontent|pt|tf|jax|PipelineTag|Youtube)\b|:(class|func|meth|ref|doc):`|"
    r"^\.\. \w+::|System Message|<Unknown>|problematic|TODO",
    re.MULTILINE,
)


def test_front_page_is_where_servers_look_for_it(site: Path) -> None:
    front = read_page(site / "index.html")
    assert ("h1", "ALBERT") in front.headings
    for page in ("installation", "quicktour", "model_doc/albert", "reference/index", "data"):
        assert f"docs/{page}.html" in front.links
    assert "albert-wordnet-nano" in (site / "index.html").read_text(encoding="utf-8")


def test_every_public_object_has_an_entry_in_the_reference(site: Path) -> None:
    names = [f"albert_docs_pkg.{name}" for name in albert_docs_pkg.__all__ if name != "__version__"]
    for module in ("checkpoints", "wordnet", "pretraining"):
        public = importlib.import_module(f"albert_docs_pkg.{module}").__all__
        names += [f"albert_docs_pkg.{module}.{name}" for name in public if not name.isupper()]
    anchors = {anchor for page in (site / "docs" / "reference").glob("*.html") for anchor in read_page(page).anchors}
    assert [name for name in names if name not in anchors] == []


def test_every_model_shows_its_call(site: Path) -> None:
    anchors = read_page(site / "docs" / "reference" / "albert.html").anchors
    models = [name for name in albert_docs_pkg.__all__ if name == "AlbertModel" or name.startswith("AlbertFor")]
    models.remove("AlbertForPreTrainingOutput")
    assert len(models) == 7
    assert [name for name in models if f"albert_docs_pkg.{name}.forward" not in anchors] == []


@pytest.mark.parametrize(
    ("page", "sections"),
    [
        ("docs/model_doc/albert.html", MODEL_PAGE_SECTIONS),
        ("docs/reference/albert.html", REFERENCE_SECTIONS),
        (
            "docs/quicktour.html",
            ["Load", "Tokenize", "Fill a mask", "Classify", "Fine-tune", "Save", "Load again", "Where to go from here"],
        ),
    ],
)
def test_sections_stand_in_their_order(site: Path, page: str, sections: list[str]) -> None:
    found = [text.strip() for tag, text in read_page(site / page).headings if tag in ("h2", "h3")]
    assert [title for title in found if title in sections] == sections


def test_no_construct_is_left_unrendered(site: Path) -> None:
    found = {}
    for path in all_pages(site):
        # The manual of the page syntax shows constructs on purpose.
        if "doc_builder" not in path.parts and (leftover := LEFTOVERS.search(read_page(path).prose)):
            found[path.name] = leftover[0]
    assert found == {}


def test_every_internal_link_leads_to_a_page_and_an_anchor(site: Path) -> None:
    broken = []
    for path in all_pages(site):
        for link in read_page(path).links:
            target = urlsplit(link)
            if target.scheme or target.netloc or link in ("", "#"):
                continue
            file = (path.parent / unquote(target.path)).resolve() if target.path else path
            if not file.is_file():
                broken.append(f"{path.relative_to(site)}: {link}: no such file")
            elif target.fragment and file.suffix == ".html" and unquote(target.fragment) not in read_page(file).anchors:
                broken.append(f"{path.relative_to(site)}: {link}: no such anchor")
    assert broken == []


def test_links_outside_are_https(site: Path) -> None:
    links = {link for path in all_pages(site) for link in read_page(path).links}
    assert {link for link in links if link.startswith("http:")} == set()


def test_pages_load_nothing_from_outside(site: Path) -> None:
    outside = {}
    for path in all_pages(site):
        loads = [address for address in read_page(path).loads if urlsplit(address).scheme not in ("", "data")]
        loads += [address for address in read_page(path).loads if address.startswith("//")]
        if loads:
            outside[path.name] = loads
    assert outside == {}
    pattern = re.compile(r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"](?:https?:)?//")
    sheets = [path for path in site.rglob("*.css") if pattern.search(path.read_text(encoding="utf-8"))]
    assert sheets == []


def test_everything_a_page_loads_is_there(site: Path) -> None:
    missing = []
    for path in all_pages(site):
        for address in read_page(path).loads:
            target = urlsplit(address)
            if target.scheme == "" and not (path.parent / unquote(target.path)).resolve().is_file():
                missing.append(f"{path.relative_to(site)}: {address}")
    assert missing == []


def test_images_have_a_text(site: Path) -> None:
    assert {path.name: read_page(path).images_without_text for path in all_pages(site)} == {
        path.name: [] for path in all_pages(site)
    }


def test_objects_can_be_linked_from_other_projects(site: Path) -> None:
    from sphinx.util.inventory import InventoryFile

    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="").data
    assert {"albert_docs_pkg.AlbertModel", "albert_docs_pkg.AlbertTokenizerFast"} <= set(inventory["py:class"])
    assert "albert_docs_pkg.wordnet.load_dataset" in inventory["py:function"]
