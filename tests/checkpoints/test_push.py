"""push_to_hub of models, configs and tokenizers, to the hub's stand-in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_docs_pkg import AlbertConfig, AlbertTokenizer
from albert_docs_pkg.checkpoints import load_weights
from tests.checkpoints.hub_client import CONFIG, NAME, ask_at
from tests.checkpoints.hub_server import HubServer, files_of
from tests.models.frameworks import FRAMEWORKS, Framework
from tests.models.frameworks import PyTorch as Torch


def model_of(framework: Framework) -> Any:
    """Return a small model."""
    import albert_docs_pkg

    prefix = {"pytorch": "", "tensorflow": "TF", "flax": "Flax"}[framework.name]
    return getattr(albert_docs_pkg, f"{prefix}AlbertForTokenClassification")(CONFIG)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
def test_a_model_is_pushed_in_one_commit_and_loads_from_the_hub(framework: Framework, server: HubServer) -> None:
    model = model_of(framework)
    commit = model.push_to_hub("team/new", token=server.token, max_shard_size="4KB", commit_message="First")
    repository = server.repositories["team/new"]
    assert (commit.oid, str(commit)) == (repository.branches["main"], f"{server.address}/team/new/commit/{commit.oid}")
    assert (repository.summaries, repository.private) == (["First"], False)
    assert set(server.authorised) == {f"Bearer {server.token}"}
    assert "model.safetensors.index.json" in repository.head()
    again = framework.load("ForTokenClassification", "team/new")
    assert again.config.to_dict()["architectures"] == ["AlbertForTokenClassification"]
    assert set(load_weights("team/new", revision=commit.oid)) == set(load_weights("team/new"))


def test_a_push_replaces_shards_and_leaves_other_files(server: HubServer) -> None:
    model = model_of(Torch())
    server.repository.commit({"README.md": b"mine"})
    model.push_to_hub(NAME, max_shard_size="4KB")
    assert len(server.repository.head()) > 4
    model.push_to_hub(NAME)
    assert sorted(server.repository.head()) == ["README.md", "config.json", "model.safetensors"]
    assert server.repository.summaries[-1] == "Upload AlbertForTokenClassification"


@pytest.mark.parametrize("what", ["config", "tokenizer"])
def test_configs_and_tokenizers_are_pushed_beside_the_weights(what: str, server: HubServer) -> None:
    thing: Any = CONFIG if what == "config" else AlbertTokenizer.from_pretrained("albert-wordnet-nano")
    before = server.repository.head()
    thing.push_to_hub(NAME)
    after = server.repository.head()
    assert after["model.safetensors"] == before["model.safetensors"]
    if what == "config":
        assert AlbertConfig.from_pretrained(NAME).to_dict() == thing.to_dict()
    else:
        assert AlbertTokenizer.from_pretrained(NAME).get_vocab() == thing.get_vocab()
        assert "tokenizer_config.json" in after


def test_a_branch_is_made_and_a_pull_request_leaves_the_branch_as_it_was(server: HubServer) -> None:
    head = server.repository.branches["main"]
    CONFIG.push_to_hub(NAME, revision="try")
    request = CONFIG.push_to_hub(NAME, create_pr=True)
    assert server.repository.branches["main"] == head
    assert json.loads(server.repository.head("try")["config.json"])["hidden_size"] == 16
    assert request.pr_url == f"{server.address}/{NAME}/discussions/1"
    assert request.pr_revision == "refs/pr/1"


def test_a_new_repository_can_be_private(server: HubServer) -> None:
    CONFIG.push_to_hub("team/secret", private=True, token=server.token)
    assert server.repositories["team/secret"].private


def test_saving_can_push_as_well(server: HubServer, tmp_path: Path) -> None:
    tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
    for thing in (CONFIG, tokenizer, model_of(Torch())):
        thing.save_pretrained(tmp_path / "mine", push_to_hub=True, repo_id="team/saved", token=server.token)
    pushed = server.repositories["team/saved"].head()
    assert pushed == files_of(tmp_path / "mine") | {".gitattributes": b""}
    CONFIG.save_pretrained(tmp_path / "named", push_to_hub=True)
    assert "config.json" in server.repositories["somebody/named"].head()


@pytest.mark.parametrize(
    ("fault", "at", "reason"),
    [
        ("unauthorized", "", "401"),
        ("forbidden", "/preupload/", "403"),
        ("broken", "/commit/", "500"),
        ("no upload", "", "500"),
    ],
)
def test_a_push_that_fails_says_why_and_changes_nothing(
    fault: str, at: str, reason: str, server: HubServer, tmp_path: Path
) -> None:
    model, before = model_of(Torch()), server.repository.head()
    model.save_pretrained(tmp_path / "model")
    local = files_of(tmp_path / "model")
    server.fault, server.fault_at = fault, at
    with pytest.raises(OSError, match=f"could not push to 'team/albert' at {server.address}: .*{reason}"):
        model.push_to_hub(NAME)
    with pytest.raises(OSError, match="could not push"):
        model.save_pretrained(tmp_path / "model", push_to_hub=True, repo_id=NAME)
    assert server.repository.head() == before
    assert files_of(tmp_path / "model") == local


def test_a_push_to_nobody_says_where_it_went(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_at("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(OSError, match=r"could not push to 'team/albert' at http://127\.0\.0\.1:9: ConnectError"):
        CONFIG.push_to_hub(NAME)


@pytest.mark.parametrize("name", ["two words", "a/b/c", "", "-a", "a..b"])
def test_a_name_that_is_no_repository_is_refused_before_anything_is_sent(name: str, server: HubServer) -> None:
    with pytest.raises(ValueError, match=f"repo_id must be 'owner/name' or 'name' of .*, got {name!r}"):
        CONFIG.push_to_hub(name)
    assert server.requests == []


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
def test_keywords_that_saving_does_not_have_are_refused_before_anything_is_written(
    framework: Framework, tmp_path: Path
) -> None:
    model = model_of(framework)
    tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
    for thing in (CONFIG, tokenizer, model):
        with pytest.raises(TypeError, match="save_pretrained got an unknown keyword 'safe_serialisation'"):
            thing.save_pretrained(tmp_path / "model", safe_serialisation=True)
        with pytest.raises(TypeError, match="save_pretrained got 'private', which needs push_to_hub=True"):
            thing.save_pretrained(tmp_path / "model", private=True)
    assert not (tmp_path / "model").exists()


def test_weights_given_by_hand_are_what_is_pushed(server: HubServer) -> None:
    model = model_of(Torch())
    weights = {name: tensor * 0 for name, tensor in model.state_dict().items()}
    model.push_to_hub("team/zero", state_dict=weights)
    assert all(not np.any(array) for array in load_weights("team/zero").values())
