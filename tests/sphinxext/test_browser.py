"""The framework switch and tabs in a browser: by mouse, by keyboard, across pages, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sphinxext.conftest import Build

pytestmark = pytest.mark.browser
MODEL = """\
# Model

<frameworkcontent>
<pt>

## In PyTorch

A

</pt>
<tf>

## In TensorFlow

B

</tf>
<jax>

## In JAX

C

</jax>
</frameworkcontent>

## For all
"""
GUIDE = """\
# Guide

<frameworkcontent>
<pt>

Tab of PyTorch.

</pt>
<tf>

Tab of TensorFlow.

</tf>
</frameworkcontent>

<hfoptions id="way">
<hfoption id="first">

The first way.

</hfoption>
<hfoption id="second">

The second way.

</hfoption>
</hfoptions>
"""


@pytest.fixture
def site(build: Build) -> str:
    """The address of a built project."""
    built = build({"index.mdx": MODEL, "guide.mdx": GUIDE}, html_theme="pydata_sphinx_theme")
    assert built.warnings == []
    return Path(built.app.outdir).as_uri()


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab with a memory of its own, which fails on errors of scripts."""
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def shown(tab: Any) -> list[str]:
    """The headings that can be seen."""
    return [text.rstrip("#") for text in tab.locator("article h2:visible").all_inner_texts()]


def test_the_switch_filters_sections_and_is_remembered(tab: Any, site: str) -> None:
    tab.goto(f"{site}/index.html")
    assert shown(tab) == ["In PyTorch", "In TensorFlow", "In JAX", "For all"]
    tab.locator(".db-framework-switch input[value=tf]").first.check()
    assert shown(tab) == ["In TensorFlow", "For all"]
    tab.reload()
    assert shown(tab) == ["In TensorFlow", "For all"]


def test_a_link_to_a_hidden_section_reveals_it(tab: Any, site: str) -> None:
    tab.goto(f"{site}/index.html")
    tab.locator(".db-framework-switch input[value=tf]").first.check()
    tab.goto(f"{site}/guide.html")
    tab.goto(f"{site}/index.html#in-jax")
    assert "In JAX" in shown(tab)
    tab.evaluate("location.hash = '#in-pytorch'")
    tab.wait_for_selector("#in-pytorch:visible")
    tab.goto(f"{site}/guide.html")
    tab.goto(f"{site}/index.html")
    assert shown(tab) == ["In TensorFlow", "For all"]


def test_the_choice_holds_for_tabs_of_other_pages(tab: Any, site: str) -> None:
    tab.goto(f"{site}/index.html")
    tab.locator(".db-framework-switch input[value=tf]").first.check()
    tab.goto(f"{site}/guide.html")
    assert tab.get_by_text("Tab of TensorFlow.").is_visible()
    assert not tab.get_by_text("Tab of PyTorch.").is_visible()


def test_switch_and_tabs_are_operated_with_the_keyboard(tab: Any, site: str) -> None:
    tab.goto(f"{site}/index.html")
    tab.locator(".db-framework-switch input[value=all]").first.focus()
    tab.keyboard.press("ArrowRight")
    assert shown(tab) == ["In PyTorch", "For all"]
    tab.goto(f"{site}/guide.html")
    radio = tab.locator("input[type=radio]").nth(2)
    radio.focus()
    assert tab.get_by_text("The first way.").is_visible()
    tab.keyboard.press("ArrowRight")
    assert tab.get_by_text("The second way.").is_visible()
    assert not tab.get_by_text("The first way.").is_visible()


def test_a_link_to_a_heading_in_a_tab_opens_the_tab(build: Build, tab: Any) -> None:
    page = """\
# T

<hfoptions id="way">
<hfoption id="first">

The first way.

</hfoption>
<hfoption id="second">

## Plain

## Größe

</hfoption>
</hfoptions>
"""
    site = Path(build({"index.mdx": page}, html_theme="pydata_sphinx_theme").app.outdir).as_uri()
    for anchor, heading in (("plain", "Plain"), ("größe", "Größe")):
        tab.goto(f"{site}/genindex.html")
        tab.goto(f"{site}/index.html")
        assert shown(tab) == []
        tab.locator(f".page-toc a[href='#{anchor}'], #pst-page-toc-nav a[href='#{anchor}']").first.click()
        tab.get_by_role("heading", name=heading).wait_for()
        tab.goto(f"{site}/genindex.html")
        tab.goto(f"{site}/index.html#{anchor}")
        assert shown(tab) == ["Plain", "Größe"]


def test_an_address_can_choose_an_option(tab: Any, site: str) -> None:
    tab.goto(f"{site}/guide.html?way=second")
    assert tab.get_by_text("The second way.").is_visible()


def test_everything_can_be_read_without_javascript(browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/index.html")
    assert shown(page) == ["In PyTorch", "In TensorFlow", "In JAX", "For all"]
    assert page.locator(".db-framework-switch:visible").count() == 0
    page.goto(f"{site}/guide.html")
    page.locator("label", has_text="second").click()
    assert page.get_by_text("The second way.").is_visible()
    context.close()
