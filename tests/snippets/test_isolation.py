"""Each page runs beside the frameworks that it shows, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.snippets.blocks import Block, find_blocks, frameworks_shown
from tests.snippets.records import read_records

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("from albert_docs_pkg import AlbertModel", set()),
        ("from albert_docs_pkg import TFAlbertModel", {"tensorflow"}),
        ("model = FlaxAlbertModel(config)", {"flax"}),
        ("import jax.numpy as jnp", {"flax"}),
        ("from keras import optimizers", {"tensorflow"}),
        ('tokenizer("a cat", return_tensors="jax")', {"flax"}),
        ('tokenizer("a flaxen cat")', set()),
    ],
)
def test_frameworks_are_read_off_the_code(source: str, shown: set[str]) -> None:
    assert frameworks_shown([Block(1, 2, source)]) == shown


def test_no_block_ran_beside_a_framework_that_its_page_does_not_show() -> None:
    records = read_records(ROOT / "_build" / "snippets.json")
    if not records:
        pytest.skip("the snippets have not run yet: make doctest")
    # TensorFlow imports JAX where it finds it, so the sign of the Flax rooms is Flax.
    for page in {record["page"] for record in records}:
        hidden = {"tensorflow", "flax"} - frameworks_shown(find_blocks(ROOT / page))
        for record in records:
            if record["page"] == page and record["status"] != "skipped":
                assert not hidden & set(record["versions"]), (page, record["line"])
