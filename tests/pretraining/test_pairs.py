"""Sentence pairs are consecutive, cover the corpus and are swapped in half of the cases."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg.pretraining import Corpus, sentence_pairs
from tests.pretraining.strategies import documents, seeds


@given(documents, seeds, st.integers(5, 40), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_rows_are_ranges_of_one_document_in_order_and_never_too_long(texts, seed, max_length, short):
    corpus = Corpus.from_documents(texts)
    pairs = sentence_pairs(corpus, np.random.default_rng(seed), max_length=max_length, short_sequence_probability=short)
    assert (pairs.lengths <= max_length).all()
    first_start, first_end, second_start, second_end = pairs.ranges.T
    assert (first_start < first_end).all()
    assert (first_end <= second_start).all()
    assert (second_start <= second_end).all()
    bounds = corpus.sentence_offsets[corpus.document_offsets]
    of_document = np.searchsorted(bounds, first_start, side="right")
    assert (of_document == np.searchsorted(bounds, np.maximum(second_end, first_end) - 1, side="right")).all()
    assert not pairs.swapped[second_start == second_end].any()


@given(documents, seeds, st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_segments_meet_at_a_sentence_boundary_and_together_hold_every_token(texts, seed, short):
    corpus = Corpus.from_documents(texts)
    pairs = sentence_pairs(corpus, np.random.default_rng(seed), max_length=63, short_sequence_probability=short)
    # Short targets divide documents; only a chunk of more than 60 tokens would lose some, and no document has more.
    assert (pairs.ranges[:, 1] == pairs.ranges[:, 2]).all()
    assert np.isin(pairs.ranges, corpus.sentence_offsets).all()
    assert pairs.ranges[0, 0] == 0
    assert pairs.ranges[-1, 3] == len(corpus.tokens)
    assert (pairs.ranges[1:, 0] == pairs.ranges[:-1, 3]).all()


@given(st.lists(st.integers(1, 60), min_size=2, max_size=2), seeds, st.integers(5, 40))
@settings(max_examples=150, deadline=None)
def test_truncation_takes_tokens_from_the_longer_segment(lengths, seed, max_length):
    first, second = lengths
    corpus = Corpus.from_documents([[[5] * first, [6] * second]])
    # A target of exactly the document keeps both sentences together, so that truncation is what makes them fit.
    pairs = sentence_pairs(corpus, np.random.default_rng(seed), max_length=max_length, short_sequence_probability=0)
    if len(pairs) == 2:  # the first sentence alone reaches the target
        assert first >= max_length - 3
        return
    while first + second > max_length - 3:
        if first > second:
            first -= 1
        else:
            second -= 1
    start_a, end_a, start_b, end_b = pairs.ranges[0].tolist()
    assert (end_a - start_a, end_b - start_b) == (first, second)


def test_tokens_are_cut_at_the_front_and_at_the_back():
    corpus = Corpus.from_documents([[list(range(5, 105))]] * 500)
    pairs = sentence_pairs(corpus, np.random.default_rng(0), max_length=52, short_sequence_probability=0)
    assert (pairs.lengths == 52).all()
    front = pairs.ranges[:, 0] - np.arange(500) * 100
    assert front.mean() == pytest.approx(25, abs=1)  # of 50 cut tokens; the standard error is 0.16


def test_half_of_the_pairs_are_swapped_and_boundaries_are_equally_likely():
    corpus = Corpus.from_documents([[[5], [6], [7], [8]]] * 8_000)
    pairs = sentence_pairs(corpus, np.random.default_rng(1), max_length=64, short_sequence_probability=0)
    assert pairs.swapped.mean() == pytest.approx(0.5, abs=0.02)
    sizes, counts = np.unique(pairs.ranges[:, 1] - pairs.ranges[:, 0], return_counts=True)
    assert sizes.tolist() == [1, 2, 3]
    assert counts / len(pairs) == pytest.approx(np.full(3, 1 / 3), abs=0.02)


def test_a_lone_sentence_stays_alone_with_the_room_of_its_second_separator():
    corpus = Corpus.from_documents([[[5] * 30]])
    pairs = sentence_pairs(corpus, np.random.default_rng(0), max_length=20, short_sequence_probability=0)
    assert pairs.lengths.tolist() == [20]
    assert pairs.ranges[0, 2] == pairs.ranges[0, 3]


def test_sentences_are_gathered_until_they_reach_the_length():
    corpus = Corpus.from_documents([[[5] * 4, [6] * 4, [7] * 4, [8] * 4, [9] * 4]])
    pairs = sentence_pairs(corpus, np.random.default_rng(0), max_length=3 + 8, short_sequence_probability=0)
    assert pairs.ranges[:, [0, 3]].tolist() == [[0, 8], [8, 16], [16, 20]]


def test_short_sequences_come_in_the_share_that_was_asked_for():
    corpus = Corpus.from_documents([[[5]] * 100] * 2_000)
    generator = np.random.default_rng(3)
    pairs = sentence_pairs(corpus, generator, max_length=103, short_sequence_probability=0.25)
    whole = (pairs.lengths == 103).sum()
    # Targets are uniform from 2 to 100, so one document in 99 with a "short" target is still whole.
    assert whole / 2_000 == pytest.approx(1 - 0.25 * 98 / 99, abs=0.04)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"max_length": 4}, "max_length must be at least 5, got 4"),
        ({"short_sequence_probability": 1.1}, "short_sequence_probability must be from 0 to 1, got 1.1"),
    ],
)
def test_bad_settings_are_named(changed, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        sentence_pairs(Corpus.from_documents([[[5]]]), np.random.default_rng(0), **{"max_length": 16, **changed})


@given(documents)
@settings(max_examples=50, deadline=None)
def test_a_corpus_gives_back_its_documents(texts):
    corpus = Corpus.from_documents(texts)
    assert [corpus.document(index) for index in range(len(corpus))] == texts


def test_empty_sentences_and_documents_are_left_out_of_a_corpus():
    corpus = Corpus.from_documents([[], [[5], []], [[]]])
    assert [corpus.document(index) for index in range(len(corpus))] == [[[5]]]


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        ([], ValueError, "at least one token, got 0 documents"),
        ([[[]]], ValueError, "at least one token, got 1 documents"),
        ([[5, 6]], TypeError, "documents[0] must be a list of lists of token ids, got [5, 6]"),
        (["a small plant"], TypeError, "documents[0] must be a list of lists of token ids, got 'a small plant'"),
        ([[["a"]]], TypeError, "token ids must be integers"),
        ([[[0.5]]], TypeError, "token ids must be integers, got float64"),
        ([[[5, -1]]], ValueError, "token ids must be from 0 to 2**31 - 1, got -1 to 5"),
    ],
)
def test_bad_documents_are_named(texts, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Corpus.from_documents(texts)


def test_a_document_out_of_range_is_an_error():
    with pytest.raises(IndexError, match="index must be from 0 to 0, got 1"):
        Corpus.from_documents([[[5]]]).document(1)
