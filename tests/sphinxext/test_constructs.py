"""Every construct: a page goes in, a node tree and warnings come out, as recorded in the fixture files.

A fixture file holds cases of the form ``=== title``, page, ``--- warnings``, lines, ``--- tree``, tree. After a
deliberate change, ``RECORD_CONSTRUCTS=1 pytest tests/sphinxext/test_constructs.py`` writes them again for review.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from docutils import nodes
from sphinx import addnodes

from tests.sphinxext.conftest import FIXTURES, Build

FILES = sorted((FIXTURES / "constructs").glob("*.txt"))
_CASE = re.compile(
    r"^=== (?P<title>.*)\n(?P<page>(?:.*\n)*?)--- warnings\n(?P<warnings>(?:.*\n)*?)--- tree\n", re.MULTILINE
)
_NOISE = re.compile(r' (?:py:\w+|refdoc|refexplicit|xml:space|db_names|db_missing|translation_progress)="[^"]*"')


def _cases(path: Path) -> list[tuple[str, str, str, str]]:
    text = path.read_text(encoding="utf-8")
    matches = list(_CASE.finditer(text))
    ends = [match.start() for match in matches[1:]] + [len(text)]
    return [
        (match["title"], match["page"], match["warnings"], text[match.end() : end])
        for match, end in zip(matches, ends, strict=True)
    ]


def _tree(document: nodes.document) -> str:
    """The node tree without what Sphinx's Python domain puts into frames, which is not ours to test."""
    document = document.deepcopy()
    for signature in list(document.findall(addnodes.desc_signature)):
        text = signature.astext()
        signature.clear()
        signature += nodes.Text(text)
        signature.attributes = {"ids": signature["ids"]}
    for node in list(document.findall(addnodes.desc)):
        node.attributes = {"objtype": node["objtype"], "classes": [], "no-index": node["no-index"]}
    for node in list(document.findall(addnodes.index)):
        node.parent.remove(node)
    text = "\n".join(line[4:] for line in document.pformat().splitlines()[1:])
    return _NOISE.sub("", text) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_pages_become_the_recorded_trees(path: Path, build: Build) -> None:
    cases = _cases(path)
    assert cases, f"{path} holds no case"
    pages = {f"case{number}.mdx": page for number, (_, page, _, _) in enumerate(cases)}
    pages |= {"index.mdx": "# Front\n\n## A section\n", "folder/page.mdx": "# Page\n\n## The part\n", "code.py": _CODE}
    built = build(pages, builder="dummy", doc_builder_no_index=["case*"])
    recorded = []
    for number, (title, page, _, _) in enumerate(cases):
        prefix = f"case{number}.mdx:"
        warnings = [line.removeprefix(prefix) for line in built.warnings if line.startswith(prefix)]
        recorded.append((title, page, "".join(f"{line}\n" for line in warnings), _tree(built.tree(f"case{number}"))))
    if os.environ.get("RECORD_CONSTRUCTS"):
        path.write_text(
            "".join(f"=== {title}\n{page}--- warnings\n{log}--- tree\n{tree}" for title, page, log, tree in recorded),
            encoding="utf-8",
        )
        cases = recorded
    for expected, actual in zip(cases, recorded, strict=True):
        assert actual == expected
    foreign = [line for line in built.warnings if not line.startswith("case")]
    assert foreign == []


_CODE = """\
import pond

# START: greeting
    hello = "world"
    print(hello)
# END: greeting.
"""
