"""The hub, as a server on loopback: fresh, cached, moved on, offline, refused, broken, slow; and pushes to it."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import constants

from albert_docs_pkg import AlbertConfig, AlbertTokenizer, AlbertTokenizerFast
from albert_docs_pkg.checkpoints import find_files, hub, load_weights
from albert_docs_pkg.checkpoints.loading import open_checkpoint, write_checkpoint
from tests.checkpoints.hub_client import CONFIG, NAME, ask_at, version_loaded, write_version
from tests.checkpoints.hub_server import HubServer


def move_on(server: HubServer, tmp_path: Path) -> None:
    """Commit version 2 to the repository."""
    write_version(tmp_path / "second", 2)
    files = {path.name: path.read_bytes() for path in (tmp_path / "second").iterdir()}
    server.repository.commit(server.repository.head() | files)


def take_down(server: HubServer, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Make the hub unreachable."""
    if how == "refused":
        ask_at("http://127.0.0.1:9", monkeypatch)  # the discard port: nothing listens there
    elif how == "offline":
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    else:
        server.fault = how


OUTAGES = ["refused", "offline", "broken", "busy"]


# ----------------------------------------------------------------------------------------------------- what is found


def test_files_are_fetched_once_and_then_come_from_the_cache(server: HubServer) -> None:
    names = ["config.json", "model.safetensors", "absent.json"]
    assert list(find_files(NAME, names)) == names[:2]
    fetched = [request for request in server.requests if "GET" in request]
    assert len(fetched) == len({request.split()[-1] for request in fetched})
    server.requests.clear()
    assert list(find_files(NAME, names)) == names[:2]
    assert server.requests == [f"HEAD /{NAME}/resolve/main/config.json"]  # has the branch moved?
    server.requests.clear()
    assert list(find_files(NAME, names, local_files_only=True)) == names[:2]
    assert server.requests == []


def test_a_commit_that_is_cached_is_not_asked_for(server: HubServer) -> None:
    assert version_loaded() == 1
    server.requests.clear()
    assert version_loaded(revision=server.repository.branches["main"]) == 1
    assert server.requests == []


def test_files_are_fetched_again_when_that_is_asked_for(server: HubServer) -> None:
    version_loaded()
    server.requests.clear()
    assert version_loaded(force_download=True) == 1
    assert any(request.startswith("store GET") for request in server.requests)
    assert f"GET /{NAME}/resolve/{server.repository.branches['main']}/config.json" in server.requests


def test_large_files_come_from_another_host_that_gets_no_token(server: HubServer) -> None:
    server.repository.private = True
    assert version_loaded(token=server.token) == 1
    assert any(request.startswith("store GET") for request in server.requests)
    assert set(server.authorised) == {f"Bearer {server.token}"}


@pytest.mark.parametrize("token", [None, False, "hf_wrong"])
def test_a_private_repository_needs_the_right_token(token: Any, server: HubServer) -> None:
    server.repository.private = True
    with pytest.raises(OSError, match=r"has no repository 'team/albert', or it is private and no valid token was"):
        version_loaded(token=token)


def test_a_branch_a_tag_and_a_subfolder_are_found(server: HubServer, tmp_path: Path) -> None:
    first = server.repository.branches["main"]
    move_on(server, tmp_path)
    server.repository.branches["v1"] = first
    server.repository.commit({f"deep/er/{name}": content for name, content in server.repository.head().items()}, "sub")
    assert (version_loaded(), version_loaded(revision="v1"), version_loaded(revision=first)) == (2, 1, 1)
    assert version_loaded(revision="sub", subfolder="deep/er") == 2
    assert version_loaded(revision="sub", subfolder="deep/er", local_files_only=True) == 2


def test_a_cache_of_ones_own_is_used(server: HubServer, tmp_path: Path) -> None:
    version_loaded(cache_dir=tmp_path / "mine")
    assert not (tmp_path / "cache").exists()
    assert version_loaded(cache_dir=tmp_path / "mine", local_files_only=True) == 1


