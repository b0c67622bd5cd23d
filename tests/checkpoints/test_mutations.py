"""Random damage to headers and configs: a value, or an error that names the file, and nothing else."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from albert_docs_pkg import AlbertConfig
from albert_docs_pkg.checkpoints import load_weights
from albert_docs_pkg.checkpoints.names import canonical_name, match_names, stored_name
from tests.checkpoints.broken_files import NAMES, content, put, read_all

HEADER = {"safetensors": 1000, "pytorch": 4500, "tensorflow": 6000, "flax": 6000}
"""Bytes at the beginning of a file among which most of what is not weights is."""

MUTATIONS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4)
COMMON = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)  # changed weights may be infinite


def read_or_refuse(folder: Path, path: Path) -> None:
    try:
        read_all(folder)
    except ValueError as error:
        assert str(path) in str(error)  # noqa: PT017  (either outcome is right)


@pytest.mark.parametrize("format", NAMES)
@COMMON
@given(mutations=MUTATIONS)
def test_changed_bytes_of_a_header_are_refused_or_harmless(
    format: str, mutations: list[tuple[float, int]], tmp_path: Path
) -> None:
    changed = bytearray(content(format))
    for place, byte in mutations:
        changed[int(place * min(HEADER[format], len(changed)))] = byte
    read_or_refuse(tmp_path, put(tmp_path, format, bytes(changed)))


@pytest.mark.parametrize("format", NAMES)
@COMMON
@given(place=st.floats(0, 1), count=st.integers(1, 5000), insert=st.binary(max_size=40))
def test_a_piece_that_is_gone_or_replaced_is_refused_or_harmless(
    format: str, place: float, count: int, insert: bytes, tmp_path: Path
) -> None:
    whole = content(format)
    start = int(place * len(whole))
    read_or_refuse(tmp_path, put(tmp_path, format, whole[:start] + insert + whole[start + count :]))


@pytest.mark.parametrize("format", NAMES)
@COMMON
@given(noise=st.binary(max_size=300))
def test_noise_is_refused(format: str, noise: bytes, tmp_path: Path) -> None:
    path = put(tmp_path, format, noise)
    with pytest.raises(ValueError) as raised:
        read_all(tmp_path)
    assert str(path) in str(raised.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted(AlbertConfig().to_dict())


@COMMON
@given(fields=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=12), JSON, max_size=6))
@example(fields={"_extra_keys": 3})
@example(fields={"__class__": "x"})
@example(fields={"__dict__": {}})
@example(fields={"to_dict": 1})
@example(fields={"num_labels": 10**12})
@example(fields={"num_hidden_layers": 10**12, "num_hidden_groups": 10**12})
@example(fields={"id2label": {"0": "a", "1": "b"}, "label2id": [1]})
@example(fields={"architectures": {"a": 1}, "dtype": 3})
def test_a_config_of_any_values_is_a_config_or_refused(fields: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(fields))
    try:
        config = AlbertConfig.from_pretrained(tmp_path)
    except (TypeError, ValueError) as error:
        assert str(path) in str(error)  # noqa: PT017  (either outcome is right)
    else:
        assert AlbertConfig.from_dict(json.loads(config.to_json())).to_json() == config.to_json()


@COMMON
@given(noise=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_a_config_of_noise_is_refused(noise: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(noise)
    try:
        AlbertConfig.from_pretrained(tmp_path)
    except (TypeError, ValueError) as error:
        assert "config.json" in str(error)  # noqa: PT017  (a number or an empty object is JSON)


PARTS = st.sampled_from(
    [
        "albert",
        "bert",
        "module",
        "embeddings",
        "encoder",
        "pooler",
        "predictions",
        "classifier",
        "kernel",
        "gamma",
        "weight",
    ]
)


@COMMON
@given(name=st.lists(PARTS | st.text(max_size=5), max_size=6).map("/".join) | st.text(max_size=30))
def test_any_name_has_one_meaning(name: str) -> None:
    canonical = canonical_name(name)
    if canonical is not None:
        assert canonical_name(canonical) == canonical
        assert not stored_name(canonical).transposed or canonical == name


@COMMON
@given(names=st.lists(st.text(max_size=12), unique=True, max_size=5))
def test_names_of_nothing_are_unexpected(names: list[str]) -> None:
    match = match_names(names, ["albert.pooler.bias"])
    assert match.missing == ["albert.pooler.bias"] or "pooler" in "".join(names)


@pytest.mark.parametrize("format", NAMES)
def test_a_weight_that_is_no_number_is_loaded_and_named(
    format: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from albert_docs_pkg.checkpoints.formats import flax_msgpack, pytorch_bin, safetensors, tensorflow_h5

    weights = {
        "albert.pooler.bias": np.array([0, np.nan, np.inf, 1], np.float32),
        "albert.pooler.weight": np.ones((4, 4), np.float32),
    }
    if format == "tensorflow":
        tensorflow_h5.write(weights, tmp_path, "AlbertModel")
    else:
        {"safetensors": safetensors, "pytorch": pytorch_bin, "flax": flax_msgpack}[format].write(weights, tmp_path)
    with caplog.at_level(logging.WARNING):
        found = dict(load_weights(tmp_path))
    np.testing.assert_array_equal(found["albert.pooler.bias"], weights["albert.pooler.bias"])
    warnings = [record.getMessage() for record in caplog.records]
    assert warnings == [f"{tmp_path / NAMES[format]}: the weight albert.pooler.bias has NaN or infinite values"]
