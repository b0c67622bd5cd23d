"""``lint`` and ``quickstart``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from albert_docs_pkg.sphinxext.__main__ import main

PAGE = "# Title\n\n[[autodoc]] JSONEncoder more\n\n[`nothing`] and [x](missing)\n\n<Tip>\n"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder as doc-builder projects have it."""
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "_toctree.yml").write_text("- local: start\n  title: Start\n- local: other\n  title: Other\n")
    (folder / "start.md").write_text(PAGE)
    (folder / "other.mdx").write_text("# Other\n\n[back](start)\n")
    return folder


def test_lint_prints_file_line_and_subtype(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(docs)]) == 1
    lines = [line.removeprefix(f"{docs.resolve()}/") for line in capsys.readouterr().out.splitlines()]
    assert [(line.split(" ")[0], line.split("[")[-1]) for line in lines] == [
        ("start.md:3:", "doc_builder.autodoc]"),
        ("start.md:7:", "doc_builder.tag]"),
        ("start.md:5:", "doc_builder.link]"),
    ]


def test_lint_looks_names_up_where_a_package_is_given(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["lint", str(docs / "start.md"), "--package", "json"])
    assert "[`nothing`] resolves nowhere" in capsys.readouterr().out


def test_lint_says_nothing_about_a_page_without_mistakes(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(docs / "other.mdx")]) == 0
    assert capsys.readouterr().out == ""
    assert sorted(path.name for path in docs.iterdir()) == ["_toctree.yml", "other.mdx", "start.md"]


@pytest.mark.parametrize(
    "arguments",
    [["lint", "nowhere"], ["quickstart", "nowhere", "json"], ["quickstart", ".", "no-name"], ["unknown"], []],
)
def test_bad_arguments_end_with_status_2(arguments: list[str], docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(docs)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_quickstart_makes_a_folder_buildable(docs: Path, tmp_path: Path) -> None:
    assert main(["quickstart", str(docs), "json"]) == 0
    assert "root_doc = 'start'" in (docs / "conf.py").read_text().replace('"', "'")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(docs), str(tmp_path / "out")]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert (tmp_path / "out" / "other.html").is_file()
    assert "doc_builder.autodoc" in result.stderr


def test_quickstart_keeps_what_is_there(docs: Path) -> None:
    (docs / "conf.py").write_text("mine = True\n")
    with pytest.raises(SystemExit):
        main(["quickstart", str(docs), "json"])
    assert (docs / "conf.py").read_text() == "mine = True\n"
    assert main(["quickstart", str(docs), "json", "--force"]) == 0
    assert "mine" not in (docs / "conf.py").read_text()
