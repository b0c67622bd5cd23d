"""Tests of ``<Recorded>``: what named blocks printed and drew, on the page."""

from __future__ import annotations

import shutil
import struct
import zlib
from pathlib import Path

import pytest
from docutils import nodes

from albert_docs_pkg.sphinxext.notebook import page_cells
from albert_docs_pkg.sphinxext.parser import create_parser
from tests.sphinxext.conftest import Build

PAGE = """\
# Page

- In a list:

  ```py name=loss
  print(1)
  ```

  <Recorded name="loss" alt="The loss falls."/>

After.
"""


def png(width: int, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\x00" + b"\xff" * width for _ in range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """The folder in which the records of the page ``a/page`` lie."""
    folder = tmp_path / "source" / "_build" / "recorded" / "a" / "page"
    folder.mkdir(parents=True)
    (folder / "loss.txt").write_text("epoch 1: <0.5>\n", encoding="utf-8")
    (folder / "loss.png").write_bytes(png(300))
    return folder


def test_text_and_images_stand_below_the_block(build: Build, records: Path) -> None:
    (records / "loss.10.png").write_bytes(png(150))
    (records / "loss.2.png").write_bytes(png(600))
    (records / "loss-other.png").write_bytes(png(150))
    built = build({"index.md": "# T\n", "a/page.mdx": PAGE})
    assert not built.warnings
    item = built.tree("a/page").next_node(nodes.list_item)
    container = item.next_node(nodes.container)
    assert container["classes"] == ["db-recorded"]
    assert container.next_node(nodes.literal_block).astext() == "epoch 1: <0.5>\n"
    images = list(container.findall(nodes.image))
    assert [image["width"] for image in images] == ["200px", "400px", "100px"]
    assert [image["alt"] for image in images] == ["The loss falls."] * 3
    page = built.text("a/page.html")
    assert "epoch 1: &lt;0.5&gt;" in page
    assert 'src="../_images/loss.png"' in page
    assert (Path(built.app.outdir) / "_images" / "loss.png").read_bytes() == png(300)


@pytest.mark.parametrize(("builder", "file"), [("text", "a/page.txt"), ("latex", "sphinxtestproject.tex")])
@pytest.mark.usefixtures("records")
def test_other_builders_show_records_too(build: Build, builder: str, file: str) -> None:
    index = "# T\n\n```{toctree}\na/page\n```\n"
    built = build({"index.md": index, "a/page.mdx": PAGE}, builder, master_doc="index", project="Sphinx test project")
    assert not built.warnings
    text = built.text(file)
    assert "epoch 1" in text
    assert "The loss falls." in text if builder == "text" else "{{loss}.png}" in text


def test_page_is_built_again_when_its_records_change(build: Build, records: Path) -> None:
    pages = {"index.md": "# T\n", "a/page.mdx": PAGE}
    build(pages)
    assert "a/page" not in build(pages).read
    (records / "loss.txt").write_text("epoch 2\n", encoding="utf-8")
    built = build(pages)
    assert "a/page" in built.read
    assert "epoch 2" in built.text("a/page.html")
    (records / "loss.2.png").write_bytes(png(150))
    (records / "loss.txt").touch()
    assert len(list(build(pages).tree("a/page").findall(nodes.image))) == 2


def test_missing_record_says_what_to_run_and_appears_later(build: Build, records: Path) -> None:
    pages = {"index.md": "# T\n", "a/page.mdx": PAGE}
    shutil.rmtree(records)
    built = build(pages)
    assert built.warnings == [
        'a/page.mdx:9: WARNING: <Recorded name="loss"/>: nothing is recorded yet; run "make doctest" '
        "[doc_builder.recorded]"
    ]
    records.mkdir(parents=True)
    (records / "loss.txt").write_text("now\n", encoding="utf-8")
    built = build(pages)
    assert not built.warnings
    assert "now" in built.text("a/page.html")


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (PAGE.replace('name="loss"', 'name="lost"'), 'name="lost"/>: no fence has this name; the page has loss'),
        (PAGE.replace(" name=loss", ""), 'name="loss"/>: no fence has this name; the page names no block'),
        (PAGE.replace('name="loss" ', ""), 'name=""/>: no fence has this name'),
        (PAGE.replace('alt="The loss falls."', ""), 'the block draws, so an alt="..." must say what'),
    ],
)
@pytest.mark.usefixtures("records")
def test_mistakes_are_warnings_with_file_and_line(build: Build, page: str, says: str) -> None:
    built = build({"index.md": "# T\n", "a/page.mdx": page})
    assert len(built.warnings) == 1
    assert built.warnings[0].startswith("a/page.mdx:9: WARNING: <Recorded ")
    assert says in built.warnings[0]


def test_block_without_any_result_is_a_warning(build: Build, records: Path) -> None:
    (records / "loss.txt").write_text("", encoding="utf-8")
    (records / "loss.png").unlink()
    built = build({"index.md": "# T\n", "a/page.mdx": PAGE})
    assert "the block printed and drew nothing" in built.warnings[0]


def test_folder_is_an_option(build: Build, records: Path) -> None:
    elsewhere = records.parents[3].parent / "elsewhere"
    shutil.move(records.parents[1], elsewhere)
    built = build({"index.md": "# T\n", "a/page.mdx": PAGE}, doc_builder_recorded="../elsewhere")
    assert not built.warnings
    assert "epoch 1" in built.text("a/page.html")
    assert (Path(built.app.outdir) / "_images" / "loss.png").is_file()


def test_notebooks_leave_the_tag_out() -> None:
    cells = list(page_cells(PAGE.replace("- In a list:\n", "").replace("  ", ""), create_parser()))
    assert [cell.kind for cell in cells] == ["markdown", "code", "markdown"]
    assert cells[2].source == "After."


def test_a_block_can_print_a_table(build: Build, records: Path) -> None:
    (records / "loss.png").unlink()
    (records / "loss.txt").write_text("| step | loss |\n| --- | ---: |\n| 1 | 0.5 |\n", encoding="utf-8")
    page = PAGE.replace('alt="The loss falls."', "markdown")
    built = build({"index.md": "# T\n", "a/page.mdx": page})
    assert not built.warnings
    container = built.tree("a/page").next_node(nodes.list_item).next_node(nodes.container)
    assert [entry.astext() for entry in container.findall(nodes.entry)] == ["step", "loss", "1", "0.5"]
    assert container.next_node(nodes.literal_block) is None
