"""Weights of the TensorFlow models: names, ties, loading, saving, resizing, dtypes."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from safetensors.numpy import load_file

from albert_docs_pkg import (
    AlbertForPreTraining,
    TFAlbertForMaskedLM,
    TFAlbertForPreTraining,
    TFAlbertForSequenceClassification,
    TFAlbertModel,
)
from tests.tensorflow.conftest import GOLDEN, HEADS, IDS, loaded, small_config


@pytest.mark.parametrize("head", HEADS)
def test_saving_writes_the_names_and_values_of_the_file_that_was_loaded(head: str, tmp_path: Path) -> None:
    loaded(head).save_pretrained(tmp_path)
    written = load_file(tmp_path / "model.safetensors")
    original = load_file(GOLDEN / f"two-groups-{head}" / "model.safetensors")
    assert written.keys() == original.keys()
    for name, array in original.items():
        np.testing.assert_array_equal(written[name], array)
    assert json.loads((tmp_path / "config.json").read_text())["architectures"] == [f"Albert{head}"]


def test_weights_go_to_pytorch_and_back_bit_by_bit(tmp_path: Path) -> None:
    keras.utils.set_random_seed(3)
    model = TFAlbertForPreTraining(small_config())
    model.save_pretrained(tmp_path / "tf")
    AlbertForPreTraining.from_pretrained(tmp_path / "tf").save_pretrained(tmp_path / "pt")
    again = TFAlbertForPreTraining.from_pretrained(tmp_path / "pt").state_dict()
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(again[name], array)


def test_a_new_head_is_said_to_be_new(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        model, info = TFAlbertForSequenceClassification.from_pretrained(
            GOLDEN / "shared-params-ForPreTraining", num_labels=3, output_loading_info=True
        )
    assert info["missing_keys"] == ["classifier.weight", "classifier.bias"]
    assert "predictions.bias" in info["unexpected_keys"]
    assert "new and not trained yet: classifier.weight, classifier.bias" in caplog.text
    weights = model.state_dict()
    assert weights["classifier.weight"].std() > 0
    assert not weights["classifier.bias"].any()


def test_a_model_without_pooler_leaves_it_out() -> None:
    model = TFAlbertModel.from_pretrained(GOLDEN / "two-groups-Model", add_pooling_layer=False)
    assert model(IDS).keys() == ["last_hidden_state"]
    assert not any("pooler" in name for name in model.named_variables())


def test_an_untied_output_matrix_is_its_own_and_is_saved(tmp_path: Path) -> None:
    model = TFAlbertForMaskedLM(small_config(tie_word_embeddings=False))
    model.named_variables()["predictions.decoder.weight"].variable.assign(tf.ones((60, 12)))
    model.save_pretrained(tmp_path)
    again = TFAlbertForMaskedLM.from_pretrained(tmp_path)
    np.testing.assert_array_equal(again.state_dict()["predictions.decoder.weight"], 1)
    np.testing.assert_allclose(again(IDS).logits, model(IDS).logits, atol=1e-6)


def test_weights_of_another_shape_are_all_listed_or_drawn_anew() -> None:
    folder = GOLDEN / "shared-params-Model"
    with pytest.raises(ValueError, match=r"other shapes(.|\n)*word_embeddings.weight: \(150, 16\).*\(77, 16\)"):
        TFAlbertModel.from_pretrained(folder, vocab_size=77)
    model, info = TFAlbertModel.from_pretrained(
        folder, vocab_size=77, ignore_mismatched_sizes=True, output_loading_info=True
    )
    assert info["mismatched_keys"] == [("embeddings.word_embeddings.weight", (150, 16), (77, 16))]
    assert model.state_dict()["embeddings.word_embeddings.weight"].std() > 0


@pytest.mark.parametrize("dtype", ["bfloat16", tf.float16, np.float32, "auto"])
def test_every_float_dtype_runs_and_survives_saving(dtype: Any, tmp_path: Path) -> None:
    name = "float32" if dtype == "auto" else tf.as_dtype(dtype).name
    model = TFAlbertForMaskedLM.from_pretrained(GOLDEN / "shared-params-ForMaskedLM", dtype=dtype)
    output = model(IDS, attention_mask=np.zeros_like(IDS), labels=IDS)
    assert model.dtype == output.logits.dtype.name == name
    assert output.loss.dtype == tf.float32
    assert np.isfinite(output.logits.numpy().astype(np.float32)).all()
    model.save_pretrained(tmp_path)
    again = TFAlbertForMaskedLM.from_pretrained(tmp_path, dtype="auto")
    assert again.dtype == name
    for weight, array in model.state_dict().items():
        assert np.array_equal(again.state_dict()[weight], array)


@pytest.mark.parametrize("dtype", ["int8", tf.int32, "half"])
def test_a_dtype_that_is_no_float_is_refused(dtype: Any) -> None:
    with pytest.raises(ValueError, match="dtype must be a floating dtype"):
        TFAlbertModel.from_pretrained(GOLDEN / "shared-params-Model", dtype=dtype)


def test_initial_weights_follow_the_config_and_the_seed() -> None:
    keras.utils.set_random_seed(0)
    config = small_config(vocab_size=3000, initializer_range=0.5)
    weights = TFAlbertForPreTraining(config).state_dict()
    table = weights["albert.embeddings.word_embeddings.weight"]
    assert not table[0].any()
    np.testing.assert_allclose(table[1:].std(), 0.5, rtol=0.02)
    for name, array in weights.items():
        if name.endswith(".bias"):
            assert not array.any(), name
        elif "norm" in name.lower():
            assert (array == 1).all(), name
        else:
            assert array.any(), name
    keras.utils.set_random_seed(0)
    np.testing.assert_array_equal(
        TFAlbertForPreTraining(config).state_dict()["albert.embeddings.word_embeddings.weight"], table
    )


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("count", [50, 64])
def test_resizing_keeps_rows_and_ties(count: int, tied: bool, tmp_path: Path) -> None:
    model = TFAlbertForMaskedLM(small_config(tie_word_embeddings=tied))
    before, old = model(IDS).logits.numpy(), model.state_dict()
    model.resize_token_embeddings(count)
    assert model.config.vocab_size == count
    kept = min(count, 60)
    after = model(IDS).logits.numpy()
    assert after.shape[-1] == count
    np.testing.assert_allclose(after[..., :kept], before[..., :kept], atol=1e-6)
    table = model.state_dict()["albert.embeddings.word_embeddings.weight"]
    if count > 60:
        mean = old["albert.embeddings.word_embeddings.weight"].mean(0)
        np.testing.assert_allclose(table[60:], mean[None].repeat(4, 0), atol=1e-6)
    assert len(model.trainable_variables) == len(model.named_variables())
    model.save_pretrained(tmp_path)
    np.testing.assert_array_equal(TFAlbertForMaskedLM.from_pretrained(tmp_path)(IDS).logits, after)


def test_resizing_refuses_to_cut_off_the_padding_piece() -> None:
    with pytest.raises(ValueError, match="new_num_tokens must be at least 6, got 5"):
        TFAlbertModel(small_config(pad_token_id=5)).resize_token_embeddings(5)


def test_an_unknown_keyword_is_refused() -> None:
    with pytest.raises(TypeError, match="no fields of the config: hidden_sise"):
        TFAlbertModel.from_pretrained(GOLDEN / "shared-params-Model", hidden_sise=3)


def test_a_keras_file_holds_the_whole_model(tmp_path: Path) -> None:
    model = TFAlbertForSequenceClassification(small_config(num_labels=4))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.config == model.config
    np.testing.assert_array_equal(again(IDS).logits, model(IDS).logits)
