"""Converting: every format into every other and back, whole folders or none, and what is refused."""

from __future__ import annotations

import errno
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_docs_pkg import AlbertConfig, AlbertTokenizer
from albert_docs_pkg.__main__ import main
from albert_docs_pkg.checkpoints import convert, load_weights
from albert_docs_pkg.checkpoints.conversion import WEIGHT_FILES, WRITERS
from tests.checkpoints.broken_files import FORMATS
from tests.pytorch.conftest import GOLDEN

MODELS = ["two-groups-ForPreTraining", "shared-params-Model", "shared-params-ForSequenceClassification"]
SAFETENSORS = GOLDEN / "shared-params-ForPreTraining"


def assert_same_weights(found: Path, expected: Path) -> None:
    left, right = load_weights(found), load_weights(expected)
    names = {name.removeprefix("albert.") for name in left if not name.startswith("predictions.decoder.")}
    assert names == {name.removeprefix("albert.") for name in right}
    for name in left:
        twin = name if name in right else name.removeprefix("albert.")
        if not name.startswith("predictions.decoder."):
            assert left[name].tobytes() == right[twin].tobytes(), name


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("to", WRITERS)
def test_weights_survive_a_conversion_and_the_way_back(to: str, model: str, tmp_path: Path) -> None:
    convert(GOLDEN / model, tmp_path / "there", to)
    assert_same_weights(tmp_path / "there", GOLDEN / model)
    done = convert(tmp_path / "there", tmp_path / "back", "safetensors")
    assert done.source_format == to
    assert done.architecture == f"Albert{model.rsplit('-', 1)[1]}"
    original, back = (GOLDEN / model / "model.safetensors"), tmp_path / "back" / "model.safetensors"
    assert load_weights(back.parent).keys() == load_weights(original.parent).keys()


@pytest.mark.parametrize("folder", sorted(path.name for path in FORMATS.iterdir() if path.name != "tf1_checkpoint"))
def test_every_published_format_becomes_safetensors(folder: str, tmp_path: Path) -> None:
    convert(FORMATS / folder, tmp_path / "new")
    assert_same_weights(tmp_path / "new", SAFETENSORS)


def test_a_tensorflow_1_checkpoint_becomes_a_folder_that_needs_no_tensorflow(tmp_path: Path) -> None:
    shutil.copytree(FORMATS / "tf1_checkpoint", tmp_path / "old")
    shutil.copyfile(GOLDEN.parents[1] / "tokenizers" / "small" / "spiece.model", tmp_path / "old" / "30k-clean.model")
    done = convert(tmp_path / "old", tmp_path / "new")
    assert done.files == ["config.json", "model.safetensors", "spiece.model"]
    assert_same_weights(tmp_path / "new", SAFETENSORS)
    assert AlbertConfig.from_pretrained(tmp_path / "new").hidden_act == "gelu_new"
    before, after = (AlbertTokenizer.from_pretrained(tmp_path / name) for name in ("old", "new"))
    assert before("a small dog")["input_ids"] == after("a small dog")["input_ids"]


def test_a_module_of_tf_hub_is_read_with_its_assets(tmp_path: Path) -> None:
    for folder in ("assets", "variables"):
        (tmp_path / "module" / folder).mkdir(parents=True)
    source = FORMATS / "tf1_checkpoint"
    shutil.copyfile(source / "albert_config.json", tmp_path / "module" / "assets" / "albert_config.json")
    for suffix in ("index", "data-00000-of-00001"):
        shutil.copyfile(source / f"model.ckpt-best.{suffix}", tmp_path / "module" / "variables" / f"variables.{suffix}")
    assert convert(tmp_path / "module", tmp_path / "new").source_format == "tensorflow1"
    assert_same_weights(tmp_path / "new", SAFETENSORS)


