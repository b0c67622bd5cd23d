"""Small TensorFlow models, one per head."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import albert_docs_pkg
from albert_docs_pkg import AlbertConfig
from albert_docs_pkg.heads import HEADS as SPECS

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden" / "models"
HEADS = ("Model", *SPECS)
IDS = np.array([[2, 9, 41, 17, 3], [2, 28, 5, 3, 0]])


def model_class(head: str) -> Any:
    """Return the class of a head."""
    return getattr(albert_docs_pkg, f"TFAlbert{head}")


def small_config(**changes: Any) -> AlbertConfig:
    """Return the config of a model that is built at once; every size differs from every other."""
    sizes = {
        "vocab_size": 60,
        "embedding_size": 12,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 40,
        "max_position_embeddings": 20,
        "classifier_dropout_prob": 0.0,
    }
    return AlbertConfig(**(sizes | changes))


@cache
def loaded(head: str) -> Any:
    """Return a recorded model, loaded once; for tests that do not change it."""
    return model_class(head).from_pretrained(GOLDEN / f"two-groups-{head}")


def recorded_inputs(head: str) -> dict[str, np.ndarray]:
    """Return the inputs and labels that were recorded with a model."""
    with np.load(GOLDEN / f"two-groups-{head}" / "golden.npz") as file:
        return {name.removeprefix("in."): file[name] for name in file if name.startswith("in.")}


def recorded_output(head: str) -> dict[str, np.ndarray]:
    """Return what the reference computed from them."""
    with np.load(GOLDEN / f"two-groups-{head}" / "golden.npz") as file:
        return {name.removeprefix("out."): file[name] for name in file if name.startswith("out.")}
