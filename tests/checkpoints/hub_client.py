"""What tests that talk to the hub's stand-in share: a tiny checkpoint that tells its version, and where to ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import constants

from albert_docs_pkg import AlbertConfig
from albert_docs_pkg.checkpoints.loading import open_checkpoint, write_checkpoint

NAME = "team/albert"
CONFIG = AlbertConfig(hidden_size=16, num_attention_heads=2, intermediate_size=16, embedding_size=8, vocab_size=100)


def write_version(folder: Path, version: int) -> None:
    """Write a checkpoint whose config and weights both tell its version."""
    config = AlbertConfig.from_dict(CONFIG.to_dict() | {"version": version})
    weights = {"albert.pooler.bias": np.full(16, version, np.float32)}
    write_checkpoint(folder, config, weights, architecture="AlbertModel", dtype="float32")


def version_loaded(**options: Any) -> int:
    """Return the version that config and weights of the repository tell."""
    config, weights = open_checkpoint(NAME, None, options)
    version = config.to_dict()["version"]
    assert (weights["albert.pooler.bias"] == version).all()
    return version


def ask_at(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the client of this process another hub, which it otherwise reads from the environment when imported."""
    monkeypatch.setattr(constants, "ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