def test_config_and_tokenizer_go_along(tmp_path: Path) -> None:
    done = convert("albert-wordnet-nano", tmp_path / "new", "flax")
    assert done.files == [
        "config.json",
        "flax_model.msgpack",
        "special_tokens_map.json",
        "spiece.model",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert AlbertConfig.from_pretrained(tmp_path / "new").dtype == "float16"


@pytest.mark.parametrize("to", WRITERS)
def test_half_precision_stays_half_precision(to: str, tmp_path: Path) -> None:
    convert("albert-wordnet-nano", tmp_path / "new", to)
    assert {load_weights(tmp_path / "new").dtype(name).name for name in load_weights(tmp_path / "new")} == {"float16"}


def test_a_weight_of_no_albert_is_left_out_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from safetensors.numpy import load_file, save_file

    (tmp_path / "old").mkdir()
    weights = load_file(SAFETENSORS / "model.safetensors") | {"start_logits.dense.weight": np.zeros((2, 2))}
    save_file(weights, tmp_path / "old" / "model.safetensors")
    shutil.copyfile(SAFETENSORS / "config.json", tmp_path / "old" / "config.json")
    with caplog.at_level(logging.WARNING):
        assert convert(tmp_path / "old", tmp_path / "new").left_out == ["start_logits.dense.weight"]
    assert "start_logits.dense.weight" in caplog.text


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="has files; overwrite=True"):
        convert(SAFETENSORS, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_overwriting_leaves_one_format_and_the_other_files(tmp_path: Path) -> None:
    convert(SAFETENSORS, tmp_path / "new", "pytorch")
    (tmp_path / "new" / "notes.txt").write_text("mine")
    convert(SAFETENSORS, tmp_path / "new", "tensorflow", overwrite=True)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["config.json", "notes.txt", "tf_model.h5"]


def test_a_checkpoint_is_not_converted_onto_itself(tmp_path: Path) -> None:
    shutil.copytree(SAFETENSORS, tmp_path / "model")
    with pytest.raises(ValueError, match="folder must be another one than the source"):
        convert(tmp_path / "model", tmp_path / "model", "flax", overwrite=True)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="to must be one of safetensors, pytorch, tensorflow, flax, got 'onnx'"):
        convert(SAFETENSORS, tmp_path / "new", "onnx")
    with pytest.raises(ValueError, match=r"format must be one of safetensors, .*tensorflow1, got 'onnx'"):
        convert(SAFETENSORS, tmp_path / "new", format="onnx")
    assert not (tmp_path / "new").exists()


def test_the_format_to_read_can_be_chosen(tmp_path: Path) -> None:
    shutil.copytree(SAFETENSORS, tmp_path / "both")
    shutil.copyfile(FORMATS / "tf_h5" / "tf_model.h5", tmp_path / "both" / "tf_model.h5")
    assert convert(tmp_path / "both", tmp_path / "new", format="tensorflow").source_format == "tensorflow"
    with pytest.raises(FileNotFoundError, match=r"has no weights: looked for flax_model\.msgpack"):
        convert(tmp_path / "both", tmp_path / "none", format="flax")


@pytest.mark.parametrize("to", WRITERS)
def test_a_full_disk_leaves_nothing_behind(to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    convert(SAFETENSORS, tmp_path / "new", to)
    before = {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        convert(GOLDEN / "shared-params-ForMaskedLM", tmp_path / "new", to, overwrite=True)
    with pytest.raises(OSError, match="No space left"):
        convert(SAFETENSORS, tmp_path / "other", to)
    assert {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_damaged_source_writes_nothing(tmp_path: Path) -> None:
    shutil.copytree(FORMATS / "safetensors_sharded", tmp_path / "old")
    shard = tmp_path / "old" / "model-00002-of-00004.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        convert(tmp_path / "old", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="it is a file, a folder is needed"):
        convert(SAFETENSORS, tmp_path / "file", overwrite=True)


def test_every_format_that_is_read_is_known_to_be_weights() -> None:
    from fnmatch import fnmatch

    from albert_docs_pkg.checkpoints import FORMATS as KNOWN

    names = [name for each in KNOWN.values() for name in (each.file, each.index) if name]
    assert [name for name in names if not any(fnmatch(name, pattern) for pattern in WEIGHT_FILES)] == []


# ------------------------------------------------------------------------------------------------------------ commands


def test_the_command_converts_with_a_progress_bar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(SAFETENSORS), str(tmp_path / "new"), "--to", "flax"]) == 0
    printed = capsys.readouterr()
    assert "safetensors to flax" in printed.out
    assert "reading: 100%" in printed.err
    assert (tmp_path / "new" / "flax_model.msgpack").is_file()


def test_the_command_says_why_it_did_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(tmp_path / "none"), str(tmp_path / "new"), "--to", "flax", "--quiet"]) == 1
    assert "is neither the bundled" in capsys.readouterr().err


def test_bad_arguments_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["convert", "a", "b", "--to", "onnx"])
    assert raised.value.code == 2
    assert "onnx" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["convert", "inspect"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main([command, "--help"])
    assert raised.value.code == 0
    assert "The exit status is 1" in capsys.readouterr().out.replace("\n", " ")


def test_a_conversion_is_described_in_the_new_config(tmp_path: Path) -> None:
    convert(FORMATS / "flax_msgpack", tmp_path / "new", "tensorflow")
    written = json.loads((tmp_path / "new" / "config.json").read_text())
    assert written["architectures"] == ["AlbertForPreTraining"]
    assert written["dtype"] == "float32"
