"""However inputs are grouped, sorted, padded or streamed, the answers are the same and in the order of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg.pipelines.batching import WINDOW_BATCHES, Row, run_rows
from tests.pipelines.conftest import TASKS

WORDS = ("a", "large", "cat", "of", "water", "Bratislava,", "quickly!", "東京", "café")
CALM = {"deadline": None, "max_examples": 15}


def inputs_of(task: str, texts: list[str]) -> list[Any]:
    """Make inputs of a task from texts."""
    if task == "fill-mask":
        return [f"{text} [MASK]" for text in texts]
    if task == "question-answering":
        return [{"question": "what is it", "context": text * 4} for text in texts]
    if task == "multiple-choice":
        return [{"question": text, "choices": [text[:9], "a cat", "one"][: 2 + len(text) % 2]} for text in texts]
    return list(texts)


def assert_close(found: Any, expected: Any) -> None:
    """Compare answers up to the rounding that padding brings; ranks of nearly equal scores may swap."""
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            assert_close(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=1e-4)
    else:
        assert found == expected


texts_of = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join), min_size=1, max_size=9)


@pytest.mark.parametrize("task", TASKS)
@settings(**CALM)
@given(texts=texts_of, batch_size=st.integers(1, 5), data=st.data())
def test_answers_do_not_depend_on_order_or_batch_size(
    make: Callable[..., Any], task: str, texts: list[str], batch_size: int, data: st.DataObject
) -> None:
    run = make(task)
    inputs = inputs_of(task, texts)
    order = data.draw(st.permutations(range(len(inputs))))
    alone = [run([each])[0] for each in inputs]
    together = run([inputs[place] for place in order], batch_size=batch_size)
    assert_close(together, [alone[place] for place in order])


@pytest.mark.parametrize("task", TASKS)
def test_a_generator_gives_what_a_list_gives(make: Callable[..., Any], task: str) -> None:
    inputs = inputs_of(task, ["a cat", "large water of a cat", "one"] * 3)
    streamed = make(task)(iter(inputs), batch_size=1)
    assert isinstance(streamed, Iterator)
    assert_close(list(streamed), make(task)(inputs, batch_size=1))


def test_a_generator_is_read_one_window_ahead(make: Callable[..., Any]) -> None:
    read = []

    def endless() -> Iterator[str]:
        while True:
            read.append(1)
            yield "a cat"

    answers = make("text-classification")(endless(), batch_size=2)
    assert not read
    next(answers)
    assert len(read) == 2 * WINDOW_BATCHES
    for _ in range(2 * WINDOW_BATCHES):
        next(answers)
    assert len(read) == 4 * WINDOW_BATCHES


def test_what_came_before_a_bad_item_of_a_stream_is_answered(make: Callable[..., Any]) -> None:
    answers = make("text-classification")(iter(["a cat", "a dog", "", "water"]))
    assert len([next(answers), next(answers)]) == 2
    with pytest.raises(ValueError, match=r"inputs\[2\] must have some text"):
        next(answers)


def test_an_error_of_the_generator_itself_comes_through(make: Callable[..., Any]) -> None:
    def broken() -> Iterator[str]:
        yield "a cat"
        raise OSError("the disk is gone")

    answers = make("text-classification")(broken())
    next(answers)
    with pytest.raises(OSError, match="the disk is gone"):
        next(answers)


def test_no_inputs_give_no_answers(make: Callable[..., Any]) -> None:
    assert make("feature-extraction")([]) == []
    assert list(make("feature-extraction")(iter([]))) == []


class Recorder:
    """A runner that notes the shapes it is given and scores nothing."""

    pad_token_id = 0
    scores_tokens = True

    def __init__(self) -> None:
        self.shapes: list[tuple[int, int]] = []

    def padded_shape(self, rows: int, length: int) -> tuple[int, int]:
        return rows, length

    def __call__(self, batch: Any) -> np.ndarray:
        self.shapes.append(batch.input_ids.shape)
        return batch.input_ids[..., None].astype(np.float32)


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=60), batch_size=st.integers(1, 9))
def test_rows_keep_their_own_scores_and_padding_is_least_for_batches_of_that_size(
    lengths: list[int], batch_size: int
) -> None:
    runner = Recorder()
    rows = [Row(list(range(1, length + 1)), [0] * length) for length in lengths]
    found = dict(run_rows(rows, runner, batch_size))  # type: ignore[arg-type]
    assert sorted(found) == list(range(len(rows)))
    assert all(found[place][:, 0].tolist() == list(row.input_ids) for place, row in enumerate(rows))
    widths = [width for _, width in runner.shapes]
    assert widths == sorted(widths, reverse=True)
    descending = sorted(lengths, reverse=True)
    assert sum(height * width for height, width in runner.shapes) == sum(
        descending[first] * len(descending[first : first + batch_size])
        for first in range(0, len(descending), batch_size)
    )
