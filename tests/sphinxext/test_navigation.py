"""``_toctree.yml`` and ``_redirects.yml``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sphinxext.conftest import Build

TREE = """\
- local: index
  title: Ducks
- title: Guides
  isExpanded: true
  sections:
  - local: guides/start
    title: Start here
  - title: Deeper
    sections:
    - local: guides/more
      title: More
      sections:
      - local: guides/below
        title: Below
- title: API
  sections:
  - title: Both
    local_fw: {pt: api_pt, tf: api_tf}
"""
PAGES = {
    "_toctree.yml": TREE,
    "index.mdx": "# Front\n\n[old](guides/old#part)\n",
    "guides/start.mdx": "# Start\n",
    "guides/more.mdx": "# More\n\n## Part\n",
    "guides/below.mdx": "# Below\n",
    "api_pt.mdx": "# PT\n",
    "api_tf.mdx": "# TF\n",
    "_redirects.yml": "guides/old: guides/more\nhub: /docs/transformers/index\n",
}
OPTIONS = {"doc_builder_toctree": "_toctree.yml", "suppress_warnings": [], "html_theme": "alabaster"}


def test_entries_become_navigation_with_titles_and_captions(build: Build) -> None:
    built = build(PAGES, **OPTIONS)
    assert built.warnings == []
    assert built.app.env.toctree_includes["index"] == ["guides/start", "guides/more", "api_pt", "api_tf"]
    assert built.app.env.toctree_includes["guides/more"] == ["guides/below"]
    html = built.text("guides/start.html")
    for shown in ("Guides", "Start here", "Both (PyTorch)"):
        assert shown in built.text("index.html") + html


def test_redirects_leave_pages_and_old_links_work(build: Build) -> None:
    built = build(PAGES, **OPTIONS)
    assert 'href="guides/more.html#part"' in built.text()
    assert 'url=more.html"' in built.text("guides/old.html")
    assert "https://huggingface.co/docs/transformers/index" in built.text("hub.html")


def test_mistakes_are_reported_with_file_and_line(build: Build) -> None:
    pages = PAGES | {
        "_toctree.yml": TREE + "- local: gone\n  title: Gone\n- colour: red\n  local: index\n",
        "_redirects.yml": "a: nowhere\n",
    }
    warnings = [line for line in build(pages, **OPTIONS).warnings if "doc_builder.toctree" in line]
    assert warnings == [
        "_toctree.yml:21: WARNING: unknown key 'colour' [doc_builder.toctree]",
        "_toctree.yml:19: WARNING: gone is listed, but there is no such page [doc_builder.toctree]",
        "_redirects.yml:1: WARNING: the redirect a leads to nowhere; there is no such page [doc_builder.toctree]",
    ]


def test_files_that_cannot_be_read_are_reported(build: Build) -> None:
    built = build(PAGES | {"_toctree.yml": "- a: [b\n", "_redirects.yml": "- x\n"}, **OPTIONS)
    lines = [line for line in built.warnings if "doc_builder.toctree" in line]
    assert len(lines) == 2
    assert lines[0].startswith("_toctree.yml:2: WARNING: it cannot be read")
    assert lines[1].startswith("_redirects.yml:1: WARNING: it must hold a mapping")


def test_a_changed_navigation_is_seen_by_the_next_build(build: Build) -> None:
    build(PAGES, **OPTIONS)
    shorter = build(PAGES | {"_toctree.yml": TREE.split("- title: API")[0]}, **OPTIONS)
    assert shorter.app.env.toctree_includes["index"] == ["guides/start", "guides/more"]
    assert "guides/start" not in shorter.read


def test_redirects_stay_inside_the_output_folder(build: Build, tmp_path: Path) -> None:
    build(PAGES | {"_redirects.yml": "../../outside: index\n"}, **OPTIONS)
    assert not list(tmp_path.glob("**/outside*"))


@pytest.mark.parametrize(("builder", "address"), [("html", "chapter0/1.html"), ("dirhtml", "chapter0/1/")])
def test_a_folder_without_an_index_page_leads_to_its_first_page(build: Build, builder: str, address: str) -> None:
    pages = {"chapter0/1.mdx": "# One\n", "_toctree.yml": "- local: chapter0/1\n  title: One\n"}
    built = build(pages, builder, doc_builder_toctree="_toctree.yml", root_doc="chapter0/1")
    assert built.warnings == []
    assert f'<a href="{address}">' in built.text("index.html")
    assert "One" in built.text(f"{address}index.html" if address.endswith("/") else address)
