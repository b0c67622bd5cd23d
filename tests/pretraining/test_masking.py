"""Masking hides whole words in n-grams, within its budget, with the shares of the paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg.pretraining import IGNORED, MaskingVocabulary, mask_ngrams, mask_tokens
from tests.pretraining.strategies import ONE_PIECE_WORDS, VOCABULARY, documents, seeds

CLS, SEP, PAD, MASK = 2, 3, 0, 4
ALL_MASK = (1.0, 0.0)


def padded(rows: list[list[int]]) -> np.ndarray:
    width = max(map(len, rows))
    return np.array([row + [PAD] * (width - len(row)) for row in rows])


def row_of(document: list[list[int]]) -> list[int]:
    """Return ``[CLS] A [SEP] B [SEP]`` with as many segments as the document has sentences."""
    return [CLS, *(piece for sentence in document for piece in [*sentence, SEP])]


def one_piece_rows(count: int, length: int, seed: int = 0) -> np.ndarray:
    ids = np.random.default_rng(seed).integers(ONE_PIECE_WORDS.start, ONE_PIECE_WORDS.stop, (count, length))
    ids[:, 0], ids[:, -1] = CLS, SEP
    return ids


def runs_of_hidden(labels: np.ndarray) -> list[list[int]]:
    """Return, for each row, the sorted lengths of the runs of neighbouring hidden tokens."""
    found = []
    for row in labels != IGNORED:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        found.append(sorted((edges[1::2] - edges[::2]).tolist()))
    return found


@pytest.mark.parametrize("mask", [mask_ngrams, mask_tokens])
@given(documents, seeds, st.floats(0.01, 1.0))
@settings(max_examples=60, deadline=None)
def test_only_ordinary_tokens_are_hidden_and_labels_restore_the_rows(mask, texts, seed, probability):
    rows = padded([row_of(document) for document in texts])
    masked, labels = mask(rows, VOCABULARY, np.random.default_rng(seed), probability=probability)
    hidden = labels != IGNORED
    assert not hidden[np.isin(rows, [PAD, CLS, SEP, MASK])].any()
    assert (np.where(hidden, labels, masked) == rows).all()
    assert not np.isin(masked[hidden], [PAD, 1, CLS, SEP]).any()


@pytest.mark.parametrize("mask", [mask_ngrams, mask_tokens])
@given(documents, seeds, st.floats(0.01, 1.0))
@settings(max_examples=60, deadline=None)
def test_each_row_hides_at_least_one_token_and_at_most_its_budget(mask, texts, seed, probability):
    rows = padded([row_of(document) for document in texts])
    _, labels = mask(rows, VOCABULARY, np.random.default_rng(seed), probability=probability)
    budgets = np.maximum(1, np.rint((rows != PAD).sum(axis=1) * probability))
    counts = (labels != IGNORED).sum(axis=1)
    assert (counts >= 1).all()
    assert (counts <= budgets).all()


@given(documents, seeds, st.floats(0.05, 0.6), st.integers(1, 4), st.booleans())
@settings(max_examples=100, deadline=None)
def test_rows_advanced_together_hide_what_one_row_at_a_time_would(texts, seed, probability, max_ngram, favor_longer):
    rows = padded([row_of(document) for document in texts])
    _, labels = mask_ngrams(
        rows,
        VOCABULARY,
        np.random.default_rng(seed),
        probability=probability,
        max_ngram=max_ngram,
        favor_longer=favor_longer,
    )
    generator = np.random.default_rng(seed)
    segments = [segments_of(row.tolist()) for row in rows]
    total = sum(len(segment) for row in segments for segment in row)
    order_keys, length_keys = iter(generator.random(total)), iter(generator.random(total))
    for row, row_segments, row_labels in zip(rows, segments, labels, strict=True):
        budget = max(1, round(int((row != PAD).sum()) * probability))
        expected = chosen_in_row(row_segments, budget, order_keys, length_keys, max_ngram, favor_longer)
        assert np.flatnonzero(row_labels != IGNORED).tolist() == sorted(expected)


def segments_of(row: list[int]) -> list[list[list[int]]]:
    """Return the segments of a row, each a list of words, each a list of positions."""
    segments: list[list[list[int]]] = []
    inside = False
    for position, piece in enumerate(row):
        if piece in (PAD, CLS, SEP, MASK):
            inside = False
            continue
        if not inside:
            segments.append([])
        if not inside or VOCABULARY.word_starts[piece]:
            segments[-1].append([])
        segments[-1][-1].append(position)
        inside = True
    return segments


def chosen_in_row(segments, budget, order_keys, length_keys, max_ngram, favor_longer) -> set[int]:
    """Return the hidden positions of a row by the rule as the docstring tells it, word by word."""
    candidates = []
    for segment in segments:
        for index in range(len(segment)):
            candidates.append((next(order_keys), next(length_keys), segment[index : index + max_ngram]))
    weights = [1 / n for n in range(1, max_ngram + 1)]
    if favor_longer:
        weights.reverse()
    hidden: set[int] = set()
    candidates.sort(key=lambda candidate: candidate[0])
    for _, length_key, words in candidates:
        if len(hidden) >= budget:
            break
        share, length = length_key * sum(weights[: len(words)]), 1
        while length < len(words) and share >= sum(weights[:length]):
            length += 1
        while length > 1 and len(hidden) + sum(map(len, words[:length])) > budget:
            length -= 1
        positions = {position for word in words[:length] for position in word}
        if len(hidden) + len(positions) <= budget and not positions & hidden:
            hidden |= positions
    return hidden or set(candidates[0][2][0][:budget])


def test_the_first_ngram_has_length_n_with_probability_proportional_to_one_over_n():
    rows = one_piece_rows(20_000, 200)
    _, labels = mask_ngrams(rows, VOCABULARY, np.random.default_rng(1), probability=3 / 200)
    shapes = runs_of_hidden(labels)
    # A budget of three: one trigram; or a bigram and a single word in either order; or three single words.
    first = np.array([6, 3, 2]) / 11
    expected = {(3,): first[2], (1, 1, 1): first[0] ** 2, (1, 2): first[1] + first[0] * (first[1] + first[2])}
    for shape, share in expected.items():
        measured = np.mean([tuple(runs) == shape for runs in shapes])
        # Neighbouring n-grams merge in a few of the rows: about 2 * 3 / 200 of them.
        assert measured == pytest.approx(share, abs=0.03), shape


def test_favoring_longer_ngrams_turns_the_probabilities_round():
    rows = one_piece_rows(5_000, 200)
    _, labels = mask_ngrams(rows, VOCABULARY, np.random.default_rng(2), probability=3 / 200, favor_longer=True)
    trigrams = np.mean([runs == [3] for runs in runs_of_hidden(labels)])
    assert trigrams == pytest.approx(6 / 11, abs=0.03)


@pytest.mark.parametrize(("length", "budget"), [(97, 15), (100, 15), (103, 15), (8, 1), (13, 2)])
def test_a_budget_of_15_percent_rounded_is_used_up_where_words_have_one_piece(length, budget):
    for mask in (mask_ngrams, mask_tokens):
        _, labels = mask(one_piece_rows(200, length), VOCABULARY, np.random.default_rng(3))
        assert ((labels != IGNORED).sum(axis=1) == budget).all()


@pytest.mark.parametrize("mask", [mask_ngrams, mask_tokens])
def test_hidden_tokens_become_mask_random_or_stay_in_shares_of_80_10_10(mask):
    rows = one_piece_rows(4_000, 128)
    masked, labels = mask(rows, VOCABULARY, np.random.default_rng(4))
    hidden = labels != IGNORED
    share = np.array([0.8, 0.1, 0.1])
    pieces = len(VOCABULARY.replacements)
    expected = {"mask": share[0], "same": share[2] + share[1] / pieces, "other": share[1] * (1 - 1 / pieces)}
    is_mask, is_same = masked[hidden] == MASK, masked[hidden] == rows[hidden]
    measured = {"mask": is_mask.mean(), "same": is_same.mean(), "other": (~is_mask & ~is_same).mean()}
    # 76,000 tokens: four standard deviations of the widest share are 0.006.
    assert measured == pytest.approx(expected, abs=0.006)


def test_what_replaces_a_token_is_drawn_for_each_token_of_an_ngram():
    rows = one_piece_rows(4_000, 64)
    masked, labels = mask_ngrams(rows, VOCABULARY, np.random.default_rng(5), probability=3 / 64)
    fates = [masked[row][labels[row] != IGNORED] == MASK for row, r in enumerate(runs_of_hidden(labels)) if r == [3]]
    assert np.mean([fate.all() for fate in fates]) == pytest.approx(0.8**3, abs=0.07)


def test_random_pieces_are_spread_over_the_whole_vocabulary():
    rows = one_piece_rows(2_000, 128)
    masked, labels = mask_tokens(rows, VOCABULARY, np.random.default_rng(6), replacement=(0.0, 1.0))
    ids, counts = np.unique(masked[labels != IGNORED], return_counts=True)
    assert ids.tolist() == VOCABULARY.replacements.tolist()
    assert counts.min() > 0.85 * counts.mean()


def test_single_tokens_are_hidden_with_the_same_chance_everywhere():
    rows = np.tile(np.array([CLS, 5, 15, 16, 6, 17, 7, 8, SEP, PAD]), (20_000, 1))
    masked, labels = mask_tokens(rows, VOCABULARY, np.random.default_rng(7), probability=0.2, replacement=ALL_MASK)
    shares = (labels != IGNORED).mean(axis=0)
    assert shares[[0, 8, 9]].tolist() == [0, 0, 0]
    assert shares[1:8] == pytest.approx(np.full(7, 2 / 7), abs=0.015)
    assert (masked[labels != IGNORED] == MASK).all()


def test_a_word_is_hidden_whole_or_not_at_all():
    word = [5, 15, 16]  # a start and two continuations
    rows = np.tile(np.array([CLS, *word * 10, SEP]), (200, 1))
    _, labels = mask_ngrams(rows, VOCABULARY, np.random.default_rng(8), probability=0.3)
    by_word = (labels[:, 1:-1] != IGNORED).reshape(200, 10, 3)
    assert (by_word.all(axis=2) == by_word.any(axis=2)).all()
    assert by_word.any()


def test_ngrams_stay_within_a_segment():
    # An n-gram over a separator would count it, and the budget of round(0.25 * 41) would not be used up.
    rows = np.tile(np.array([CLS, *[5, SEP] * 20]), (200, 1))
    _, labels = mask_ngrams(rows, VOCABULARY, np.random.default_rng(9), probability=0.25)
    assert ((labels != IGNORED).sum(axis=1) == 10).all()


def test_where_no_word_fits_the_beginning_of_one_is_hidden():
    rows = np.array([[CLS, 5, 15, 16, 17, 18, 19, SEP]])
    for probability, hidden in ((0.1, [1]), (0.3, [1, 2])):
        _, labels = mask_ngrams(rows, VOCABULARY, np.random.default_rng(10), probability=probability)
        assert np.flatnonzero(labels[0] != IGNORED).tolist() == hidden


def test_rows_without_words_are_left_as_they_are():
    rows = np.array([[CLS, SEP, PAD], [CLS, 5, SEP]])
    for mask in (mask_ngrams, mask_tokens):
        masked, labels = mask(rows, VOCABULARY, np.random.default_rng(11))
        assert masked[0].tolist() == rows[0].tolist()
        assert (labels[0] == IGNORED).all()
        assert labels[1].tolist() == [IGNORED, 5, IGNORED]


def test_most_predictions_of_a_row_can_be_limited():
    rows = one_piece_rows(50, 400)
    for mask in (mask_ngrams, mask_tokens):
        _, labels = mask(rows, VOCABULARY, np.random.default_rng(12), max_predictions=20)
        assert ((labels != IGNORED).sum(axis=1) == 20).all()


def test_the_same_generator_state_gives_the_same_masks_and_the_input_is_not_changed():
    rows = one_piece_rows(20, 64)
    before = rows.copy()
    first, again, other = (mask_ngrams(rows, VOCABULARY, np.random.default_rng(seed))[1] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    assert (rows == before).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"probability": 0.0}, "probability must be above 0"),
        ({"probability": 1.5}, "probability must be above 0 and at most 1, got 1.5"),
        ({"replacement": (0.8, 0.3)}, "replacement must be two shares"),
        ({"replacement": (-0.1, 0.3)}, "replacement must be two shares"),
        ({"max_predictions": 0}, "max_predictions must be at least 1 or None, got 0"),
        ({"max_ngram": 0}, "max_ngram must be at least 1, got 0"),
    ],
)
def test_bad_settings_are_named(changed, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        mask_ngrams(one_piece_rows(2, 8), VOCABULARY, np.random.default_rng(0), **changed)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.array([2, 5, 3]), r"shape \(batch, length\), got int64 of shape \(3,\)"),
        (np.array([[2.0, 5.0]]), "must be integers"),
        (np.array([[2, 21, 3]]), "input_ids must be from 0 to 20, got 2 to 21"),
        (np.array([[2, -1, 3]]), "input_ids must be from 0 to 20, got -1 to 3"),
    ],
)
def test_bad_rows_are_named(rows, message):
    for mask in (mask_ngrams, mask_tokens):
        with pytest.raises(ValueError, match=message):
            mask(rows, VOCABULARY, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ({"mask_token_id": 21}, "mask_token_id must be from 0 to 20"),
        ({"pad_token_id": -1}, "pad_token_id must be from 0"),
        ({"sep_token_id": 2}, "must differ from one another"),
    ],
)
def test_bad_special_ids_are_named(ids, message):
    with pytest.raises(ValueError, match=message):
        MaskingVocabulary(VOCABULARY.pieces, **ids)
