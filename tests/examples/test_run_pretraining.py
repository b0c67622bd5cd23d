"""The pretraining script: alone, killed and resumed, and as two processes."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from safetensors.numpy import load_file

from examples.tasks.pretraining import join_neighbours, read_documents

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPT = EXAMPLES / "pytorch" / "pretraining" / "run_pretraining.py"
SMALL = ["--hidden_size", "32", "--num_hidden_layers", "1", "--max_length", "32", "--batch_tokens", "256"]
SMALL += ["--threads", "1", "--log_steps", "2", "--validation_share", "0.2"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A text file of forty documents of two or three sentences."""
    animals = ("cat", "dog", "horse", "sheep", "goat", "lion", "bear", "wolf")
    sizes = ("small", "large", "young", "old", "wild")
    documents = [f"the {size} {animal} sleeps\nit wakes up and runs\n" for animal in animals for size in sizes]
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(documents))
    return path


@cache
def script(framework: str = "pytorch") -> ModuleType:
    """Return the script as a module."""
    path = EXAMPLES / framework / "pretraining" / "run_pretraining.py"
    spec = importlib.util.spec_from_file_location(f"{framework}_run_pretraining", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def command(corpus: Path, folder: Path, *more: str) -> list[str]:
    return [sys.executable, str(SCRIPT), "--train_file", str(corpus), "--output_dir", str(folder), *SMALL, *more]


def records(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_run_that_was_killed_ends_where_an_undisturbed_one_does(corpus: Path, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    options = ["--max_steps", "60", "--save_minutes", "0", "--evaluate_minutes", "1000", "--single_token_share", "0.5"]
    subprocess.run(command(corpus, whole, *options), check=True, capture_output=True, timeout=240)
    process = subprocess.Popen(command(corpus, killed, *options), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline and not (killed / "training_state.pt").exists():
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "model.safetensors").exists()
    subprocess.run(command(corpus, killed, *options), check=True, capture_output=True, timeout=240)
    expected, found = load_file(whole / "model.safetensors"), load_file(killed / "model.safetensors")
    assert expected.keys() == found.keys()
    assert all((expected[name] == found[name]).all() for name in expected)
    steps = [record["step"] for record in records(killed) if "masked_loss" in record]
    assert steps == list(range(2, 61, 2))


def test_a_run_leaves_model_metrics_and_curve(corpus: Path, tmp_path: Path) -> None:
    from albert_docs_pkg import AlbertForPreTraining, AlbertTokenizer

    subprocess.run(command(corpus, tmp_path / "run", "--max_steps", "6"), check=True, capture_output=True, timeout=240)
    assert (tmp_path / "run" / "curve.png").read_bytes().startswith(b"\x89PNG")
    checks = [record["validation"] for record in records(tmp_path / "run") if "validation" in record]
    assert set(checks[-1]) == {"all_mask", "ngrams"}
    assert checks[-1]["all_mask"]["masked_tokens"] > 0
    assert 0 <= checks[-1]["all_mask"]["top1"] <= checks[-1]["all_mask"]["top5"] <= 1
    model, info = AlbertForPreTraining.from_pretrained(tmp_path / "run", output_loading_info=True)
    assert info["missing_keys"] == []
    inputs = AlbertTokenizer.from_pretrained(tmp_path / "run")("a cat", return_tensors="pt")
    assert model(**inputs).prediction_logits.shape[-1] == model.config.vocab_size


def test_a_stopped_run_leaves_a_state_and_goes_on(corpus: Path, tmp_path: Path) -> None:
    main = script().main
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    options = ["--train_file", str(corpus), *SMALL, "--max_steps", "6", "--mixed_precision", "bf16"]
    main([*options, "--output_dir", str(whole)])
    main([*options, "--output_dir", str(stopped), "--stop_at_step", "3"])
    assert not (stopped / "model.safetensors").exists()
    main([*options, "--output_dir", str(stopped)])
    expected, found = load_file(whole / "model.safetensors"), load_file(stopped / "model.safetensors")
    assert all((expected[name] == found[name]).all() for name in expected)
    report = json.loads((stopped / "metrics.json").read_text())
    assert report["training"]["steps"] == 6
    assert report["results"] == json.loads((whole / "metrics.json").read_text())["results"]
    assert 0 < report["baselines"]["most frequent pieces, order as found"]["validation"]["top1"] < 1
    assert "| this model |" in (stopped / "README.md").read_text()


@pytest.mark.parametrize("framework", ["tensorflow", "flax"])
def test_the_other_frameworks_stop_and_go_on_as_well(framework: str, corpus: Path, tmp_path: Path) -> None:
    from albert_docs_pkg import AlbertForPreTraining

    main = script(framework).main
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    options = ["--train_file", str(corpus), *SMALL[:-6], "--validation_share", "0.2", "--log_steps", "2"]
    options += ["--max_steps", "4", "--learning_rate", "1e-2"]
    main([*options, "--output_dir", str(whole)])
    main([*options, "--output_dir", str(stopped), "--stop_at_step", "2"])
    assert not (stopped / "model.safetensors").exists()
    main([*options, "--output_dir", str(stopped)])
    expected, found = load_file(whole / "model.safetensors"), load_file(stopped / "model.safetensors")
    assert all((expected[name] == found[name]).all() for name in expected)
    report = json.loads((stopped / "metrics.json").read_text())
    assert (report["framework"], report["training"]["steps"]) == (framework, 4)
    assert report["results"] == json.loads((whole / "metrics.json").read_text())["results"]
    assert [record["step"] for record in records(stopped) if "masked_loss" in record] == [2, 4]
    assert AlbertForPreTraining.from_pretrained(stopped, output_loading_info=True)[1]["missing_keys"] == []


def test_two_processes_train_together(corpus: Path, tmp_path: Path) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone"]
    own = command(corpus, tmp_path / "run", "--max_steps", "6")[1:]
    done = subprocess.run([*launcher, *own], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    logged = [record for record in records(tmp_path / "run") if "masked_loss" in record]
    assert [record["step"] for record in logged] == [2, 4, 6]
    # Both processes' tokens are counted: one process alone has at most 128 a step.
    assert 128 < logged[-1]["tokens"] / 6 <= 256
    assert (tmp_path / "run" / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--threads", "0"], "--threads must be above 0, got 0"),
        (["--max_steps", "0"], "--max_steps must be above 0, got 0"),
        (["--hidden_size", "50"], "--hidden_size must be a multiple of 32, got 50"),
        (["--warmup_share", "1.5"], "--warmup_share must be at least 0 and below 1, got 1.5"),
        (["--train_file", "absent.txt"], "--train_file absent.txt is no file"),
    ],
)
def test_bad_arguments_are_refused_before_any_work(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        script().main(["--output_dir", str(tmp_path / "run"), *arguments])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_file_without_text_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n\n")
    with pytest.raises(ValueError, match=r"empty\.txt has no text"):
        read_documents(empty)


def test_joined_documents_are_the_share_asked_for_and_lose_nothing() -> None:
    documents = [[f"sentence {number}"] for number in range(6000)]
    joined = join_neighbours(documents, share=0.3, seed=1)
    assert [sentence for document in joined for sentence in document] == [document[0] for document in documents]
    share = sum(len(document) for document in joined if len(document) > 1) / len(documents)
    assert share == pytest.approx(0.3, abs=0.04)
