"""Whole builds: all builders, two processes, and only what changed the second time."""

from __future__ import annotations

import re
import sys
from io import StringIO
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

from tests.sphinxext.conftest import Build

EVERYTHING = """\
# Ducks [[ducks]]

[[open-in-colab]]

<PipelineTag pipeline="fill-mask"/>

See [`Duck`], [`~pond.count`], [the frog](other#frogs) and \\\\(x^2\\\\).

$$
a = b
$$

<Tip warning={true}>

Ducks *bite*.

</Tip>

> [!NOTE] A note.

<hfoptions id="how">
<hfoption id="first">

The first way.

</hfoption>
<hfoption id="second">

The second way.

</hfoption>
</hfoptions>

<frameworkcontent>
<pt>

## In PyTorch

Text for PyTorch.

</pt>
<tf>

## In TensorFlow

Text for TensorFlow.

</tf>
</frameworkcontent>

<Youtube id="abc"/>

<Question choices={[{text: "Yes", explain: "Indeed", correct: true}]}/>

<Added version="2.0">

New.

</Added>

| a | b |
|---|---|
| 1 | [`Frog`] |

```py runnable:quack
>>> import pond  # doctest: +SKIP
```

<div>raw</div>

## API

[[autodoc]] Duck
    - __call__
    - all
"""
OTHER = (
    "# Other\n\n## Frogs\n\n[[autodoc]] Frog\n\n[[autodoc]] count\n\nBack to [ducks](index#ducks), [`Duck.hatch`].\n"
)
PAGES = {"index.mdx": EVERYTHING, "other.mdx": OTHER}


@pytest.mark.parametrize("builder", ["html", "dirhtml", "singlehtml", "text", "latex", "man", "texinfo", "epub", "xml"])
def test_every_builder_takes_every_construct(build: Build, builder: str) -> None:
    built = build(
        PAGES,
        builder,
        man_pages=[("index", "pond", "Pond", [], 3)],
        version="1",
        epub_show_urls="no",
        project="Pond",
        copyright="us",
    )
    own = [line for line in built.warnings if "image" not in line]
    assert own == []


def test_html_has_no_leftovers_and_all_options(build: Build) -> None:
    html = build(PAGES).text()
    article = html[html.index("<h1>") : html.index("sphinxsidebar")]
    for leftover in ("[[", "[`", "&lt;hf", "&lt;Tip", "&lt;framework", "{#if", "db_warning"):
        assert leftover not in article
    for shown in ("The first way.", "The second way.", "Text for PyTorch.", "Text for TensorFlow.", "Indeed"):
        assert shown in article


def test_text_and_man_show_all_options_one_after_the_other(build: Build) -> None:
    text = build(PAGES, "text").text("index.txt")
    assert text.index("The first way.") < text.index("The second way.") < text.index("In TensorFlow")
    assert "https://www.youtube.com/watch?v=abc" in text
    assert "class pond.Duck" in text


def test_every_anchor_of_doc_builder_is_there(build: Build) -> None:
    html = build(PAGES).text()
    duck = "size kwargs hatch hatch.egg hatch.returns hatch.raises species.yields example"
    for anchor in ("ducks", "pond.Duck", *(f"pond.Duck.{part}" for part in duck.split())):
        assert f'id="{anchor}"' in html, anchor
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_links_lead_to_pages_anchors_and_objects(build: Build) -> None:
    built = build(PAGES)
    html = built.text()
    assert 'href="other.html#frogs"' in html
    assert 'href="#pond.Duck"' in html
    assert 'href="other.html#pond.count"' in html
    assert 'href="index.html#ducks"' in built.text("other.html")
    assert 'href="index.html#pond.Duck.hatch"' in built.text("other.html")


