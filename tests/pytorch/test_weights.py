"""Weights of the PyTorch models: names, ties, loading, saving, resizing, dtypes."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from albert_docs_pkg import AlbertForMaskedLM, AlbertForPreTraining, AlbertForSequenceClassification, AlbertModel
from tests.pytorch.conftest import GOLDEN, HEADS, load, model_class, recorded_inputs, small_config


@pytest.mark.parametrize("head", HEADS)
def test_saving_writes_the_names_and_values_of_the_file_that_was_loaded(head: str, tmp_path: Path) -> None:
    load(head).save_pretrained(tmp_path)
    written = load_file(tmp_path / "model.safetensors")
    original = load_file(GOLDEN / f"two-groups-{head}" / "model.safetensors")
    assert written.keys() == original.keys()
    assert all(torch.equal(written[name], original[name]) for name in original)


def test_state_dict_has_the_names_of_the_hub_including_shared_ones() -> None:
    names = set(load("ForPreTraining").state_dict())
    assert {"predictions.bias", "predictions.decoder.bias", "predictions.decoder.weight"} <= names
    assert "albert.encoder.albert_layer_groups.1.albert_layers.0.attention.query.weight" in names
    assert len(names) == 82


@pytest.mark.parametrize("head", HEADS)
def test_loading_reports_nothing_when_everything_fits(head: str, caplog: pytest.LogCaptureFixture) -> None:
    _, info = load(head, output_loading_info=True)
    assert info == {"missing_keys": [], "unexpected_keys": [], "mismatched_keys": []}
    assert not caplog.records


def test_a_new_head_is_said_to_be_new(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        model, info = AlbertForSequenceClassification.from_pretrained(
            GOLDEN / "shared-params-ForPreTraining", num_labels=3, output_loading_info=True
        )
    assert info["missing_keys"] == ["classifier.weight", "classifier.bias"]
    assert "predictions.bias" in info["unexpected_keys"]
    assert "new and not trained yet: classifier.weight, classifier.bias" in caplog.text
    assert model.classifier.weight.std() > 0
    assert not model.classifier.bias.any()


def test_a_head_loads_into_the_bare_model_and_back(tmp_path: Path) -> None:
    head = load("ForSequenceClassification")
    base = AlbertModel.from_pretrained(GOLDEN / "two-groups-ForSequenceClassification")
    assert torch.equal(base.embeddings.word_embeddings.weight, head.albert.embeddings.word_embeddings.weight)
    base.save_pretrained(tmp_path)
    assert "embeddings.word_embeddings.weight" in load_file(tmp_path / "model.safetensors")
    again, info = AlbertForSequenceClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert info["missing_keys"] == ["classifier.weight", "classifier.bias"]
    assert torch.equal(again.albert.pooler.weight, head.albert.pooler.weight)


def test_a_model_without_pooler_leaves_it_out() -> None:
    model, info = AlbertModel.from_pretrained(
        GOLDEN / "two-groups-Model", add_pooling_layer=False, output_loading_info=True
    )
    assert info["unexpected_keys"] == ["pooler.bias", "pooler.weight"]
    assert model(recorded_inputs("Model")["input_ids"]).keys() == ["last_hidden_state"]


def test_old_spellings_are_understood(tmp_path: Path) -> None:
    source = GOLDEN / "two-groups-ForMaskedLM"
    weights = load_file(source / "model.safetensors")
    old = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
        for name, tensor in weights.items()
    }
    old["albert.embeddings.position_ids"] = torch.arange(32)[None]
    old["predictions.decoder.bias"] = old.pop("predictions.bias")
    save_file(old, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text((source / "config.json").read_text())
    model, info = AlbertForMaskedLM.from_pretrained(tmp_path, output_loading_info=True)
    assert info == {"missing_keys": [], "unexpected_keys": [], "mismatched_keys": []}
    inputs = recorded_inputs("ForMaskedLM")
    assert torch.equal(model(**inputs).logits, load("ForMaskedLM")(**inputs).logits)


def test_output_matrix_and_bias_are_shared() -> None:
    model = load("ForPreTraining")
    assert model.predictions.decoder.weight is model.albert.embeddings.word_embeddings.weight
    assert model.predictions.decoder.bias is model.predictions.bias


def test_an_untied_output_matrix_is_its_own_and_is_saved(tmp_path: Path) -> None:
    model = AlbertForMaskedLM(small_config(tie_word_embeddings=False))
    assert model.predictions.decoder.weight is not model.albert.embeddings.word_embeddings.weight
    model.save_pretrained(tmp_path)
    again = AlbertForMaskedLM.from_pretrained(tmp_path)
    assert torch.equal(again.predictions.decoder.weight, model.predictions.decoder.weight)
    assert again.predictions.decoder.weight is not again.albert.embeddings.word_embeddings.weight


def test_weights_of_another_shape_are_all_listed() -> None:
    with pytest.raises(ValueError, match="other shapes") as error:
        AlbertModel.from_pretrained(GOLDEN / "shared-params-Model", vocab_size=151, intermediate_size=65)
    text = str(error.value)
    assert "embeddings.word_embeddings.weight: (150, 16) in the checkpoint, (151, 16) in the model" in text
    assert "ffn.weight: (64, 32) in the checkpoint, (65, 32) in the model" in text
    assert text.count("in the checkpoint,") == 4


def test_weights_of_another_shape_are_drawn_anew_on_request() -> None:
    model, info = AlbertModel.from_pretrained(
        GOLDEN / "shared-params-Model", vocab_size=151, ignore_mismatched_sizes=True, output_loading_info=True
    )
    assert info["mismatched_keys"] == [("embeddings.word_embeddings.weight", (150, 16), (151, 16))]
    assert model.embeddings.word_embeddings.weight.shape == (151, 16)
    assert not model.embeddings.word_embeddings.weight[0].any()


def test_shards_load_like_one_file(tmp_path: Path) -> None:
    model = load("ForPreTraining")
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 3
    assert not (tmp_path / "model.safetensors").exists()
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == sum(p.numel() * 4 for p in model.parameters())
    again = AlbertForPreTraining.from_pretrained(tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), model.parameters(), strict=True))


def test_saving_whole_after_shards_leaves_one_checkpoint(tmp_path: Path) -> None:
    model = load("Model")
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    with torch.no_grad():
        model.pooler.bias.fill_(7.0)
    model.save_pretrained(tmp_path)
    assert AlbertModel.from_pretrained(tmp_path).pooler.bias[0] == 7
    model.pooler.bias.data.fill_(8.0)
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    assert AlbertModel.from_pretrained(tmp_path).pooler.bias[0] == 8


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_float_dtype_runs_and_survives_saving(dtype: torch.dtype, tmp_path: Path) -> None:
    model = load("ForSequenceClassification", dtype=dtype)
    assert model.dtype == dtype
    output = model(**recorded_inputs("ForSequenceClassification"))
    assert output.logits.dtype == dtype
    assert torch.isfinite(output.logits).all()
    model.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == str(dtype).removeprefix("torch.")
    again = AlbertForSequenceClassification.from_pretrained(tmp_path, torch_dtype="auto")
    assert again.dtype == dtype
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), model.parameters(), strict=True))


@pytest.mark.parametrize("dtype", ["int8", "float31", torch.int64])
def test_a_dtype_that_is_no_float_is_refused(dtype: object) -> None:
    with pytest.raises(ValueError, match="dtype must be a floating dtype"):
        load("Model", dtype=dtype)


def test_an_unknown_keyword_is_refused_before_weights_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("albert_docs_pkg.checkpoints.loading.load_weights", None)
    with pytest.raises(TypeError, match="no fields of the config: num_lables"):
        load("ForSequenceClassification", num_lables=3)


def test_initial_weights_follow_the_config() -> None:
    torch.manual_seed(0)
    model = AlbertForMaskedLM(small_config(initializer_range=0.5, vocab_size=900))
    weight = model.albert.embeddings.word_embeddings.weight
    assert weight[1:].std().item() == pytest.approx(0.5, rel=0.05)
    assert not weight[0].any()
    assert not model.predictions.bias.any()
    assert (model.predictions.LayerNorm.weight == 1).all()
    assert model.albert.encoder.albert_layer_groups[0].albert_layers[0].ffn.weight.std().item() == pytest.approx(
        0.5, rel=0.1
    )


@pytest.mark.parametrize("count", [70, 40])
def test_resizing_keeps_rows_and_ties(count: int, tmp_path: Path) -> None:
    model = AlbertForMaskedLM(small_config())
    with torch.no_grad():
        model.predictions.bias.uniform_()
    before, bias = model.get_input_embeddings().weight.clone(), model.predictions.bias.clone()
    table = model.resize_token_embeddings(count)
    kept = min(count, 60)
    assert torch.equal(table.weight[:kept], before[:kept])
    assert torch.equal(model.predictions.bias[:kept], bias[:kept])
    assert model.predictions.decoder.weight is table.weight
    assert model.predictions.decoder.bias is model.predictions.bias
    assert model.config.vocab_size == count
    if count > 60:
        torch.testing.assert_close(table.weight[65], before.mean(0))
        assert not model.predictions.bias[60:].any()
    logits = model(torch.tensor([[2, 9, 3]])).logits
    assert logits.shape[-1] == count
    model.save_pretrained(tmp_path)
    assert torch.equal(AlbertForMaskedLM.from_pretrained(tmp_path)(torch.tensor([[2, 9, 3]])).logits, logits)


def test_resizing_rounds_up_and_refuses_nothing() -> None:
    model = AlbertModel(small_config())
    assert model.resize_token_embeddings(pad_to_multiple_of=64).num_embeddings == 64
    with pytest.raises(ValueError, match="new_num_tokens must be at least 1, got 0"):
        model.resize_token_embeddings(0)


def test_a_config_changed_by_hand_is_checked_again() -> None:
    config = small_config()
    config.hidden_size = 25
    with pytest.raises(ValueError, match=r"hidden_size must be a multiple of num_attention_heads \(3\), got 25"):
        AlbertModel(config)
    with pytest.raises(TypeError, match="config must be an AlbertConfig, got str"):
        AlbertModel("albert-base-v2")


@pytest.mark.parametrize("head", HEADS)
def test_models_can_be_pickled_and_copied(head: str) -> None:
    import copy
    import pickle

    model = model_class(head)(small_config())
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert all(torch.equal(a, b) for a, b in zip(model.parameters(), twin.parameters(), strict=True))
