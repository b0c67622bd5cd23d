"""Reads built pages: their links, their anchors, what they load, and the text that is no code."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

_LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}
_LOADING_RELATIONS = {"stylesheet", "preload", "prefetch", "icon", "modulepreload", "preconnect", "dns-prefetch"}
_CODE = {"pre", "code", "script", "style", "textarea"}


@dataclass
class Page:
    """What tests ask of a page."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    headings: list[tuple[str, str]] = field(default_factory=list)
    images_without_text: list[str] = field(default_factory=list)
    prose: str = ""


@cache
def read_page(path: Path) -> Page:
    """Read one built page."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    reader.page.prose = " ".join("".join(reader.text).split())
    return reader.page


def all_pages(site: Path) -> list[Path]:
    """Return every page of the site, without the templates that themes keep among their files."""
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.relative_to(site).parts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.text: list[str] = []
        self.code = 0
        self.heading: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if values.get("id"):
            self.page.anchors.add(values["id"])
        if tag == "a" and values.get("name"):
            self.page.anchors.add(values["name"])
        if tag == "a" and "href" in values:
            self.page.links.append(values["href"])
        if tag in _LOADS and values.get(_LOADS[tag]):
            self.page.loads.append(values[_LOADS[tag]])
        if tag == "link" and _LOADING_RELATIONS & set(values.get("rel", "").split()):
            self.page.loads.append(values.get("href", ""))
        if tag == "img" and "alt" not in values:
            self.page.images_without_text.append(values.get("src", ""))
        if tag in _CODE:
            self.code += 1
        if tag in ("h1", "h2", "h3"):
            self.heading = tag
            self.page.headings.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _CODE:
            self.code -= 1
        if tag == self.heading:
            self.heading = None

    def handle_data(self, data: str) -> None:
        if self.heading:
            tag, text = self.page.headings[-1]
            self.page.headings[-1] = (tag, text + data.removesuffix("#"))
        if not self.code:
            self.text.append(data)
