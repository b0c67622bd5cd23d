"""AlbertConfig: defaults, round trips that lose nothing, and errors that say what is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albert_docs_pkg import AlbertConfig

HUB_BASE_V2 = {
    "architectures": ["AlbertForMaskedLM"],
    "attention_probs_dropout_prob": 0,
    "bos_token_id": 2,
    "classifier_dropout_prob": 0.1,
    "down_scale_factor": 1,
    "embedding_size": 128,
    "eos_token_id": 3,
    "gap_size": 0,
    "hidden_act": "gelu_new",
    "hidden_dropout_prob": 0,
    "hidden_size": 768,
    "initializer_range": 0.02,
    "inner_group_num": 1,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "model_type": "albert",
    "net_structure_type": 0,
    "num_attention_heads": 12,
    "num_hidden_groups": 1,
    "num_hidden_layers": 12,
    "num_memory_blocks": 0,
    "pad_token_id": 0,
    "type_vocab_size": 2,
    "vocab_size": 30000,
}
"""Keys of a config as the hub has them, with those that no model of today reads."""


def test_defaults_are_those_of_xxlarge() -> None:
    config = AlbertConfig()
    assert (config.hidden_size, config.num_attention_heads, config.intermediate_size) == (4096, 64, 16384)
    assert (config.vocab_size, config.embedding_size, config.num_hidden_layers) == (30000, 128, 12)
    assert (config.hidden_act, config.layer_norm_eps, config.classifier_dropout_prob) == ("gelu_new", 1e-12, 0.1)
    assert (config.pad_token_id, config.bos_token_id, config.eos_token_id) == (0, 2, 3)
    assert (config.num_labels, config.attn_implementation, config.tie_word_embeddings) == (2, "sdpa", True)


def test_keys_nobody_knows_survive_a_round_trip(tmp_path: Path) -> None:
    AlbertConfig.from_dict(HUB_BASE_V2).save_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert HUB_BASE_V2.items() <= written.items()
    assert AlbertConfig.from_pretrained(tmp_path) == AlbertConfig.from_dict(HUB_BASE_V2)
    assert AlbertConfig.from_pretrained(tmp_path).gap_size == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(extra=st.dictionaries(st.from_regex(r"x_[a-z]{1,8}", fullmatch=True), json_values, max_size=4))
def test_any_extra_key_survives(extra: dict) -> None:
    config = AlbertConfig.from_dict(json.loads(AlbertConfig(**extra).to_json()))
    assert {name: getattr(config, name) for name in extra} == extra


@given(fields=st.dictionaries(st.sampled_from(sorted(AlbertConfig().to_dict())), json_values, max_size=5))
def test_any_value_is_taken_or_refused_by_name(fields: dict) -> None:
    try:
        config = AlbertConfig.from_dict(fields)
    except (TypeError, ValueError) as error:
        message = str(error)
    else:
        assert AlbertConfig.from_dict(config.to_dict()) == config
        return
    # The message names a field, maybe the one that does not go with the one given.
    assert any(name in message for name in (*fields, "hidden_size", "num_hidden_layers", "num_labels", "id2label"))


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"hidden_size": 0}, ValueError, "hidden_size must be at least 1, got 0"),
        ({"vocab_size": 1.5}, TypeError, "vocab_size must be an integer, got 1.5"),
        ({"num_hidden_layers": True}, TypeError, "num_hidden_layers must be an integer, got True"),
        ({"hidden_size": 770, "num_attention_heads": 12}, ValueError, "hidden_size must be a multiple"),
        (
            {"num_hidden_layers": 3, "num_hidden_groups": 2},
            ValueError,
            "num_hidden_layers must be a mult",
        ),
        ({"hidden_act": "gelo"}, ValueError, "hidden_act must be one of gelu, .*, got 'gelo'"),
        ({"hidden_dropout_prob": 1.5}, ValueError, r"hidden_dropout_prob must be in \[0, 1\], got 1.5"),
        ({"hidden_dropout_prob": float("nan")}, ValueError, "hidden_dropout_prob must be in"),
        ({"classifier_dropout_prob": -0.1}, ValueError, "classifier_dropout_prob must be in"),
        ({"layer_norm_eps": float("inf")}, ValueError, "layer_norm_eps must be finite"),
        ({"position_embedding_type": "relative_key"}, ValueError, "position_embedding_type must be one of absolute"),
        ({"problem_type": "ranking"}, ValueError, "problem_type must be one of regression"),
        ({"attn_implementation": "flash"}, ValueError, "attn_implementation must be one of sdpa, eager, packed, got"),
        ({"pad_token_id": 30000}, ValueError, r"pad_token_id must be below vocab_size \(30000\) or None, got 30000"),
        ({"tie_word_embeddings": "yes"}, TypeError, "tie_word_embeddings must be True or False"),
        (
            {"num_labels": 3, "id2label": {0: "a"}},
            ValueError,
            "num_labels must be the length of id2label",
        ),
        ({"id2label": {0: "a", 2: "b"}}, ValueError, "ids of id2label must be 0 to n - 1 without gaps"),
        ({"id2label": {"zero": "a"}}, ValueError, "keys of id2label must be integers"),
        ({"id2label": ["a", "b"]}, TypeError, "id2label must map ids to names"),
        ({"label2id": {"a": []}}, ValueError, "values of label2id must be integers"),
        ({"label2id": {"a": float("inf")}}, ValueError, "values of label2id must be integers"),
        ({"id2label": {float("inf"): "a"}}, ValueError, "keys of id2label must be integers"),
        ({"hidden_dropout_prob": 10**400}, ValueError, r"hidden_dropout_prob must be in \[0, 1\]"),
        ({"label2id": ["a"]}, TypeError, "label2id must map names to ids"),
        ({"validate": 1}, ValueError, "'validate' is a method or property"),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_what_is_allowed(
    fields: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        AlbertConfig(**fields)


def test_labels_follow_from_whichever_is_given() -> None:
    assert AlbertConfig(num_labels=3).label2id == {"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2}
    assert AlbertConfig(label2id={"no": 0, "yes": 1}).id2label == {0: "no", 1: "yes"}
    config = AlbertConfig.from_dict({"id2label": {"0": "no", "1": "yes"}})
    assert (config.id2label, config.num_labels) == ({0: "no", 1: "yes"}, 2)
    config.num_labels = 2
    assert config.id2label == {0: "no", 1: "yes"}
    assert AlbertConfig.from_dict(config.to_dict(), num_labels=3).id2label == {
        0: "LABEL_0",
        1: "LABEL_1",
        2: "LABEL_2",
    }


def test_a_config_of_another_model_is_refused() -> None:
    with pytest.raises(ValueError, match="model_type must be 'albert', got 'bert'"):
        AlbertConfig.from_dict({"model_type": "bert"})
    with pytest.raises(TypeError, match="object of keys and values, got list"):
        AlbertConfig.from_dict([])  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_json_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"config\.json is not a JSON file"):
        AlbertConfig.from_pretrained(tmp_path)


def test_a_folder_without_config_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no config\.json"):
        AlbertConfig.from_pretrained(tmp_path)


def test_keywords_replace_fields_of_the_file(tmp_path: Path) -> None:
    AlbertConfig.from_dict(HUB_BASE_V2).save_pretrained(tmp_path)
    config = AlbertConfig.from_pretrained(tmp_path, num_labels=5, hidden_dropout_prob=0.1)
    assert (config.num_labels, config.hidden_dropout_prob, config.hidden_size) == (5, 0.1, 768)
