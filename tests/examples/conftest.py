"""A model small enough to train in a test, and small files of every task."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from albert_docs_pkg import AlbertConfig, AlbertForPreTraining, AlbertTokenizerFast
from tests.examples.scripts import SCRIPTS, small_records, write_json_lines


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained one-layer ALBERT and the bundled tokenizer."""
    folder = tmp_path_factory.mktemp("tiny-model")
    tokenizer = AlbertTokenizerFast.from_pretrained("albert-wordnet-nano")
    config = AlbertConfig(
        vocab_size=tokenizer.vocab_size,
        embedding_size=8,
        hidden_size=16,
        num_attention_heads=2,
        num_hidden_layers=1,
        intermediate_size=16,
        max_position_embeddings=64,
        classifier_dropout_prob=0.2,
        initializer_range=0.2,
    )
    torch.manual_seed(0)
    AlbertForPreTraining(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Data arguments of each task: JSON lines to train and to validate with."""
    folder = tmp_path_factory.mktemp("small-files")
    arguments = {}
    for task in SCRIPTS:
        train = write_json_lines(folder / f"{task}-train.jsonl", small_records(task, 40, seed=1))
        validation = write_json_lines(folder / f"{task}-validation.jsonl", small_records(task, 10, seed=2))
        arguments[task] = ["--train_file", str(train), "--validation_file", str(validation)]
    return arguments
