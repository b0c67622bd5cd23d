"""Fixtures of the tests that talk to the hub's stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants, file_download

from albert_docs_pkg.checkpoints import find_files, hub
from tests.checkpoints.hub_client import ask_at, write_version
from tests.checkpoints.hub_server import HubServer, hub_server


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with a tokenizer."""
    folder = tmp_path_factory.mktemp("checkpoint")
    write_version(folder, 1)
    for name, path in find_files("albert-wordnet-nano", ["spiece.model", "tokenizer.json"]).items():
        (folder / name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def server(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub that the client of this process asks, with an empty cache."""
    with hub_server(checkpoint) as found:
        ask_at(found.address, monkeypatch)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no token"))
        monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 2)
        monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.5)
        monkeypatch.setattr(file_download, "_ETAG_RETRY_TIMEOUT", 0.5)
        monkeypatch.setattr(hub, "_PAUSES", (0.01, 0.01))
        monkeypatch.setattr(file_download.time, "sleep", lambda _seconds: None)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "*")
        for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield found