def test_all_files_come_from_one_commit_even_if_the_branch_moves_meanwhile(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = AlbertConfig.from_pretrained.__func__  # type: ignore[attr-defined]

    def move_after(cls: type, *arguments: Any, **options: Any) -> Any:
        config = real(cls, *arguments, **options)
        move_on(server, tmp_path)
        return config

    monkeypatch.setattr(AlbertConfig, "from_pretrained", classmethod(move_after))
    assert version_loaded() == 1


@pytest.mark.parametrize("kind", [AlbertTokenizer, AlbertTokenizerFast])
def test_tokenizers_and_configs_load_from_the_hub_and_then_from_the_cache(
    kind: type, server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert AlbertConfig.from_pretrained(NAME).to_dict()["version"] == 1
    tokenizer = kind.from_pretrained(NAME)  # type: ignore[attr-defined]
    take_down(server, monkeypatch, "offline")
    assert kind.from_pretrained(NAME).get_vocab() == tokenizer.get_vocab()  # type: ignore[attr-defined]
    assert AlbertConfig.from_pretrained(NAME).to_dict()["version"] == 1


# ---------------------------------------------------------------------------------------------------------- outages


@pytest.mark.parametrize("how", OUTAGES)
def test_an_outage_falls_back_on_the_commit_that_is_cached_and_says_so(
    how: str, server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version_loaded()
    commit = server.repository.branches["main"]
    move_on(server, tmp_path)
    take_down(server, monkeypatch, how)
    with caplog.at_level(logging.WARNING, "albert_docs_pkg"):
        assert version_loaded() == 1
    said = [record.getMessage() for record in caplog.records if record.name.startswith("albert_docs_pkg")]
    assert len(said) == 1
    assert said[0].endswith(f"taking commit {commit} from the cache")
    assert ("HF_HUB_OFFLINE is set" if how == "offline" else f"was asked for at {constants.ENDPOINT}") in said[0]


@pytest.mark.parametrize("how", OUTAGES)
def test_an_outage_with_nothing_cached_says_what_was_tried(
    how: str, server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_down(server, monkeypatch, how)
    with pytest.raises(OSError, match="could not be looked up") as raised:
        version_loaded()
    said = str(raised.value)
    assert said.startswith("'team/albert' at revision 'main' could not be looked up: ")
    assert said.endswith(f"The cache at {str(tmp_path / 'cache')!r} has nothing of it.")
    assert ("HF_HUB_OFFLINE is set" if how == "offline" else f"config.json of {NAME!r}") in said


@pytest.mark.parametrize("options", [{"local_files_only": True}, {}])
def test_what_is_cached_is_told_when_the_cache_lacks_something(
    options: dict[str, Any], server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    AlbertConfig.from_pretrained(NAME)
    commit = server.repository.branches["main"]
    take_down(server, monkeypatch, "refused")
    with pytest.raises(FileNotFoundError, match="has no weights") as raised:
        version_loaded(**options)
    assert f"has of it: {commit} (main) with config.json." in str(raised.value)
    assert str(raised.value).count("has of it") == 1
    with pytest.raises(OSError, match=f"'v2' could not be looked up.*{commit}"):
        version_loaded(revision="v2", **options)
    with pytest.raises(OSError, match=f"the cache lacks commit {'0' * 40}.*{commit}"):
        version_loaded(revision="0" * 40, local_files_only=True)


def test_sharded_weights_load_from_the_cache(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = {f"albert.pooler.{name}": np.full(16, 3, np.float32) for name in ("weight", "bias")}
    write_checkpoint(
        tmp_path / "sharded", CONFIG, weights, architecture="AlbertModel", dtype="float32", max_shard_size=64
    )
    server.repository.commit({path.name: path.read_bytes() for path in (tmp_path / "sharded").iterdir()})
    assert set(load_weights(NAME)) == set(weights)
    take_down(server, monkeypatch, "refused")
    assert set(load_weights(NAME)) == set(weights)


def test_a_hub_that_recovers_is_asked_again(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.fault = "busy"
    calls: list[float] = []

    def recover(seconds: float) -> None:
        calls.append(seconds)
        server.fault = ""

    monkeypatch.setattr(hub.time, "sleep", recover)
    assert version_loaded() == 1
    assert len(calls) == 1


def test_a_server_that_is_no_hub_is_told_apart(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_at(server.store.address, monkeypatch)
    server.large["team/albert/resolve/main/config.json"] = b"welcome to this airport"
    with pytest.raises(OSError, match=f"could not be looked up: .*{server.store.address}"):
        version_loaded()


# --------------------------------------------------------------------------------------------------------- transfers


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_body_that_is_always_cut_off_is_an_error_and_is_not_kept(name: str, server: HubServer) -> None:
    if name == "model.safetensors":
        AlbertConfig.from_pretrained(NAME)
    server.fault = "truncated"
    with pytest.raises(OSError, match=f"could not be (looked up|fetched): {name}.* of 'team/albert' at revision"):
        version_loaded()
    server.fault = ""
    assert version_loaded() == 1


def test_a_body_that_is_cut_off_once_is_completed(server: HubServer) -> None:
    server.fault, server.fault_at = "interrupted", "/"
    assert version_loaded() == 1


def test_a_slow_body_is_waited_for(server: HubServer) -> None:
    server.fault = "trickling"
    assert version_loaded() == 1


def test_a_body_that_stops_is_given_up(server: HubServer) -> None:
    server.fault = "stalled"
    with pytest.raises(OSError, match=r"could not be looked up: config\.json of 'team/albert' at revision 'main' was"):
        version_loaded()


# ---------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("unauthorized", "has no repository 'team/albert', or it is private and no valid token was given"),
        ("gated", "does not give 'team/albert' at revision 'main' to this token: its owner grants access"),
        ("forbidden", r"refused 'team/albert' at revision 'main' \(status 403\)"),
    ],
)
def test_a_refusal_is_no_outage_and_tells_what_is_cached(fault: str, message: str, server: HubServer) -> None:
    version_loaded()
    server.fault = fault
    with pytest.raises(OSError, match=f"the hub at {server.address} {message}.* has of it: [0-9a-f]{{40}} "):
        version_loaded()
    assert version_loaded(local_files_only=True) == 1


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        (NAME, {"revision": "v9"}, OSError, "has no revision 'v9' of 'team/albert'"),
        (NAME, {"subfolder": "../up"}, ValueError, r"subfolder must be inside the checkpoint, got '\.\./up'"),
        (NAME, {"subfolder": "absent"}, FileNotFoundError, r"'team/albert' has no config\.json"),
        (NAME, {"force_download": True, "local_files_only": True}, ValueError, "exclude each other"),
        ("team/absent", {}, OSError, "has no repository 'team/absent', or it is private"),
        ("no folder here", {}, FileNotFoundError, "is neither the bundled 'albert-wordnet-nano', nor a folder, nor"),
        ("a/b/c", {}, FileNotFoundError, "is neither the bundled"),
        ("../up", {}, FileNotFoundError, "is neither the bundled"),
        ("", {}, FileNotFoundError, "is neither the bundled"),
    ],
)
def test_what_is_not_there_is_said(
    name: str, options: dict[str, Any], error: type[Exception], message: str, server: HubServer
) -> None:
    with pytest.raises(error, match=message):
        open_checkpoint(name, None, options)


# ----------------------------------------------------------------------------------------------- the real environment


def test_the_environment_variables_of_the_hub_library_are_heeded(server: HubServer, tmp_path: Path) -> None:
    code = f"from albert_docs_pkg.checkpoints import find_files; print(*find_files({NAME!r}, ['config.json']).values())"
    variables = {
        "HF_ENDPOINT": server.address,
        "HF_HOME": str(tmp_path / "home"),
        "NO_PROXY": "*",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PATH": "/usr/bin:/bin",
    }
    run: Callable[..., str] = lambda **more: (
        subprocess.run(
            [sys.executable, "-c", code], env=variables | more, capture_output=True, text=True, timeout=120
        ).stdout
    )
    first = run()
    assert first.startswith(str(tmp_path / "home"))
    server.requests.clear()
    assert run(HF_HUB_OFFLINE="1") == first
    assert server.requests == []
