"""Batches hold the corpus once an epoch, in the same order for the same seed, wherever a run stopped."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import chain, islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg.pretraining import IGNORED, Corpus, PretrainingBatches
from tests.pretraining.strategies import VOCABULARY, documents, seeds

CLS, SEP, PAD, MASK = 2, 3, 0, 4


def some_documents(count: int = 200, seed: int = 0) -> list[list[list[int]]]:
    generator = np.random.default_rng(seed)
    return [
        [generator.integers(5, VOCABULARY.size, generator.integers(2, 14)).tolist() for _ in range(sentences)]
        for sentences in generator.integers(1, 5, count)
    ]


CORPUS = Corpus.from_documents(some_documents())


def make(corpus: Corpus = CORPUS, **changed: Any) -> PretrainingBatches:
    return PretrainingBatches(corpus, VOCABULARY, **{"max_length": 64, "batch_tokens": 512, "seed": 3, **changed})


def equal(left: list[dict[str, np.ndarray]], right: list[dict[str, np.ndarray]]) -> bool:
    return len(left) == len(right) and all(
        a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)
        for a, b in zip(left, right, strict=True)
    )


def restored(batch: dict[str, np.ndarray]) -> list[tuple[list[int], list[int], int]]:
    """Return, for each row, its two segments without masks, in the order of the document, and its label."""
    ids = np.where(batch["labels"] == IGNORED, batch["input_ids"], batch["labels"])
    rows = []
    for row, attended, types, label in zip(
        ids, batch["attention_mask"], batch["token_type_ids"], batch["sentence_order_label"], strict=True
    ):
        row, types = row[attended == 1], types[attended == 1]
        assert row[0] == CLS
        first, second = row[types == 0][1:], row[types == 1]
        assert first[-1] == SEP
        segments = [first[:-1].tolist(), second[:-1].tolist()]
        if len(second):
            assert second[-1] == SEP
        if label == 1:
            segments.reverse()
        rows.append((*segments, int(label)))
    return rows


@given(documents, seeds, st.integers(1, 7), st.sampled_from(["ngrams", "tokens", "all-mask"]))
@settings(max_examples=60, deadline=None)
def test_an_epoch_restores_to_the_documents(texts, seed, batch_size, masking):
    batches = PretrainingBatches(
        Corpus.from_documents(texts),
        VOCABULARY,
        max_length=256,
        batch_size=batch_size,
        seed=seed,
        masking=masking,
        short_sequence_probability=0.0,
        epochs=1,
    )
    rows = [row for batch in batches for row in restored(batch)]
    expected = Counter(tuple(piece for sentence in document for piece in sentence) for document in texts)
    assert Counter(tuple(first + second) for first, second, _ in rows) == expected
    assert all((label == IGNORED) == (not second) for _, second, label in rows)


def test_swapped_rows_show_the_second_segment_first():
    corpus = Corpus.from_documents([[[5, 6], [7, 8, 9]]] * 50)
    shown = set()
    for batch in make(corpus, epochs=1, short_sequence_probability=0.0):
        ids = np.where(batch["labels"] == IGNORED, batch["input_ids"], batch["labels"])
        shown |= {
            (tuple(row[row != PAD].tolist()), int(label))
            for row, label in zip(ids, batch["sentence_order_label"], strict=True)
        }
    assert shown == {((CLS, 5, 6, SEP, 7, 8, 9, SEP), 0), ((CLS, 7, 8, 9, SEP, 5, 6, SEP), 1)}


def test_arrays_have_the_documented_shapes_types_and_padding():
    for batch in make(epochs=1):
        ids = batch["input_ids"]
        assert {key: value.dtype.name for key, value in batch.items()} == dict.fromkeys(batch, "int64")
        for key in ("attention_mask", "token_type_ids", "labels"):
            assert batch[key].shape == ids.shape
        assert batch["sentence_order_label"].shape == ids.shape[:1]
        assert ids.shape[1] % 8 == 0
        assert ids.size <= 512
        padding = batch["attention_mask"] == 0
        assert (ids[padding] == PAD).all()
        assert (batch["labels"][padding] == IGNORED).all()
        assert (batch["token_type_ids"][padding] == 0).all()
        assert (ids[~padding] != PAD).all()


def test_rows_of_a_batch_are_of_similar_length():
    batches = list(make(epochs=1, batch_tokens=256))
    lengths = [batch["attention_mask"].sum(axis=1) for batch in batches]
    spread = [length.max() - length.min() for length in lengths]
    assert np.mean(np.array(spread) < 8) > 0.7  # the others are where one length ends and the next begins
    padding = 1 - sum(length.sum() for length in lengths) / sum(batch["input_ids"].size for batch in batches)
    assert padding < 0.25


def test_masking_can_show_mask_for_every_hidden_token():
    for batch in make(masking="all-mask", epochs=1):
        assert ((batch["input_ids"] == MASK) == (batch["labels"] != IGNORED)).all()


def test_each_epoch_has_new_masks_pairs_and_order():
    batches = make(short_sequence_probability=0.0)
    first = list(islice(batches, len(batches)))
    second = list(islice(batches, len(batches)))
    assert not equal(first, second)

    def texts(batches: list[dict[str, np.ndarray]]) -> Counter[tuple[int, ...]]:
        return Counter(tuple(a + b) for batch in batches for a, b, _ in restored(batch))

    assert texts(first) == texts(second)
    assert Counter(row[2] for batch in first for row in restored(batch))[1] > 0


def test_a_row_that_comes_back_in_the_next_epoch_is_masked_anew():
    batches = make(Corpus.from_documents([[[5, 6, 7, 8, 9, 10, 11, 12]]]))
    places = {tuple(np.flatnonzero(next(batches)["labels"][0] != IGNORED)) for _ in range(20)}
    assert len(places) > 3


def test_the_seed_decides_everything():
    assert equal(list(islice(make(), 30)), list(islice(make(), 30)))
    assert not equal(list(islice(make(), 30)), list(islice(make(seed=4), 30)))


@given(st.integers(0, 60))
@settings(max_examples=20, deadline=None)
def test_a_run_that_stopped_goes_on_exactly(steps):
    batches = make()
    for _ in range(steps):
        next(batches)
    state = json.loads(json.dumps(batches.state_dict()))
    resumed = make()
    resumed.load_state_dict(state)
    assert equal(list(islice(batches, 25)), list(islice(resumed, 25)))


def test_a_state_can_be_loaded_back_into_an_iterator_that_went_on():
    batches = make()
    state = batches.state_dict()
    first = list(islice(batches, 2 * len(batches)))
    batches.load_state_dict(state)
    assert equal(first, list(islice(batches, len(first))))


@pytest.mark.parametrize("changed", [{"seed": 4}, {"max_length": 32}, {"masking": "tokens"}, {"world_size": 2}])
def test_a_state_of_other_settings_is_refused(changed):
    state = make(**changed).state_dict()
    name = next(iter(changed))
    with pytest.raises(ValueError, match=f"state must be for {name}="):
        make().load_state_dict(state)


def test_a_state_of_another_corpus_is_refused():
    state = make(Corpus.from_documents([[[5, 6]]])).state_dict()
    with pytest.raises(ValueError, match="state must be for documents=200 as this iterator is, got 1"):
        make().load_state_dict(state)


@pytest.mark.parametrize("position", [-1, 10**6])
def test_a_place_outside_the_epoch_is_refused(position):
    batches = make()
    with pytest.raises(ValueError, match=f"got {position}"):
        batches.load_state_dict({**batches.state_dict(), "position": position})


@pytest.mark.parametrize("world_size", [2, 3, 4])
def test_ranks_get_equally_many_batches_of_similar_length_and_together_the_corpus(world_size):
    settings = {"short_sequence_probability": 0.0, "world_size": world_size, "epochs": 1, "batch_tokens": 128}
    ranks = [list(make(rank=rank, **settings)) for rank in range(world_size)]
    assert len({len(batches) for batches in ranks}) == 1
    for together in zip(*ranks, strict=True):
        widths = [batch["input_ids"].shape[1] for batch in together]
        assert max(widths) - min(widths) <= 16
    seen = Counter(tuple(a + b) for batches in ranks for batch in batches for a, b, _ in restored(batch))
    whole = Counter(tuple(chain.from_iterable(CORPUS.document(index))) for index in range(len(CORPUS)))
    assert seen.keys() == whole.keys()
    used_twice = sum((seen - whole).values())
    assert used_twice <= (world_size - 1) * max(len(batch["input_ids"]) for batches in ranks for batch in batches)


def test_sentence_order_labels_are_balanced():
    labels = np.concatenate([batch["sentence_order_label"] for batch in islice(make(), 400)])
    labels = labels[labels != IGNORED]
    assert labels.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(len(labels)))


def test_epochs_end_the_iteration():
    batches = make(epochs=2)
    per_epoch = len(batches)
    assert abs(len(list(batches)) - 2 * per_epoch) <= 2  # short sequences vary the number a little
    assert list(batches) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"batch_size": 4}, "give either batch_tokens or batch_size, got batch_tokens=512, batch_size=4"),
        ({"batch_tokens": None}, "give either batch_tokens or batch_size"),
        ({"batch_tokens": 63}, "batch_tokens must be at least max_length (64), got 63"),
        ({"batch_tokens": None, "batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"masking": "words"}, "masking must be one of 'ngrams', 'tokens', 'all-mask', got 'words'"),
        ({"rank": 2, "world_size": 2}, "rank must be from 0 to world_size - 1 (1), got 2"),
        ({"world_size": 0}, "world_size must be at least 1, got 0"),
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"pad_to_multiple_of": 0}, "pad_to_multiple_of must be at least 1, got 0"),
        ({"seed": -1}, "seed must not be negative, got -1"),
        ({"max_length": 4}, "max_length must be at least 5, got 4"),
        ({"mask_probability": 0.0}, "mask_probability must be above 0 and at most 1, got 0.0"),
        ({"max_predictions": 0}, "max_predictions must be at least 1, got 0"),
    ],
)
def test_bad_settings_are_named(changed, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make(**changed)


def test_ids_outside_the_vocabulary_are_named():
    with pytest.raises(ValueError, match="ids below the vocabulary's size 21, got 21"):
        make(Corpus.from_documents([[[5, 21]]]))
