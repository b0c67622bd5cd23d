"""Padding, truncation, windows and pairs: what holds for every text and every combination of options."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from albert_docs_pkg.tokenizers import AlbertTokenizer, AlbertTokenizerFast
from tests.tokenizers.conftest import SMALL

SLOW, FAST = AlbertTokenizer(SMALL), AlbertTokenizerFast(SMALL)
WORDS = st.lists(
    st.sampled_from(["a", "the", "test", "of", "2000,", "well-known", "x", "[MASK]", "(so)", "y."]), max_size=12
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(WORDS, min_size=1, max_size=3),
    pair=st.booleans(),
    padding=st.sampled_from([False, True, "longest", "max_length"]),
    truncation=st.sampled_from([True, "longest_first", "only_first", "only_second", False]),
    max_length=st.integers(3, 24),
    sides=st.tuples(st.sampled_from(["left", "right"]), st.sampled_from(["left", "right"])),
    special=st.booleans(),
    offsets=st.booleans(),
)
def test_rows_keep_their_promises_in_every_combination(
    texts: list[str],
    pair: bool,
    padding: Any,
    truncation: Any,
    max_length: int,
    sides: tuple[str, str],
    special: bool,
    offsets: bool,
) -> None:
    seconds = [text[::-1] for text in texts] if pair else None
    options = {
        "padding": padding,
        "truncation": truncation,
        "max_length": max_length,
        "padding_side": sides[0],
        "add_special_tokens": special,
        "return_special_tokens_mask": True,
        "return_offsets_mapping": offsets,
        "return_length": True,
    }
    results = []
    for tokenizer in (SLOW, FAST):
        tokenizer.truncation_side = sides[1]
        try:
            results.append(tokenizer(texts, seconds, **options))
        except ValueError as error:
            assert truncation in ("only_first", "only_second")
            results.append(str(error))
        finally:
            tokenizer.truncation_side = "right"
    assert results[0] == results[1]
    assume(not isinstance(results[0], str))
    encoding, full = results[0], SLOW(texts, seconds, add_special_tokens=special)
    for index, row in enumerate(encoding["input_ids"]):
        mask = encoding["attention_mask"][index]
        real = [token_id for token_id, kept in zip(row, mask, strict=True) if kept]
        assert len(row) == encoding["length"][index] == len(encoding["token_type_ids"][index])
        if truncation is not False:
            assert len(real) <= max_length
            assert padding != "max_length" or len(row) == max_length
        if len(real) == len(full["input_ids"][index]):
            assert real == full["input_ids"][index]
        if special:
            assert real[0] == SLOW.cls_token_id
            assert real[-1] == SLOW.sep_token_id
        pads = row[len(real) :] if sides[0] == "right" else row[: len(row) - len(real)]
        assert set(pads) <= {SLOW.pad_token_id}
        assert mask == ([1] * len(real) + [0] * len(pads) if sides[0] == "right" else [0] * len(pads) + [1] * len(real))
    if padding in (True, "longest"):
        assert len({len(row) for row in encoding["input_ids"]}) == 1


@settings(max_examples=100, deadline=None)
@given(WORDS, st.integers(1, 8), st.integers(0, 7), st.sampled_from(["left", "right"]))
def test_windows_cover_the_text_and_share_the_stride(text: str, room: int, stride: int, side: str) -> None:
    assume(stride < room)
    ids = SLOW(text, add_special_tokens=False)["input_ids"]
    for tokenizer in (SLOW, FAST):
        tokenizer.truncation_side = side
        encoding = tokenizer(text, truncation=True, max_length=room + 2, stride=stride, return_overflowing_tokens=True)
        tokenizer.truncation_side = "right"
        windows = [row[1:-1] for row in encoding["input_ids"]]
        assert encoding["overflow_to_sample_mapping"] == [0] * len(windows)
        assert all(len(window) <= room for window in windows)
        joined = list(windows[0])
        for window in windows[1:]:
            if side == "right":
                assert joined[-stride:] == window[:stride] or stride == 0
                joined += window[stride:]
            else:
                assert joined[:stride] == window[len(window) - stride :] or stride == 0
                joined = window[: len(window) - stride] + joined
        assert joined == ids


def test_longest_first_takes_tokens_off_the_longer_side(cls: Any) -> None:
    tokenizer = cls(SMALL)
    long, short = "the test of the test of the test", "a test"
    row = tokenizer(long, short, truncation=True, max_length=9)
    assert row["input_ids"][-3:-1] == tokenizer(short, add_special_tokens=False)["input_ids"]
    assert len(row["input_ids"]) == 9


def test_pad_to_multiple_of_rounds_up(tokenizer: Any) -> None:
    rows = tokenizer(["a", "the test of the test"], padding=True, pad_to_multiple_of=8)["input_ids"]
    assert {len(row) for row in rows} == {8}


def test_max_length_alone_truncates_and_says_so(tokenizer: Any) -> None:
    with pytest.warns(UserWarning, match="max_length"):
        row = tokenizer("the test of the test", max_length=4)
    assert len(row["input_ids"]) == 4


def test_model_max_length_is_the_default_limit(cls: Any) -> None:
    tokenizer = cls(SMALL, model_max_length=5)
    assert len(tokenizer("the test of the test", truncation=True)["input_ids"]) == 5
    assert len(tokenizer("a", padding="max_length")["input_ids"]) == 5


def test_windows_of_a_batch_name_their_text(tokenizer: Any) -> None:
    encoding = tokenizer(
        ["a test", "the test of the test of the test"],
        truncation=True,
        max_length=6,
        stride=1,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    assert encoding["overflow_to_sample_mapping"][0] == 0
    assert set(encoding["overflow_to_sample_mapping"][1:]) == {1}
    assert len(encoding["offset_mapping"]) == len(encoding["input_ids"]) == len(encoding.encodings)


def test_pairs_keep_segment_ids_without_special_tokens(tokenizer: Any) -> None:
    encoding = tokenizer("a test", "the test", add_special_tokens=False)
    first = len(tokenizer("a test", add_special_tokens=False)["input_ids"])
    assert encoding["token_type_ids"] == [0] * first + [1] * (len(encoding["input_ids"]) - first)


def test_empty_inputs_give_empty_rows(tokenizer: Any) -> None:
    assert tokenizer("")["input_ids"] == [2, 3]
    assert dict(tokenizer([])) == {"input_ids": [], "token_type_ids": [], "attention_mask": []}
    assert tokenizer([""], padding=True, return_tensors="np")["input_ids"].tolist() == [[2, 3]]
    assert tokenizer([], is_split_into_words=True)["input_ids"] == [2, 3]


def test_pre_split_pairs_and_windows(tokenizer: Any) -> None:
    encoding = tokenizer(
        [["the", "test"], ["a"]], [["of", "x"], ["well-known"]], is_split_into_words=True, padding=True
    )
    assert [index for index in encoding.word_ids(0) if index is not None] == sorted(
        [index for index in encoding.word_ids(0)[:4] if index is not None]
    ) + [index for index in encoding.word_ids(0)[4:] if index is not None]
    assert set(encoding.sequence_ids(1)) == {None, 0, 1}


def test_older_spellings_give_the_same_rows(tokenizer: Any) -> None:
    row = dict(tokenizer("a test", "the test"))
    assert dict(tokenizer.encode_plus("a test", "the test")) == row
    assert tokenizer.encode("a test", "the test") == row["input_ids"]
    assert dict(tokenizer.batch_encode_plus([("a test", "the test")])) == {name: [value] for name, value in row.items()}
    assert dict(tokenizer.batch_encode_plus(["a test"])) == dict(tokenizer(["a test"]))
    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("a test", "the test")]
    assert dict(tokenizer.prepare_for_model(*ids)) == row


def test_targets_become_labels(tokenizer: Any) -> None:
    encoding = tokenizer("a test", text_target="the test")
    assert encoding["labels"] == tokenizer("the test")["input_ids"]
    assert tokenizer(None, text_target="the test") == tokenizer("the test")


def test_truncate_sequences_returns_what_was_cut(tokenizer: Any) -> None:
    assert tokenizer.truncate_sequences([5, 6, 7, 8], num_tokens_to_remove=2, stride=1) == ([5, 6], None, [6, 7, 8])
    assert tokenizer.truncate_sequences([5, 6], [7, 8, 9], 1, "only_second") == ([5, 6], [7, 8], [9])
    assert tokenizer.truncate_sequences([5, 6, 7], [8], 2) == ([5], [8], [])
    assert tokenizer.truncate_sequences([5, 6], None, 0) == ([5, 6], None, [])


def test_pad_fills_rows_of_any_kind(tokenizer: Any) -> None:
    rows = [dict(tokenizer("a")), dict(tokenizer("the test of the test"))]
    padded = tokenizer.pad(rows, return_tensors="np")
    assert padded["input_ids"].shape == padded["attention_mask"].shape == padded["token_type_ids"].shape
    assert padded["attention_mask"].sum(axis=1).tolist() == [len(row["input_ids"]) for row in rows]
    again = tokenizer.pad(padded, padding="max_length", max_length=20)
    assert {len(row) for row in again["input_ids"]} == {20}
    left = tokenizer.pad({"input_ids": [2, 3]}, padding="max_length", max_length=4, padding_side="left")
    assert dict(left) == {"input_ids": [0, 0, 2, 3], "attention_mask": [0, 0, 1, 1]}
    assert tokenizer.pad([{"input_ids": [2, 3], "labels": 1}])["labels"] == [1]
