"""Form batches of rows of mixed lengths and run them: sorted by length, padded as little as the runner allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from albert_docs_pkg.pipelines.runners import Runner

Item = TypeVar("Item")

WINDOW_BATCHES = 16
"""Batches' worth of inputs that are read, sorted by length and answered together."""


@dataclass(frozen=True)
class Row:
    """One sequence for the model, without padding.

    Args:
        input_ids: ids of the pieces, special tokens included.
        token_type_ids: 0 for the first segment, 1 for the second.
        picks: positions whose scores are wanted, where the runner is not to compute those of all.
    """

    input_ids: Sequence[int]
    token_type_ids: Sequence[int]
    picks: Sequence[int] = ()


@dataclass(frozen=True)
class Batch:
    """Rows padded to one length.

    Args:
        input_ids: int32 of shape (rows, length).
        attention_mask: int32 of shape (rows, length), 0 for padding.
        token_type_ids: int32 of shape (rows, length).
        picks: int32 of shape (picks, 2), row and position of each.
    """

    input_ids: np.ndarray
    attention_mask: np.ndarray
    token_type_ids: np.ndarray
    picks: np.ndarray


def windows(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Cut an iterable into lists of ``size``, reading no further than the list that is asked for.

    Example:
        >>> from albert_docs_pkg.pipelines.batching import windows
        >>> list(windows(range(5), 2))
        [[0, 1], [2, 3], [4]]
    """
    iterator = iter(items)
    while window := list(islice(iterator, size)):
        yield window


def run_rows(rows: Sequence[Row], runner: Runner, batch_size: int) -> Iterator[tuple[int, np.ndarray]]:
    """Run all rows and give the scores of each with its index, in the order in which they get ready.

    Rows of similar length share a batch, so that little of it is padding. The longest batch comes first: if memory
    does not suffice, it fails at once.

    Args:
        rows: what to run.
        runner: the model.
        batch_size: most rows in a batch.

    Returns:
        Pairs of an index into ``rows`` and an array: of shape (length, ...) without padding where the model scores
        tokens, (picks, ...) where the row has picks, one vector otherwise.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.pipelines.batching import Row, run_rows
        >>> from albert_docs_pkg.pipelines.runners import load_runner
        >>> runner = load_runner("albert-wordnet-nano", "Model", "pt", "states")
        >>> rows = [Row([2, 9, 3], [0, 0, 0]), Row([2, 9, 8, 7, 3], [0] * 5)]
        >>> [(index, scores.shape) for index, scores in run_rows(rows, runner, batch_size=8)]
        [(1, (5, 160)), (0, (3, 160))]
    """
    order = sorted(range(len(rows)), key=lambda index: -len(rows[index].input_ids))
    for chosen in windows(order, batch_size):
        members = [rows[index] for index in chosen]
        longest = len(members[0].input_ids)
        height, width = runner.padded_shape(len(members), longest)
        scores = runner(_pad(members, height, width, runner.pad_token_id))
        if members[0].picks:
            ends = np.cumsum([len(row.picks) for row in members])
            parts = np.split(scores, ends)[: len(members)]
        elif runner.scores_tokens:
            parts = [scores[place, : len(row.input_ids)] for place, row in enumerate(members)]
        else:
            parts = list(scores[: len(members)])
        yield from zip(chosen, parts, strict=True)


def _pad(rows: Sequence[Row], height: int, width: int, pad_token_id: int) -> Batch:
    input_ids = np.full((height, width), pad_token_id, np.int32)
    token_type_ids = np.zeros((height, width), np.int32)
    lengths = np.zeros(height, np.int32)
    for place, row in enumerate(rows):
        length = lengths[place] = len(row.input_ids)
        input_ids[place, :length] = row.input_ids
        token_type_ids[place, :length] = row.token_type_ids
    # A row that only fills the batch up attends to one token: to attend to none is undefined.
    lengths[len(rows) :] = 1
    attention_mask = (np.arange(width) < lengths[:, None]).astype(np.int32)
    picks = [(place, position) for place, row in enumerate(rows) for position in row.picks]
    return Batch(input_ids, attention_mask, token_type_ids, np.array(picks, np.int32).reshape(-1, 2))
