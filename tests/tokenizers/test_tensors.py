"""Columns as tensors of each framework."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from albert_docs_pkg.tokenizers.tensors import converter


@pytest.mark.parametrize(("kind", "module"), [("pt", "torch"), ("tf", "tensorflow"), ("np", "numpy"), ("jax", "jax")])
def test_every_framework_gets_the_same_numbers(tokenizer: Any, kind: str, module: str) -> None:
    pytest.importorskip(module)
    texts, options = ["a test", "the test of the world"], {"padding": True, "return_offsets_mapping": True}
    lists = tokenizer(texts, **options)
    tensors = tokenizer(texts, **options, return_tensors=kind)
    assert list(tensors) == list(lists)
    for name, column in tensors.items():
        assert type(column).__module__.split(".")[0] in (module, "jaxlib", "tensorflow")
        assert np.asarray(column).tolist() == [
            [list(v) if isinstance(v, tuple) else v for v in row] for row in lists[name]
        ]
        assert np.asarray(column).dtype == (np.int64 if kind in ("pt", "np") else np.int32)


def test_one_text_gets_a_batch_axis(tokenizer: Any) -> None:
    encoding = tokenizer("a test", return_tensors="np", return_offsets_mapping=True, return_length=True)
    assert encoding["input_ids"].shape == (1, 4)
    assert encoding["offset_mapping"].shape == (1, 4, 2)
    assert encoding["length"].tolist() == [4]
    assert encoding.tokens() == ["[CLS]", "▁a", "▁test", "[SEP]"]


def test_an_empty_batch_has_integers() -> None:
    assert converter("np")("input_ids", [[]]).dtype == np.int64


def test_tensors_stay_as_they_are(tokenizer: Any) -> None:
    encoding = tokenizer("a", return_tensors="np")
    before = encoding["input_ids"]
    assert encoding.convert_to_tensors("np")["input_ids"] is before
    assert encoding.convert_to_tensors(None) is encoding


def test_to_moves_what_can_move(tokenizer: Any) -> None:
    torch = pytest.importorskip("torch")
    encoding = tokenizer("a", return_tensors="pt")
    encoding["name"] = "kept"
    assert encoding.to(torch.device("meta")) is encoding
    assert encoding["input_ids"].device.type == "meta"
    assert encoding["name"] == "kept"
