"""Raw HTML: links lead to pages, images and files are copied along, and what is not there is reported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.sphinxext.conftest import Build

CARDS = """\
# Front

<div class="cards">
  <a class="card" href="./guides/start"
    ><div>Start</div>
  </a>
  <a href='guides/start.md#second-part'>Part</a> <a href="#front">Here</a>
  <a href="https://example.org/a?b=c&amp;d=e">Away</a> <a id="anchor" name="x">No address</a>
  <a href="/docs/accelerate/index">Site</a> <a href="mailto:us@example.org">Mail</a>
</div>

A line with <a href="guides/start">a link</a> and <img src="imgs/pond.png" alt="A pond"/>.

<video controls src="/imgs/film.mp4" poster=imgs/pond.png></video>

<a href="data/list%20of.csv" download>Table</a>

<!-- <img src="imgs/never.png"> <a href="nowhere"> -->
"""
GUIDE = '# Start\n\n## Second part\n\n<img src="../imgs/pond.png">\n\n<a href="../index">Up</a>\n'


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A source folder with files that pages show."""
    source = tmp_path / "source"
    for name in ("imgs/pond.png", "imgs/film.mp4", "data/list of.csv"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(name.encode())
    return source


@pytest.mark.parametrize(("builder", "guide", "front"), [("html", "guides/start.html", "../index.html")])
def test_links_lead_to_pages_and_anchors(build: Build, files: Path, builder: str, guide: str, front: str) -> None:
    built = build({"index.mdx": CARDS, "guides/start.mdx": GUIDE}, builder)
    assert built.warnings == []
    html = built.text()
    assert f'<a class="card" href="{guide}"' in html
    assert f'<a href="{guide}#second-part">Part</a>' in html
    assert f'<a href="{guide}">a link</a>' in html
    assert '<a href="#front">Here</a>' in html
    assert '<a href="https://example.org/a?b=c&amp;d=e">' in html
    assert '<a href="https://huggingface.co/docs/accelerate/index">' in html
    assert '<a href="mailto:us@example.org">' in html
    assert f'<a href="{front}">Up</a>' in built.text(guide)


def test_files_are_copied_and_found_from_every_page(build: Build, files: Path) -> None:
    built = build({"index.mdx": CARDS, "guides/start.mdx": GUIDE})
    out = Path(built.app.outdir)
    html = built.text()
    for kind, name in (("src", "imgs/pond.png"), ("src", "imgs/film.mp4"), ("poster", "imgs/pond.png")):
        assert f'{kind}="_images/{Path(name).name}"' in html
        assert (out / "_images" / Path(name).name).read_bytes() == name.encode()
    assert '<img src="../_images/pond.png">' in built.text("guides/start.html")
    download = re.search(r'href="(_downloads/[^"]+)" download', html)
    assert download is not None
    assert (out / download.group(1).replace("%20", " ")).read_bytes() == b"data/list of.csv"
    assert '<!-- <img src="imgs/never.png"> <a href="nowhere"> -->' in html


@pytest.mark.parametrize("builder", ["dirhtml", "singlehtml", "epub", "latex", "text", "dummy"])
def test_other_builders_take_them(build: Build, files: Path, builder: str) -> None:
    built = build(
        {"index.mdx": CARDS, "guides/start.mdx": GUIDE},
        builder,
        epub_show_urls="no",
        project="P",
        copyright="us",
        version="1",
    )
    assert [line for line in built.warnings if "unknown mimetype" not in line] == []
    if builder == "dirhtml":
        assert '<img src="../../_images/pond.png">' in built.text("guides/start/index.html")
        assert '<a href="../../">Up</a>' in built.text("guides/start/index.html")


@pytest.mark.parametrize("builder", ["html", "dummy"])
def test_what_is_not_there_is_reported_with_its_line(build: Build, files: Path, builder: str) -> None:
    page = (
        '# T\n\n<div>\n<img src="imgs/none.png">\n<a href="./missing">x</a>\n<a href="index#no">y</a>\n</div>\n\n'
        'In a line <img src="gone.png"/>.\n'
    )
    built = build({"index.mdx": page}, builder)
    assert sorted(built.warnings) == [
        'index.mdx:4: WARNING: <img src="imgs/none.png">: there is no such file [doc_builder.file]',
        'index.mdx:5: WARNING: <a href="./missing">: there is no such page [doc_builder.link]',
        'index.mdx:6: WARNING: <a href="index#no">: index has no such anchor [doc_builder.anchor]',
        'index.mdx:9: WARNING: <img src="gone.png">: there is no such file [doc_builder.file]',
    ]


def test_a_file_outside_of_the_source_folder_is_not_copied(build: Build, files: Path) -> None:
    (files.parent / "secret.png").write_bytes(b"x")
    built = build({"index.mdx": '# T\n\n<img src="../secret.png">\n'})
    assert built.warnings == [
        'index.mdx:3: WARNING: <img src="../secret.png">: there is no such file [doc_builder.file]'
    ]
    assert not list(Path(built.app.outdir).rglob("secret.png"))