def test_two_processes_give_the_same_pages_as_one(build: Build, tmp_path: Path) -> None:
    body = "\n\n[[open-in-colab]]\n\n[`Duck`] [x](index#ducks)\n"
    pages = PAGES | {f"page{number}.mdx": f"# Page {number}{body}" for number in range(12)}
    alone = build(pages)
    texts = {name: alone.text(f"{Path(name).stem}.html") for name in pages}
    for file in sorted((tmp_path / "build").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    together = build(pages, parallel=2)
    assert together.warnings == []
    assert {name: together.text(f"{Path(name).stem}.html") for name in pages} == texts
    assert (Path(together.app.outdir) / "_notebooks" / "page3.ipynb").is_file()


def test_a_second_build_reads_only_the_page_that_changed(build: Build) -> None:
    build(PAGES)
    again = build(PAGES | {"other.mdx": OTHER + "\nMore.\n"})
    assert again.read == ["other"]
    assert "More." in again.text("other.html")
    assert again.warnings == []


def test_a_page_is_built_again_when_a_docstring_that_it_shows_changes(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    module = library / "pool.py"
    module.write_text('def dive():\n    """Old words."""\n')
    monkeypatch.syspath_prepend(library)
    pages = {"index.mdx": "# T\n\n[[autodoc]] dive\n", "other.mdx": "# O\n"}
    assert "Old words." in build(pages, doc_builder_package="pool").text()
    module.write_text('def dive():\n    """New words, longer."""\n')
    monkeypatch.delitem(sys.modules, "pool")
    from albert_docs_pkg.sphinxext.lookup import _find

    _find.cache_clear()  # a process of its own starts without memory
    again = build(pages, doc_builder_package="pool")
    assert "New words, longer." in again.text()


def test_objects_of_another_pages_index_are_shown_but_not_entered(build: Build) -> None:
    pages = {
        "index.mdx": "# T\n\n[[autodoc]] count\n\n[`count`]\n",
        "model.mdx": "# M\n\n[[autodoc]] count\n\n[`count`]\n",
    }
    built = build(pages, doc_builder_no_index=["model"])
    assert built.warnings == []
    assert built.app.env.domains.python_domain.objects["pond.count"].docname == "index"
    assert 'id="pond.count.by"' in built.text("model.html")
    assert 'href="index.html#pond.count"' in built.text("model.html")


def test_an_object_on_two_pages_is_reported_once_with_both_pages(build: Build) -> None:
    pages = {"index.mdx": "# T\n\n[[autodoc]] count\n", "model.mdx": "# M\n\n[[autodoc]] count\n"}
    warnings = build(pages).warnings
    assert len(warnings) == 1
    assert warnings[0].startswith("model.mdx:3: WARNING: pond.count is documented on index too")
    assert warnings[0].endswith("[doc_builder.duplicate]")


@pytest.mark.parametrize("subtype", ["object", "*"])
def test_warnings_can_be_silenced_by_subtype(build: Build, subtype: str) -> None:
    built = build({"index.mdx": "# T\n\n[[autodoc]] Swan\n"}, suppress_warnings=[f"doc_builder.{subtype}"])
    assert built.warnings == []


def test_markdown_files_can_be_doc_builder_pages_beside_rst(build: Build) -> None:
    pages = {
        "index.md": "# T\n\n<Tip>\n\nA\n\n</Tip>\n\n[b](b#part)\n",
        "b.rst": "B\n=\n\nPart\n----\n\n.. py:function:: f(x)\n",
    }
    built = build(pages, source_suffix={".md": "doc-builder", ".rst": "restructuredtext"})
    assert built.warnings == []
    assert "admonition tip" in built.text()
    assert 'id="f.x"' in built.text("b.html")


def test_autodoc_describes_objects_with_rst_docstrings(build: Build) -> None:
    page = "# T\n\n[[autodoc]] Frog\n    - __init__\n    - rest\n\n[[autodoc]] water.Shore\n\n[[autodoc]] DEPTH\n"
    built = build(
        {"index.mdx": page},
        doc_builder_docstrings="rst",
        extensions=["sphinx.ext.napoleon", "albert_docs_pkg.sphinxext"],
    )
    html = built.text()
    assert built.warnings == []
    assert 'id="pond.Frog.colour"' in html
    assert html.index('id="pond.Frog.__init__"') < html.index('id="pond.Frog.rest"')
    assert "2.5" in html


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("doc_builder_package", "no-name", "doc_builder_package is 'no-name'; it must be a dotted Python name"),
        ("doc_builder_docstrings", "numpy", "doc_builder_docstrings is 'numpy'; it must be one of rst, markdown"),
        ("doc_builder_toctree", "none.yml", "doc_builder_toctree is 'none.yml'; there is no such file"),
        ("doc_builder_no_index", [3], "doc_builder_no_index is [3]; it must be a list"),
        ("doc_builder_aliases", {"a.b": "c d"}, "doc_builder_aliases['a.b'] is 'c d'"),
    ],
)
def test_options_that_mean_nothing_are_refused(build: Build, option: str, value: object, message: str) -> None:
    from sphinx.errors import ConfigError

    with pytest.raises(ConfigError, match=re.escape(message)):
        build({"index.mdx": "# T\n"}, **{option: value})


def test_includes_reach_the_whole_repository_and_nothing_else(build: Build, tmp_path: Path) -> None:
    repository = tmp_path / "source"
    (repository / "examples").mkdir(parents=True)
    (repository / "examples" / "greet.py").write_text("# START a\n    hello = 1\n# END a\n")
    (tmp_path / "secret.py").write_text("secret\n")
    request = '{"path": "%s", "language": "python", "start-after": "START a", "end-before": "END a", "dedent": 4}'
    inside = f"# T\n\n<literalinclude>\n{request % '../../examples/greet.py'}\n</literalinclude>\n"
    outside = '# O\n\n<literalinclude>\n{"path": "../../../../secret.py"}\n</literalinclude>\n'
    (repository / "LICENSE").touch()
    docs = repository / "docs" / "source"
    (docs / "more").mkdir(parents=True)
    for name, text in (("index", inside), ("more/other", outside)):
        (docs / f"{name}.mdx").write_text(text)
    (docs / "conf.py").touch()
    app = SphinxTestApp(
        "dummy", srcdir=docs, warning=StringIO(), confoverrides={"extensions": ["albert_docs_pkg.sphinxext"]}
    )
    app.build()
    app.cleanup()
    assert "hello = 1" in app.env.get_doctree("index").astext()
    assert "secret.py is outside of the repository" in app.warning.getvalue()
    assert "greet.py" not in app.warning.getvalue()
