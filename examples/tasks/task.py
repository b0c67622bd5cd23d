"""What a script asks of a task: its data as batches, its model's labels, its metrics and baselines."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from albert_docs_pkg import AlbertConfig, AlbertTokenizerFast
from examples.tasks.arguments import build_parser, parse
from examples.tasks.batches import EvaluationBatch, TrainingPlan, evaluation_batches
from examples.tasks.features import Arrays, Feature, collate
from examples.tasks.records import DataError, Source, read_source

Metrics = dict[str, float]


class Task:
    """Base of the tasks. A task is made from a command line and is ready when it is made: all data are read.

    Args:
        options: the command line.

    Raises:
        DataError: the data do not fit the task.
    """

    name: ClassVar[str]
    """As in :func:`albert_docs_pkg.wordnet.load_dataset`."""
    title: ClassVar[str]
    pipeline_task: ClassVar[str]
    """Name of the pipeline that the model is for."""
    pipeline_input: ClassVar[Any]
    """What its model card shows the pipeline with."""
    headline: ClassVar[str]
    """The metric that the curve shows and that tables compare."""
    defaults: ClassVar[dict[str, Any]] = {}
    """Arguments whose default is another one for this task."""
    measured_at_start: ClassVar[bool] = False
    """The model can do the task before this training, and it is worth saying how well."""
    splits = ("train", "validation", "test")

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        positions = AlbertConfig.from_pretrained(options.model_name_or_path).max_position_embeddings
        if options.max_length > positions:
            raise DataError(
                f"--max_length must be at most {positions}, the positions of the model, got {options.max_length}"
            )
        self.source: Source = read_source(options, self.name)
        self.tokenizer = AlbertTokenizerFast.from_pretrained(options.model_name_or_path)
        self.features: dict[str, list[Feature]] = {}
        self.read()

    @classmethod
    def from_command_line(cls, description: str, arguments: Sequence[str] | None) -> Task:
        """Read the command line and the data; what is wrong with either ends the program with a message."""
        parser = build_parser(description)
        cls.add_arguments(parser)
        parser.set_defaults(**cls.defaults)
        options = parse(parser, arguments)
        try:
            return cls(options)
        except (DataError, OSError) as error:
            parser.error(str(error))

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the names of columns and what else is this task's own."""

    def read(self) -> None:
        """Fill ``features`` for each split of the source."""
        raise NotImplementedError

    @property
    def config_fields(self) -> dict[str, Any]:
        """Fields of the model's config that the data decide, for ``from_pretrained``."""
        rate = self.options.classifier_dropout
        return {} if rate is None else {"classifier_dropout_prob": rate}

    def count_targets(self, arrays: Arrays) -> int:
        """Return the number of targets that the model's loss is the mean of."""
        return int(np.sum(arrays["labels"] != -100))

    def make_training_arrays(self, features: Sequence[Feature], step: int) -> Arrays:
        """Return the padded rows of a training step."""
        return self._collate(features)

    def make_evaluation_arrays(self, features: Sequence[Feature], number: int) -> Arrays:
        """Return padded rows to be measured; always the same for the same number of the batch."""
        return self._collate(features)

    def plan(self, devices: int = 1) -> TrainingPlan:
        """Return the training steps, each shared by so many devices."""
        return TrainingPlan(
            self.features["train"], self.make_training_arrays, self.count_targets, self.options, devices
        )

    def evaluation_batches(self, split: str) -> Iterator[EvaluationBatch]:
        """Yield the rows of a split, all batches of one number of rows."""
        return evaluation_batches(self.features[split], self.make_evaluation_arrays, self.options.eval_batch_size)

    def measure(self, split: str, answers: Sequence[Any]) -> Metrics:
        """Return the metrics of a split from what the model says about each of its evaluation batches, in order."""
        raise NotImplementedError

    def baselines(self, split: str) -> dict[str, Metrics]:
        """Return the metrics of answers without the model, by name; they learn from the same training records."""
        raise NotImplementedError

    @cached_property
    def measured_splits(self) -> tuple[str, ...]:
        """Splits with a result at the end of a run."""
        return tuple(split for split in self.splits[1:] if split in self.features)

    @property
    def label_fields(self) -> dict[str, Any]:
        """``id2label`` and ``label2id`` of a task that has label names."""
        names = getattr(self, "label_names", None)
        if names is None:
            return {}
        return {"id2label": dict(enumerate(names)), "label2id": {name: number for number, name in enumerate(names)}}

    def _collate(self, features: Sequence[Feature]) -> Arrays:
        options = self.options
        return collate(features, self.tokenizer.pad_token_id, options.pad_to_multiple_of, options.max_length)
