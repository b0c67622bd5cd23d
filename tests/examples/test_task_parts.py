"""Batches, features, metrics and baselines, without a framework."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg import AlbertTokenizerFast
from examples.tasks.baselines import BagOfWords, shared_words
from examples.tasks.batches import TrainingPlan, evaluation_batches
from examples.tasks.course import Course
from examples.tasks.features import collate, encode_choices, encode_questions, encode_texts, encode_words
from examples.tasks.metrics import cross_entropies, exact_match, macro_f1, overlap_f1


@pytest.fixture(scope="module")
def tokenizer() -> AlbertTokenizerFast:
    return AlbertTokenizerFast.from_pretrained("albert-wordnet-nano")


def plan(rows: int = 50, devices: int = 1, **changes: Any) -> TrainingPlan:
    options = {"batch_size": 4, "gradient_accumulation_steps": 1, "epochs": 1.0, "max_steps": None, "seed": 3}
    options |= {"learning_rate": 0.5, "warmup_share": 0.25, "evaluations": 4}
    features = [{"input_ids": [2] * (3 + row % 7), "labels": row} for row in range(rows)]

    def arrays(chosen: Any, step: int) -> dict[str, np.ndarray]:
        return collate(chosen, 0, 4, 16)

    def count(found: dict[str, np.ndarray]) -> int:
        return len(found["labels"])

    return TrainingPlan(features, arrays, count, argparse.Namespace(**options | changes), devices)


def rows_of(parts: Any) -> list[int]:
    return [row for part in parts for row in part.arrays["labels"].tolist()]


def test_an_epoch_takes_each_row_at_most_once_and_the_next_one_another_order() -> None:
    whole = plan(epochs=2.0)
    assert (whole.steps_per_epoch, whole.total_steps) == (12, 24)
    epochs = [[rows_of(whole.parts(step)) for step in range(start, start + 12)] for start in (0, 12)]
    for epoch in epochs:
        seen = [row for batch in epoch for row in batch]
        assert len(seen) == len(set(seen)) == 48
    assert epochs[0] != epochs[1]
    assert rows_of(plan(epochs=2.0).parts(17)) == epochs[1][5]


@given(batch=st.integers(1, 3), passes=st.integers(1, 3), devices=st.integers(1, 3), step=st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_devices_and_passes_divide_the_rows_of_one_big_batch(batch: int, passes: int, devices: int, step: int) -> None:
    total = batch * passes * devices
    alone = plan(batch_size=total, rows=60).parts(step)
    divided = plan(batch_size=batch, gradient_accumulation_steps=passes, devices=devices, rows=60)
    parts = [part for device in range(devices) for part in divided.parts(step, device)]
    assert sorted(rows_of(parts)) == sorted(rows_of(alone))
    assert sum(part.share for part in parts) == pytest.approx(1.0)


def test_rows_of_like_length_are_batched_together() -> None:
    found = plan(rows=448, batch_size=8)
    lengths = [[3 + row % 7 for row in rows_of(found.parts(step))] for step in range(found.steps_per_epoch)]
    assert np.mean([max(batch) - min(batch) for batch in lengths]) < 1.5


def test_the_rate_rises_in_a_line_falls_in_a_line_and_never_is_zero() -> None:
    found = plan(max_steps=20)
    rates = np.array([found.learning_rate(step) for step in range(20)])
    assert found.warmup_steps == 5
    assert rates.argmax() == 5
    assert rates.max() == 0.5
    assert rates.min() > 0
    np.testing.assert_allclose(np.diff(rates[:6]), 0.5 / 6)
    np.testing.assert_allclose(np.diff(rates[5:]), -0.5 / 15)


@given(total=st.integers(1, 60), times=st.integers(1, 10))
def test_validation_is_measured_as_often_as_asked_and_at_the_end(total: int, times: int) -> None:
    found = plan(max_steps=total, evaluations=times)
    measured = [step for step in range(1, total + 1) if found.measured_after(step)]
    assert len(measured) == min(total, times)
    assert measured[-1] == total


class _Diverging(Course):
    """A run whose second loss is no number."""

    framework = "pytorch"
    save_model = save_state = read_state = restore = facts = answers = None  # type: ignore[assignment]

    def train_step(self) -> float:
        return float("nan") if self.step else 1.0


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    found = plan(max_steps=5)
    options = found.options
    options.output_dir, options.resume, options.stop_at_step = str(tmp_path), False, None
    options.log_steps, options.save_steps, options.evaluations = 1, 10, 1
    task = SimpleNamespace(options=options, plan=lambda devices: found, measured_at_start=False)
    with pytest.raises(FloatingPointError, match=r"the loss of step 2 is nan; lower --learning_rate \(0\.5\)"):
        _Diverging(task, 1).run()  # type: ignore[arg-type, abstract]


def test_too_few_rows_for_a_step_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one step takes 24 rows \(--batch_size 6, 2 passes, 2 devices\)"):
        plan(rows=20, batch_size=6, gradient_accumulation_steps=2, devices=2)


def test_evaluation_takes_each_row_once_in_batches_of_one_size() -> None:
    features = [{"input_ids": [2] * length} for length in (5, 3, 9, 4, 7)]
    batches = list(evaluation_batches(features, lambda rows, number: collate(rows, 0, 4, 16), 2))
    assert sorted(row for batch in batches for row in batch.rows) == [0, 1, 2, 3, 4]
    assert {len(batch.arrays["input_ids"]) for batch in batches} == {2}
    assert batches[-1].rows == [2]


def test_rows_are_padded_to_a_multiple_but_not_beyond_the_model() -> None:
    rows = [{"input_ids": [2] * 13, "labels": [1] * 13}, {"input_ids": [2, 3], "labels": [-100, 7]}]
    found = collate(rows, 0, 8, 14)
    assert found["input_ids"].shape == (2, 14)
    assert found["labels"][1].tolist() == [-100, 7] + [-100] * 12
    assert collate(rows, 0, 8, 128)["input_ids"].shape == (2, 16)


def test_the_label_of_a_word_stands_at_its_first_token(tokenizer: AlbertTokenizerFast) -> None:
    words, labels = [["an", "unforgettable", "lion"]], [[-100, 1, 0]]
    feature = encode_words(tokenizer, words, labels, 32)[0]
    tokens = tokenizer.convert_ids_to_tokens(feature["input_ids"])
    labelled = {token: label for token, label in zip(tokens, feature["labels"], strict=True) if label != -100}
    assert list(labelled.values()) == [1, 0]
    assert all(token.startswith("▁") for token in labelled)
    assert len(tokens) > 5
    assert encode_words(tokenizer, words, labels, 8)[0]["labels"].count(0) == 0 or len(tokens) <= 8


def test_choices_keep_their_question(tokenizer: AlbertTokenizerFast) -> None:
    feature = encode_choices(tokenizer, ["which?"], [["a dog", "a very long cat"]], 32)[0]
    assert [sum(row) for row in feature["token_type_ids"]] == [3, 5]
    arrays = collate([feature | {"labels": 1}], 0, 16, 32)
    assert arrays["input_ids"].shape == (1, 2, 16)
    assert arrays["labels"].tolist() == [1]


def test_windows_hold_the_whole_answer_or_none(tokenizer: AlbertTokenizerFast) -> None:
    context = " ".join(f"a word number {number} stands here." for number in range(12)) + " the key is under the mat."
    start = context.index("under the mat")
    answer = (start, start + len("under the mat"))
    features, windows = encode_questions(
        tokenizer, ["where is the key?", "why?"], [context, context], [answer, None], max_length=48, stride=16
    )
    found = []
    for feature, window in zip(features, windows, strict=True):
        first, last = feature["start_positions"], feature["end_positions"]
        if first:
            assert window.record == 0
            found.append(context[window.spans[first][0] : window.spans[last][1]].strip())
        assert len(feature["input_ids"]) <= 48
    assert found
    assert set(found) == {"under the mat"}
    assert {window.record for window in windows} == {0, 1}
    covered = {char for window in windows for span in window.spans if span for char in range(*span)}
    assert covered >= {index for index, character in enumerate(context) if character != " "}


def test_a_question_that_leaves_no_room_is_refused(tokenizer: AlbertTokenizerFast) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode_questions(tokenizer, ["why " * 40], ["because " * 40], [None], max_length=16, stride=8)


def test_long_texts_are_cut_into_rows_without_loss(tokenizer: AlbertTokenizerFast) -> None:
    text = "a small dog and a large cat " * 9
    whole = encode_texts(tokenizer, [text], None, 128)[0]["input_ids"][1:-1]
    rows = encode_texts(tokenizer, [text], None, 16, cut=True)
    assert [token for row in rows for token in row["input_ids"][1:-1]] == whole


def test_metrics_of_known_cases() -> None:
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]], np.float32))
    np.testing.assert_allclose(cross_entropies(logits + 7, np.array([0, 1])), -np.log([0.5, 0.1]), rtol=1e-5)
    # Classes 0, 1, 2 have F1 2/3, 0 and 1.
    assert macro_f1(np.array([0, 0, 2]), np.array([0, 1, 2])) == pytest.approx(5 / 9)
    assert exact_match("The Mat!", ["under it", "mat"]) == 1
    assert exact_match("", []) == 1
    assert exact_match("mat", []) == 0
    assert overlap_f1("under the old mat", ["under a mat"]) == pytest.approx(0.8)
    assert overlap_f1("roof", ["under a mat"]) == 0


def test_a_bag_of_words_learns_which_words_decide() -> None:
    animals, tools = ["cat", "dog", "horse", "goat"], ["saw", "rake", "spade", "axe"]
    draw = np.random.default_rng(0)
    rows = [(draw.choice(kind), label) for label, kind in enumerate((animals, tools)) for _ in range(60)]
    texts = [f"the {word} stands {draw.choice(['here', 'there'])}" for word, _ in rows]
    labels = np.array([label for _, label in rows])
    bag = BagOfWords(2).fit(texts[::2], labels[::2], texts[1::2], labels[1::2], seed=0)
    assert (bag.predict(texts[1::2]) == labels[1::2]).all()
    assert bag.predict(["a word of none of these", ""]).shape == (2,)
    assert shared_words("the old cat", ["a cat", "the old", ""]).tolist() == [1, 2, 0]
