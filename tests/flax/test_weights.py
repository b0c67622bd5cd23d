"""Weights of the Flax models: names of the tree, loading, saving, new heads, resizing, dtypes."""

from __future__ import annotations

import copy
import logging
import pickle
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file

from albert_docs_pkg import (
    FlaxAlbertForMaskedLM,
    FlaxAlbertForSequenceClassification,
    FlaxAlbertModel,
    FlaxAlbertPreTrainedModel,
)
from albert_docs_pkg.checkpoints.flax_names import flat_tree
from tests.flax.conftest import GOLDEN, IDS, load, small_config

HEADS = (
    "Model",
    "ForPreTraining",
    "ForMaskedLM",
    "ForSequenceClassification",
    "ForMultipleChoice",
    "ForTokenClassification",
    "ForQuestionAnswering",
)

LAYER = {
    "attention": dict.fromkeys(("query", "key", "value", "dense"), ("bias", "kernel"))
    | {"LayerNorm": ("bias", "scale")},
    "ffn": ("bias", "kernel"),
    "ffn_output": ("bias", "kernel"),
    "full_layer_layer_norm": ("bias", "scale"),
}
TREE = {
    "albert": {
        "embeddings": {
            "LayerNorm": ("bias", "scale"),
            "position_embeddings": ("embedding",),
            "token_type_embeddings": ("embedding",),
            "word_embeddings": ("embedding",),
        },
        "encoder": {
            "albert_layer_groups": {group: {"albert_layers": {"0": LAYER, "1": LAYER}} for group in ("0", "1")},
            "embedding_hidden_mapping_in": ("bias", "kernel"),
        },
        "pooler": ("bias", "kernel"),
    },
    "predictions": {"LayerNorm": ("bias", "scale"), "bias": (), "dense": ("bias", "kernel")},
    "sop_classifier": {"classifier": ("bias", "kernel")},
}
"""What a ``flax_model.msgpack`` of two groups with two inner layers nests."""


def paths(tree: Any) -> set[str]:
    return {"/".join(path) for path, _ in flat_tree(tree)}


def test_the_tree_has_the_names_of_flax_files_on_the_hub() -> None:
    params = load("two-groups-ForPreTraining").params
    leaves = {(*path, leaf) for path, names in flat_tree(TREE) for leaf in names} | {("predictions", "bias")}
    assert paths(params) == {"/".join(path) for path in leaves}
    assert len(leaves) == 80
    assert params["sop_classifier"]["classifier"]["kernel"].shape == (24, 2)


@pytest.mark.parametrize("head", HEADS)
def test_saving_writes_the_names_and_values_of_the_file_that_was_loaded(head: str, tmp_path: Path) -> None:
    model, info = load(f"two-groups-{head}", output_loading_info=True)
    assert info == {"missing_keys": [], "unexpected_keys": [], "mismatched_keys": []}
    model.save_pretrained(tmp_path)
    written = load_file(tmp_path / "model.safetensors")
    original = load_file(GOLDEN / f"two-groups-{head}" / "model.safetensors")
    assert written.keys() == original.keys()
    assert all(np.array_equal(written[name], original[name]) for name in original)


def test_a_new_head_is_said_to_be_new_and_follows_the_seed(caplog: pytest.LogCaptureFixture) -> None:
    folder = GOLDEN / "shared-params-ForPreTraining"
    build = FlaxAlbertForSequenceClassification.from_pretrained
    with caplog.at_level(logging.INFO):
        model, info = build(folder, num_labels=3, output_loading_info=True)
    assert set(info["missing_keys"]) == {"classifier.weight", "classifier.bias"}
    assert "new and not trained yet: classifier." in caplog.text
    kernel = np.asarray(model.params["classifier"]["kernel"])
    assert kernel.std() > 0
    assert np.array_equal(kernel, build(folder, num_labels=3).params["classifier"]["kernel"])
    assert not np.array_equal(kernel, build(folder, num_labels=3, seed=1).params["classifier"]["kernel"])


def test_weights_of_another_shape_are_refused_or_initialised() -> None:
    folder = GOLDEN / "shared-params-ForSequenceClassification"
    with pytest.raises(ValueError, match=r"classifier.weight: \(\d+, 32\) in the checkpoint, \(7, 32\) in the model"):
        FlaxAlbertForSequenceClassification.from_pretrained(folder, num_labels=7)
    model, info = FlaxAlbertForSequenceClassification.from_pretrained(
        folder, num_labels=7, ignore_mismatched_sizes=True, output_loading_info=True
    )
    assert {name for name, _, _ in info["mismatched_keys"]} == {"classifier.weight", "classifier.bias"}
    assert model.params["classifier"]["kernel"].shape == (32, 7)


def test_without_init_the_parameters_come_beside_the_model() -> None:
    model, params = load("shared-params-Model", _do_init=False)
    with pytest.raises(ValueError, match="_do_init=False"):
        _ = model.params
    with pytest.raises(ValueError, match="_do_init=False"):
        model(IDS)
    loaded = load("shared-params-Model")
    assert np.array_equal(model(IDS, params=params)[0], loaded(IDS)[0])


