"""Loading from the hub, against a server on loopback: fresh, cached, offline, refused, broken."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.checkpoints.hub_server import COMMIT, HubServer, hub_server
from tests.pytorch.conftest import GOLDEN

REPOSITORY = GOLDEN / "shared-params-Model"


@pytest.fixture
def hub() -> Iterator[HubServer]:
    """A hub with one small checkpoint."""
    with hub_server(REPOSITORY) as server:
        yield server


@pytest.fixture
def run(hub: HubServer, tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs code in a fresh process whose hub is the server (the client reads this at import)."""

    def runner(code: str, **environment: str) -> str:
        variables = {
            "HF_ENDPOINT": hub.address,
            "HF_HOME": str(tmp_path / "cache"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "NO_PROXY": "*",
            "no_proxy": "*",
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            **environment,
        }
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            env=variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout + done.stderr

    return runner


FIND = """
    from albert_docs_pkg.checkpoints import find_files
    print(sorted(find_files("team/albert", ["config.json", "model.safetensors", "absent.json"], **{options})))
"""


def test_files_are_fetched_once_and_then_come_from_the_cache(hub: HubServer, run: Callable[..., str]) -> None:
    assert "['config.json', 'model.safetensors']" in run(FIND.format(options={}))
    assert sum(request.startswith("GET") for request in hub.requests) == 2
    hub.requests.clear()
    assert "['config.json', 'model.safetensors']" in run(FIND.format(options={"local_files_only": True}))
    assert hub.requests == []
    assert "['config.json', 'model.safetensors']" in run(FIND.format(options={}), HF_HUB_OFFLINE="1")
    assert hub.requests == []


def test_a_model_loads_from_the_hub_with_all_its_weights(run: Callable[..., str]) -> None:
    out = run(f"""
        from albert_docs_pkg import AlbertConfig, AlbertModel
        model, info = AlbertModel.from_pretrained("team/albert", revision="{COMMIT}", output_loading_info=True)
        print(model.config.vocab_size, info)
    """)
    assert "150 {'missing_keys': [], 'unexpected_keys': [], 'mismatched_keys': []}" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"revision": "v9"}, "OSError: the hub has no revision 'v9' of 'team/albert'"),
        ({"local_files_only": True}, "OSError: 'team/albert' at revision 'main': only the cache was asked"),
        ({"subfolder": "../up"}, "ValueError: subfolder must be inside the checkpoint, got '../up'"),
    ],
)
def test_what_the_hub_does_not_have_is_said(options: dict, message: str, run: Callable[..., str]) -> None:
    assert message in run(FIND.format(options=options))


def test_an_unknown_repository_is_said_to_be_unknown(run: Callable[..., str]) -> None:
    out = run(FIND.format(options={}).replace("team/albert", "team/absent"))
    assert "OSError: the hub has no repository 'team/absent', or it is private" in out


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("unauthorized", "OSError: the hub has no repository 'team/albert', or it is private and no valid token"),
        ("truncated", "OSError: config.json of 'team/albert' at revision 'main' could not be fetched from the hub"),
    ],
)
def test_a_fault_of_the_hub_is_said(fault: str, message: str, hub: HubServer, run: Callable[..., str]) -> None:
    hub.fault = fault
    assert message in run(FIND.format(options={}))


def test_an_outage_falls_back_on_the_cache_and_says_what_is_missing(hub: HubServer, run: Callable[..., str]) -> None:
    run(FIND.format(options={}))
    gone = {"HF_ENDPOINT": "http://127.0.0.1:9"}  # the discard port: nothing listens there
    assert "['config.json', 'model.safetensors']" in run(FIND.format(options={}), **gone)
    out = run(FIND.format(options={}), HF_HOME="elsewhere", **gone)
    assert "OSError: 'team/albert' at revision 'main': the hub could not be reached, and the cache has none of" in out


@pytest.mark.parametrize("name", ["no folder here", "a/b/c", "../up", ""])
def test_what_cannot_be_a_repository_is_not_asked_for(name: str, hub: HubServer, run: Callable[..., str]) -> None:
    out = run(FIND.format(options={}).replace("team/albert", name))
    assert f"FileNotFoundError: {name!r} is neither the bundled 'albert-wordnet-nano', nor a folder, nor the id" in out
    assert hub.requests == []
