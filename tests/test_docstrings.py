"""Everything public is documented, and shows an example that runs (the snippet runner runs them)."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

import albert_docs_pkg

ROOMS = ("", ".checkpoints", ".configuration", ".heads", ".model_output", ".pretraining", ".tokenizers", ".wordnet")
"""Modules whose public names users import."""


def public_objects() -> Iterator[tuple[str, Any]]:
    seen: set[int] = set()
    for room in ROOMS:
        module = importlib.import_module(f"albert_docs_pkg{room}")
        names = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
        for name in names:
            value = getattr(module, name)
            own = getattr(value, "__module__", "").startswith("albert_docs_pkg")
            if not own or id(value) in seen or not (inspect.isclass(value) or inspect.isfunction(value)):
                continue
            seen.add(id(value))
            yield f"{module.__name__}.{name}", value
            if inspect.isclass(value):
                for method, raw in vars(value).items():
                    function = raw.fget if isinstance(raw, property) else getattr(raw, "__func__", raw)
                    if not method.startswith("_") and inspect.isfunction(function):
                        yield f"{module.__name__}.{name}.{method}", function


OBJECTS = dict(public_objects())


def test_the_public_names_are_found() -> None:
    assert "albert_docs_pkg.AlbertModel.forward" in OBJECTS
    assert "albert_docs_pkg.AlbertConfig.from_pretrained" in OBJECTS
    assert len(OBJECTS) > 60


@pytest.mark.parametrize("name", OBJECTS)
def test_a_public_object_is_documented_with_an_example(name: str) -> None:
    text = inspect.getdoc(OBJECTS[name]) or ""
    assert len(text.split("\n\n")[0]) > 8
    assert ">>>" in text or is_typed_record(OBJECTS[name])


def is_typed_record(value: Any) -> bool:
    """Tell whether ``value`` is a plain description of a dictionary, which the loader's example shows."""
    return hasattr(value, "__total__")


def test_every_public_name_can_be_imported() -> None:
    for name in albert_docs_pkg.__all__:
        assert getattr(albert_docs_pkg, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'AlbertForNothing'"):
        _ = albert_docs_pkg.AlbertForNothing