def test_initial_parameters_follow_the_config_and_the_seed() -> None:
    config = small_config(initializer_range=0.5)
    first, again, other = (FlaxAlbertModel(config, seed=seed).params for seed in (0, 0, 1))
    assert all(map(np.array_equal, jax.tree.leaves(first), jax.tree.leaves(again)))
    words = np.asarray(first["embeddings"]["word_embeddings"]["embedding"])
    assert not words[0].any()
    assert 0.4 < words[1:].std() < 0.6
    assert not np.array_equal(words, other["embeddings"]["word_embeddings"]["embedding"])
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(first))
    norm = first["embeddings"]["LayerNorm"]
    assert (norm["scale"] == 1).all()
    assert not norm["bias"].any()


def test_init_weights_keeps_what_it_is_given(encoder: Any) -> None:
    given = {"pooler": encoder.params["pooler"]}
    filled = encoder.init_weights(jax.random.key(5), params=given)
    assert np.array_equal(filled["pooler"]["kernel"], given["pooler"]["kernel"])
    assert paths(filled) == paths(encoder.params)


def test_setting_params_names_what_is_missing_or_unknown() -> None:
    model = FlaxAlbertModel(small_config(), _do_init=False)
    tree = jax.tree.map(lambda leaf: np.zeros(leaf.shape), model.params_shape_tree)
    model.params = tree
    assert model.params is tree
    with pytest.raises(ValueError, match="params lack pooler/bias, pooler/kernel"):
        model.params = {name: branch for name, branch in tree.items() if name != "pooler"}
    with pytest.raises(ValueError, match="params have unknown extra/bias"):
        model.params = {**tree, "extra": {"bias": np.zeros(1)}}


def test_an_untied_output_matrix_is_a_parameter_of_its_own(tmp_path: Path) -> None:
    config = small_config(tie_word_embeddings=False)
    model = FlaxAlbertForMaskedLM(config)
    assert model.params["predictions"]["decoder"]["kernel"].shape == (8, 100)
    model.save_pretrained(tmp_path)
    assert load_file(tmp_path / "model.safetensors")["predictions.decoder.weight"].shape == (100, 8)
    again = FlaxAlbertForMaskedLM.from_pretrained(tmp_path)
    assert all(map(np.array_equal, jax.tree.leaves(again.params), jax.tree.leaves(model.params)))


def test_resizing_changes_table_bias_and_config() -> None:
    model = load("shared-params-ForMaskedLM")
    before = model(IDS).logits
    table = model.resize_token_embeddings(153, pad_to_multiple_of=4)
    assert table.shape == (156, 16)
    assert model.config.vocab_size == 156
    after = model(IDS).logits
    np.testing.assert_allclose(after[..., :150], before, rtol=1e-5, atol=1e-5)
    assert model.params["predictions"]["bias"][150:].tolist() == [0.0] * 6
    assert model.num_parameters() == sum(leaf.size for leaf in jax.tree.leaves(model.params))


def test_casts_change_all_parameters_or_those_of_a_mask(encoder: Any) -> None:
    half = encoder.to_bf16(encoder.params)
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(half)} == {"bfloat16"}
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(encoder.to_fp16(half))} == {"float16"}
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(encoder.to_fp32(half))} == {"float32"}
    mask = jax.tree_util.tree_map_with_path(lambda path, _: "LayerNorm" not in str(path), encoder.params)
    mixed = encoder.to_bf16(encoder.params, mask)
    assert mixed["embeddings"]["LayerNorm"]["scale"].dtype == jnp.float32
    assert mixed["pooler"]["kernel"].dtype == jnp.bfloat16


def test_half_precision_weights_are_written_and_read(encoder: Any, tmp_path: Path) -> None:
    encoder.save_pretrained(tmp_path, params=encoder.to_bf16(encoder.params))
    assert load_file(tmp_path / "model.safetensors")["pooler.weight"].dtype.name == "bfloat16"
    again = FlaxAlbertModel.from_pretrained(tmp_path, dtype="auto")
    assert again.dtype == jnp.bfloat16
    assert again.params["pooler"]["kernel"].dtype == jnp.float32


def test_a_model_can_be_copied_and_pickled(classifier: Any) -> None:
    wanted = classifier(IDS).logits
    assert np.array_equal(copy.deepcopy(classifier)(IDS).logits, wanted)
    assert pickle.loads(pickle.dumps(classifier)).required_params == classifier.required_params


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: FlaxAlbertModel({"hidden_size": 8}), TypeError, "config must be an AlbertConfig, got dict"),
        (lambda: FlaxAlbertModel(small_config(), dtype="int32"), ValueError, "dtype must be a floating dtype"),
        (lambda: FlaxAlbertModel(small_config(), dtype="float13"), ValueError, "dtype must be a floating dtype"),
        (lambda: FlaxAlbertPreTrainedModel(small_config()), TypeError, "is the base of the models"),
        (lambda: FlaxAlbertModel(small_config(), input_shape=(1, 99)), ValueError, "99 tokens"),
        (lambda: load("shared-params-Model", num_lables=3), TypeError, "num_lables"),
        (lambda: FlaxAlbertModel.from_pretrained("/nowhere/at/all"), FileNotFoundError, "nowhere"),
    ],
)
def test_bad_arguments_are_named(build: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        build()
