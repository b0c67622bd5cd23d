"""Tests of the site in a browser: front page, search, narrow screens, keyboard, and the framework switch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.site.html_pages import all_pages

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A new tab that writes down requests to elsewhere and what scripts complain about."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.outside, tab.complaints = [], []
    tab.on("request", lambda request: None if "://127.0.0.1:" in request.url else tab.outside.append(request.url))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on("console", lambda message: tab.complaints.append(message.text) if message.type == "error" else None)
    yield tab
    context.close()


def test_front_page_leads_to_the_quicktour(page: Any, address: str) -> None:
    page.goto(address)
    assert "ALBERT" in page.title()
    page.locator(".sd-card", has_text="Quicktour").click()
    page.wait_for_url("**/docs/quicktour.html")
    assert page.locator("h1").inner_text().startswith("Quicktour")
    assert (page.outside, page.complaints) == ([], [])


def test_no_page_asks_for_anything_from_outside(page: Any, site: Path, address: str) -> None:
    for path in all_pages(site):
        page.goto(f"{address}/{path.relative_to(site).as_posix()}", wait_until="load")
    assert (page.outside, page.complaints) == ([], [])


def test_search_finds_a_class(page: Any, address: str) -> None:
    page.goto(f"{address}/search.html?q=AlbertForMaskedLM")
    page.wait_for_selector("#search-results li a")
    results = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert any("docs/reference/albert.html#albert_docs_pkg.AlbertForMaskedLM" in link for link in results)
    assert page.outside == []


def test_page_fits_a_narrow_screen(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("index.html", "docs/quicktour.html", "docs/model_doc/albert.html", "docs/reference/albert.html"):
        page.goto(f"{address}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_copy_button_leaves_prompts_and_output_out(page: Any, address: str) -> None:
    page.goto(address)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page.locator("div.highlight").first.hover()
    page.locator("button.copybtn").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("import torch\n")
    assert ">>>" not in copied
    assert "..." not in copied


def test_link_to_an_object_inside_a_framework_block_shows_it(page: Any, address: str) -> None:
    page.goto(f"{address}/docs/model_doc/albert.html#albert_docs_pkg.AlbertForQuestionAnswering.forward")
    assert page.locator("[id='albert_docs_pkg.AlbertForQuestionAnswering.forward']").first.is_visible()


def test_dark_scheme_follows_the_system(browser: Any, address: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_framework_switch_shows_one_framework_and_remembers_it(page: Any, address: str) -> None:
    page.goto(f"{address}/docs/model_doc/albert.html")
    page.locator(".db-framework-switch").first.locator("label", has_text="PyTorch").click()
    for _ in ("now", "after a reload"):
        chosen = page.locator(".db-framework-switch input:checked").first.get_attribute("value")
        assert chosen == "pt"
        assert page.locator("#albertmodel").is_visible()
        assert page.locator(".db-framework:not(.db-framework-pt):visible").count() == 0
        page.reload()


def test_framework_chosen_in_a_guide_holds_for_the_whole_site(page: Any, address: str) -> None:
    page.goto(f"{address}/docs/tasks/sequence_classification.html")
    tabs = page.locator('.sd-tab-label[data-sync-group="framework"]', has_text="TensorFlow")
    assert tabs.count() > 1
    tabs.first.click()
    page.goto(f"{address}/docs/tasks/token_classification.html")
    code = page.locator(".sd-tab-content pre", has_text="TFAlbertForTokenClassification.from_pretrained")
    assert code.first.is_visible()
    assert not page.locator(".sd-tab-content pre", has_text="FlaxAlbertForTokenClassification").first.is_visible()
    page.goto(f"{address}/docs/model_doc/albert.html")
    assert page.locator("section.db-framework-tf").first.is_visible()
    assert not page.locator("section.db-framework-pt").first.is_visible()


def test_guide_fits_a_narrow_screen(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("index", "sequence_classification", "token_classification", "masked_language_modeling"):
        page.goto(f"{address}/docs/tasks/{name}.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
