"""Small PyTorch models, one per head."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

import albert_docs_pkg
from albert_docs_pkg import AlbertConfig

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden" / "models"
HEADS = (
    "Model",
    "ForPreTraining",
    "ForMaskedLM",
    "ForSequenceClassification",
    "ForMultipleChoice",
    "ForTokenClassification",
    "ForQuestionAnswering",
)


def model_class(head: str) -> Any:
    """Return the class of a head."""
    return getattr(albert_docs_pkg, f"Albert{head}")


def small_config(**changes: Any) -> AlbertConfig:
    """Return the config of a model that is built in milliseconds; every size differs from every other."""
    sizes = {
        "vocab_size": 60,
        "embedding_size": 12,
        "hidden_size": 24,
        "num_hidden_layers": 4,
        "num_hidden_groups": 2,
        "inner_group_num": 2,
        "num_attention_heads": 3,
        "intermediate_size": 40,
        "max_position_embeddings": 20,
    }
    return AlbertConfig(**{**sizes, **changes})


@cache
def recorded_inputs(head: str) -> dict[str, torch.Tensor]:
    """Return the recorded inputs and labels of a head."""
    with np.load(GOLDEN / f"two-groups-{head}" / "golden.npz") as file:
        return {name[3:]: torch.from_numpy(file[name]) for name in file.files if name.startswith("in.")}


def load(head: str, **options: Any) -> Any:
    """Return a fresh model with the recorded weights of two groups."""
    return model_class(head).from_pretrained(GOLDEN / f"two-groups-{head}", **options)
