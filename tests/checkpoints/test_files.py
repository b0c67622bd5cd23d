"""Finding, reading and writing the files of a checkpoint, and what happens to bad ones."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg.checkpoints import find_files, load_weights, staged_folder
from albert_docs_pkg.checkpoints.names import canonical_name, match_names, stored_name
from albert_docs_pkg.checkpoints.weights import write_weights
from tests.pytorch.conftest import GOLDEN

SAFETENSORS = (GOLDEN / "shared-params-Model" / "model.safetensors").read_bytes()


def test_a_new_folder_appears_whole(tmp_path: Path) -> None:
    with staged_folder(tmp_path / "a" / "b") as staging:
        (staging / "one").write_text("1")
        assert not (tmp_path / "a" / "b").exists()
    assert (tmp_path / "a" / "b" / "one").read_text() == "1"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_an_error_while_writing_leaves_the_old_files(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "one").write_text("old")

    def write_and_fail() -> None:
        with staged_folder(tmp_path / "model") as staging:
            (staging / "one").write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert (tmp_path / "model" / "one").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_files_that_are_not_written_again_stay_unless_they_are_replaced(tmp_path: Path) -> None:
    for name in ("notes.txt", "model-00001-of-00002.safetensors"):
        (tmp_path / name).write_text("old")
    with staged_folder(tmp_path, replaces=("model*.safetensors",)) as staging:
        (staging / "model.safetensors").write_text("new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.safetensors", "notes.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="it is a file, a folder is needed"), staged_folder(tmp_path / "file"):
        pass


def test_saved_files_are_readable_by_others(tmp_path: Path) -> None:
    with staged_folder(tmp_path / "model") as staging:
        write_weights({"a": np.zeros(2)}, staging)
    assert (tmp_path / "model" / "model.safetensors").stat().st_mode & 0o444 == 0o444


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b"])
def test_only_plain_file_names_are_looked_for(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="filenames must be plain file names"):
        find_files(tmp_path, [name])


def test_the_bundled_checkpoint_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert set(find_files("albert-wordnet-nano", ["config.json", "spiece.model", "model.safetensors"])) == {
        "config.json",
        "spiece.model",
        "model.safetensors",
    }


def test_a_folder_wins_over_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "team" / "albert").mkdir(parents=True)
    (tmp_path / "team" / "albert" / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert list(find_files("team/albert", ["config.json"])) == ["config.json"]


@pytest.mark.parametrize("cut", range(0, len(SAFETENSORS), len(SAFETENSORS) // 20))
def test_a_file_cut_off_anywhere_is_refused(cut: int, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(SAFETENSORS[:cut])
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        load_weights(tmp_path)


def test_a_header_that_claims_more_than_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", 2**62) + SAFETENSORS[8:])
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        load_weights(tmp_path)


@settings(deadline=None)
@given(position=st.integers(0, 4000), byte=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_harmless(
    position: int, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(SAFETENSORS)
    content[position] = byte
    path = tmp_path_factory.mktemp("mutated") / "model.safetensors"
    path.write_bytes(content)
    try:
        weights = load_weights(path.parent)
        for name in weights:
            assert isinstance(weights[name], np.ndarray)
    except ValueError as error:
        assert str(path) in str(error)  # noqa: PT017  (either outcome is right)


def write_index(folder: Path, weight_map: object) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


@pytest.mark.parametrize(
    "shard", ["../../etc/passwd", "/etc/passwd", "../a.safetensors", "a/b.safetensors", "weights.pkl", 3, None]
)
def test_an_index_cannot_name_anything_but_its_own_shards(shard: object, tmp_path: Path) -> None:
    write_index(tmp_path, {"a": shard})
    with pytest.raises(ValueError, match=r"must name files of its own folder that end in \.safetensors"):
        load_weights(tmp_path)


@pytest.mark.parametrize("weight_map", [None, {}, [], "a"])
def test_an_index_without_a_map_is_refused(weight_map: object, tmp_path: Path) -> None:
    write_index(tmp_path, weight_map)
    with pytest.raises(ValueError, match="has no weight_map"):
        load_weights(tmp_path)


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    write_index(tmp_path, {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"})
    (tmp_path / "model-00001-of-00002.safetensors").write_bytes(SAFETENSORS)
    with pytest.raises(FileNotFoundError, match=r"lacks shards that its index names: model-00002-of-00002"):
        load_weights(tmp_path)


def test_a_weight_in_two_shards_is_refused(tmp_path: Path) -> None:
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    write_index(tmp_path, dict(zip("ab", names, strict=True)))
    for name in names:
        (tmp_path / name).write_bytes(SAFETENSORS)
    with pytest.raises(ValueError, match="two files of the checkpoint hold"):
        load_weights(tmp_path)


def test_a_folder_without_weights_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no weights: looked for model\.safetensors, pytorch_model"):
        load_weights(tmp_path)


@pytest.mark.parametrize("size", [0, -1, "0MB", "five", "5 parsecs", "", "MB"])
def test_a_shard_size_that_is_no_size_is_refused(size: int | str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="max_shard_size must be bytes or a size"):
        write_weights({"a": np.zeros(2)}, tmp_path, size)


def test_weights_are_read_one_at_a_time() -> None:
    weights = load_weights(GOLDEN / "shared-params-ForPreTraining")
    assert weights.shape("predictions.bias") == (150,)
    assert weights["predictions.bias"] is not weights["predictions.bias"]
    assert len(weights) == len(list(weights)) == 32


def test_one_weight_under_two_spellings_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one weight twice: as 'pooler\.bias' and as 'albert\.pooler\.bias'"):
        match_names(["pooler.bias", "albert.pooler.bias"], ["albert.pooler.bias"])


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("embeddings.LayerNorm.beta", "albert.embeddings.LayerNorm.bias"),
        ("albert.embeddings.position_ids", None),
        ("embeddings.token_type_ids", None),
        ("predictions.LayerNorm.gamma", "predictions.LayerNorm.weight"),
        ("classifier.weight", "classifier.weight"),
        ("module.embeddings.LayerNorm.weight", "albert.embeddings.LayerNorm.weight"),
        ("module.albert.pooler.bias", "albert.pooler.bias"),
        ("module.predictions.decoder.weight", "predictions.decoder.weight"),
        ("bert.encoder.layer.0.output", "bert.encoder.layer.0.output"),
        ("albert/embeddings/word_embeddings/weight:0", "albert.embeddings.word_embeddings.weight"),
        ("tf_albert_model_1/albert/embeddings/LayerNorm/beta:0", "albert.embeddings.LayerNorm.bias"),
        (
            "encoder/albert_layer_groups/0/albert_layers/1/ffn/bias",
            "albert.encoder.albert_layer_groups.0.albert_layers.1.ffn.bias",
        ),
        (
            "bert/encoder/transformer/group_1/inner_group_2/LayerNorm_1/gamma",
            "albert.encoder.albert_layer_groups.1.albert_layers.2.full_layer_layer_norm.weight",
        ),
        ("module/cls/seq_relationship/output_bias", "sop_classifier.classifier.bias"),
        ("cls/squad/output_weights", "qa_outputs.weight"),
        ("output_weights", "classifier.weight"),
        ("output_weights/adam_v", None),
        ("global_step", None),
        ("end_logits/dense_0/kernel", "end_logits/dense_0/kernel"),
    ],
)
def test_old_names_have_a_canonical_one(spelling: str, canonical: str | None) -> None:
    assert canonical_name(spelling) == canonical


@pytest.mark.parametrize("name", ["pooler.weight", "albert.pooler.weight", "classifier.weight"])
def test_matrices_of_pytorch_are_the_right_way_round(name: str) -> None:
    assert not stored_name(name).transposed


@pytest.mark.parametrize("name", ["albert/pooler/kernel:0", "bert/pooler/dense/kernel", "albert.pooler.kernel"])
def test_kernels_are_the_other_way_round(name: str) -> None:
    assert stored_name(name) == ("albert.pooler.weight", True)
