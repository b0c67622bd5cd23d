"""The same objects give the same methods, names and parameters as in doc-builder 0.5.0 (recorded)."""

from __future__ import annotations

import importlib
import json
import re
from importlib.metadata import version

import pytest

from albert_docs_pkg.sphinxext.lookup import Found, documented_methods, find_in_package
from albert_docs_pkg.sphinxext.markdown_objects import signature_of
from tests.sphinxext.conftest import FIXTURES

RECORD = json.loads((FIXTURES / "doc_builder.json").read_text(encoding="utf-8"))
CASES = [(package, name) for package, entry in RECORD.items() for name in entry["objects"]]


@pytest.fixture(params=CASES, ids=lambda case: ".".join(case))
def case(request: pytest.FixtureRequest, _pond: None) -> tuple[Found, dict[str, object]]:
    """An object as it is found here, and what doc-builder said of it."""
    package, name = request.param
    recorded = RECORD[package]["version"]
    if recorded and version(package) != recorded:
        pytest.skip(f"recorded with {package} {recorded}")
    importlib.import_module(package)
    found = find_in_package(name, package)
    assert isinstance(found, Found)
    return found, RECORD[package]["objects"][name]


def test_names_are_the_shortest_public_ones(case: tuple[Found, dict[str, object]]) -> None:
    found, recorded = case
    assert recorded["shortest"] in (found.name, None)


def test_methods_are_the_same_in_the_same_order(case: tuple[Found, dict[str, object]]) -> None:
    found, recorded = case
    assert (documented_methods(found.value) if found.is_class else None) == recorded.get("methods")


def test_parameters_are_the_same(case: tuple[Found, dict[str, object]]) -> None:
    found, recorded = case
    signature = signature_of(found)
    inner = signature[1 : signature.rindex(")")]
    names = []
    depth, part = 0, ""
    for character in re.sub(r"'[^']*'|\"[^\"]*\"", "''", inner) + ",":
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            names.append(re.split(r"[:=]", part)[0].strip())
            part = ""
        else:
            part += character
    assert [name for name in names if name and name not in ("*", "/")] == recorded["parameters"]
