"""Pages as Markdown and the list of them, for readers that are programs."""

from __future__ import annotations

from pathlib import Path

from tests.sphinxext.conftest import Build

PAGE = """\
# Ducks[[the-ducks]]

<Tip warning={true}>

Ducks bite; see [`Duck`].

</Tip>

```py
>>> 1 + 1
2
```

[[autodoc]] Duck
    - move
    - name

[[autodoc]] count

[[autodoc]] Nothing
"""
TREE = "- local: index\n  title: Front\n- local: z/ducks\n  title: Ducks\n- local: a\n  title: A\n"


def test_pages_are_written_as_markdown_with_their_objects(build: Build) -> None:
    pages = {"index.mdx": "# Front\n", "z/ducks.mdx": PAGE, "a.mdx": "# A\n", "_toctree.yml": TREE}
    options = {"doc_builder_markdown": True, "doc_builder_toctree": "_toctree.yml", "project": "Pond"}
    built = build(pages, suppress_warnings=["doc_builder.object"], **options)
    assert built.warnings == []
    text = built.text("z/ducks.md")
    assert text.startswith("# Ducks\n")
    assert "<Tip" not in text
    assert "[[" not in text
    assert "Ducks bite; see `Duck`." in text
    assert "```py\n1 + 1\n```\n\n```text\n2\n```" in text
    assert "#### pond.Duck\n\n```py\nDuck(name: str = 'Donald', /, size: int = 1, *," in text
    assert "##### pond.Duck.move\n\n```py\nDuck.move() -> str\n```\n\nSwims." in text
    assert "##### pond.Duck.name\n\n```py\nDuck.name\n```" in text
    assert "Duck.hatch" not in text
    assert "#### pond.count" in text
    assert "`Nothing`" in text
    assert built.text("llms.txt") == "# Pond\n\n- [Front](index.md)\n- [Ducks](z/ducks.md)\n- [A](a.md)\n"
    assert built.text("llms-full.txt") == "# Front\n\n\n" + text + "\n\n# A\n"


def test_pages_of_other_formats_are_listed_with_their_address(build: Build) -> None:
    pages = {"index.mdx": "# Front\n", "b.rst": "B\n=\n"}
    built = build(pages, doc_builder_markdown=True, source_suffix={".mdx": "doc-builder", ".rst": "restructuredtext"})
    assert "- [B](b.html)" in built.text("llms.txt")


def test_nothing_is_written_unless_asked_for(build: Build) -> None:
    built = build({"index.mdx": "# Front\n"})
    assert not list(Path(built.app.outdir).glob("*.md"))
    assert not (Path(built.app.outdir) / "llms.txt").exists()
