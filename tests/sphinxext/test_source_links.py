"""Source links: to pages of the site without any option, to a repository where its address is given."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from albert_docs_pkg.sphinxext.source_links import source_of, source_url
from tests.sphinxext.conftest import Build

PAGE = """\
# T

[[autodoc]] Duck
    - move
    - rest
    - hatch
    - species
    - name

[[autodoc]] Frog
    - move
    - rest

[[autodoc]] count

[[autodoc]] Shore

[[autodoc]] DEPTH
"""


def _sources(html: str) -> dict[str, str]:
    """The source link of each object."""
    entries = re.findall(r'<dt class="sig sig-object py" id="([^"]+)">(.*?)</dt>', html, re.DOTALL)
    links = {name: re.search(r'href="([^"]+)"><span class="viewcode-link', entry) for name, entry in entries}
    return {name: match.group(1) for name, match in links.items() if match}


@pytest.mark.parametrize("docstrings", ["markdown", "rst"])
def test_without_options_objects_lead_to_their_source_in_the_site(build: Build, docstrings: str) -> None:
    built = build({"index.mdx": PAGE}, doc_builder_docstrings=docstrings)
    links = _sources(built.text())
    animals = "_modules/pond/animals.html"
    assert links == {
        "pond.Duck": f"{animals}#Duck",
        "pond.Duck.move": f"{animals}#Duck.move",
        "pond.Duck.rest": f"{animals}#Duck.rest",
        "pond.Duck.hatch": f"{animals}#Duck.hatch",
        "pond.Duck.species": f"{animals}#Duck.species",
        "pond.Duck.name": f"{animals}#Duck.name",
        "pond.Frog": f"{animals}#Frog",
        "pond.Frog.move": f"{animals}#Animal.move",
        "pond.Frog.rest": f"{animals}#Animal.rest",
        "pond.count": f"{animals}#count",
        "pond.Shore": "_modules/pond/water.html#Shore",
    }
    for link in links.values():
        page, _, anchor = link.partition("#")
        assert f'id="{anchor}"' in built.text(page)


def test_the_source_leads_back_to_an_anchor_that_the_page_has(build: Build) -> None:
    built = build({"index.mdx": PAGE})
    ids = set(re.findall(r' id="([^"]+)"', built.text()))
    for page in ("animals", "water"):
        backlinks = re.findall(r'href="\.\./\.\./index\.html#([^"]+)"', built.text(f"_modules/pond/{page}.html"))
        assert backlinks
        assert set(backlinks) <= ids


def test_it_leads_back_too_where_a_page_names_the_module_in_another_way(build: Build) -> None:
    pages = {
        "index.mdx": "# T\n\n[[autodoc]] Duck\n",
        "other.mdx": "# O\n\n[[autodoc]] pond.animals.Animal\n    - move\n",
        "third.rst": "R\n=\n\n.. py:module:: pond.animals\n\n.. autofunction:: pond.animals.count\n",
    }
    built = build(pages)
    for page, anchor in re.findall(r'href="\.\./\.\./([^"#]+)#([^"]+)"', built.text("_modules/pond/animals.html")):
        assert f'id="{anchor}"' in built.text(page), anchor


def test_a_source_page_is_written_again_only_when_its_file_changed(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "library" / "brook.py"
    module.parent.mkdir()
    module.write_text('def flow():\n    """Old."""\n')
    monkeypatch.syspath_prepend(module.parent)
    pages = {"index.mdx": "# T\n\n[[autodoc]] flow\n"}
    page = Path(build(pages, doc_builder_package="brook").app.outdir) / "_modules" / "brook.html"
    page.write_text("as it was")
    build({"index.mdx": "# New title\n\n[[autodoc]] flow\n"}, doc_builder_package="brook")
    assert page.read_text() == "as it was"
    os.utime(module, (page.stat().st_mtime + 10,) * 2)
    build(pages, doc_builder_package="brook")
    assert "Old." in page.read_text()


def test_with_an_address_objects_lead_to_their_lines_in_the_repository(build: Build) -> None:
    built = build({"index.mdx": PAGE}, doc_builder_source_url="https://example.org/pond/blob/v1/src/")
    assert built.warnings == []
    links = _sources(built.text())
    assert re.fullmatch(r"https://example.org/pond/blob/v1/src/pond/animals.py#L\d+-L\d+", links["pond.Duck"])
    assert links["pond.Frog.move"] == source_url("https://example.org/pond/blob/v1/src", "pond.animals", "Animal.move")
    assert not (built.app.outdir / "_modules").exists()


def test_an_address_may_say_where_path_and_lines_go() -> None:
    address = source_url("https://example.org/?f={path}&l={line},{end}", "json", "JSONDecoder")
    assert address is not None
    assert re.fullmatch(r"https://example.org/\?f=json/decoder.py&l=\d+,\d+", address)
    package = source_url("https://example.org", "json", "dumps")
    assert package is not None
    assert "/json/__init__.py#L" in package


def test_an_empty_address_leaves_links_out(build: Build) -> None:
    assert _sources(build({"index.mdx": PAGE}, doc_builder_source_url="").text()) == {}


def test_a_function_of_the_project_is_used_where_there_is_one(build: Build) -> None:
    built = build(
        {"index.mdx": PAGE},
        extensions=["sphinx.ext.linkcode", "albert_docs_pkg.sphinxext"],
        linkcode_resolve=lambda domain, info: f"https://example.org/{info['fullname']}",
        suppress_warnings=["config.cache"],
    )
    assert _sources(built.text())["pond.count"] == "https://example.org/count"


@pytest.mark.parametrize(
    ("module", "path"), [("builtins", "int"), ("json", "nothing"), ("nowhere", "x"), ("math", "pi"), ("json", "")]
)
def test_what_has_no_python_source_has_no_link(module: str, path: str) -> None:
    assert source_of(module, path) is None
    assert source_url("https://example.org", module, path) is None
