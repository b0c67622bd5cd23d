"""Models that the Flax tests share, built once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import albert_docs_pkg
from albert_docs_pkg import AlbertConfig

# Programs that run once are compiled faster than they are optimised; the results are the same.
jax.config.update("jax_disable_most_optimizations", True)

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden" / "models"
IDS = np.array([[2, 9, 41, 17, 3], [2, 88, 5, 63, 3]])
LABELS = np.array([0, 1])


def load(name: str, **options: Any) -> Any:
    """Return the Flax model of a recorded case, such as ``"two-groups-ForMaskedLM"``."""
    return getattr(albert_docs_pkg, f"FlaxAlbert{name.rsplit('-', 1)[1]}").from_pretrained(GOLDEN / name, **options)


def small_config(**changes: Any) -> AlbertConfig:
    """Return a config that compiles and runs in no time."""
    sizes = {
        "vocab_size": 100,
        "embedding_size": 8,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "max_position_embeddings": 16,
    }
    return AlbertConfig(**(sizes | changes))


@pytest.fixture(scope="session")
def classifier() -> Any:
    """A loaded sequence classifier of one group; not to be changed."""
    return load("shared-params-ForSequenceClassification")


@pytest.fixture(scope="session")
def encoder() -> Any:
    """A loaded encoder of two groups with two inner layers each; not to be changed."""
    return load("two-groups-Model")
