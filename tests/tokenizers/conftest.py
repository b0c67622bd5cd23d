"""The tokenizers that the tests share, on a small vocabulary and on ALBERT's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from albert_docs_pkg.tokenizers import AlbertTokenizer, AlbertTokenizerFast

FIXTURES = Path(__file__).parent.parent / "fixtures" / "tokenizers"
SMALL = FIXTURES / "small" / "spiece.model"
ALBERT = FIXTURES / "albert" / "spiece.model"
CLASSES = (AlbertTokenizer, AlbertTokenizerFast)


def load_golden() -> dict[str, Any]:
    return json.loads((FIXTURES / "golden.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    return load_golden()


@pytest.fixture(scope="session")
def slow() -> AlbertTokenizer:
    return AlbertTokenizer(SMALL)


@pytest.fixture(scope="session")
def fast() -> AlbertTokenizerFast:
    return AlbertTokenizerFast(SMALL)


@pytest.fixture(scope="session")
def albert_slow() -> AlbertTokenizer:
    return AlbertTokenizer(ALBERT)


@pytest.fixture(scope="session")
def albert_fast() -> AlbertTokenizerFast:
    return AlbertTokenizerFast(ALBERT)


@pytest.fixture(params=CLASSES, ids=lambda cls: cls.__name__)
def cls(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def tokenizer(cls: Any) -> Any:
    """A tokenizer that the test may change."""
    return cls(SMALL)
