"""From tokens to characters and words, and back."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg.tokenizers import AlbertTokenizer, AlbertTokenizerFast
from tests.tokenizers.conftest import SMALL
from tests.tokenizers.test_agreement import TEXTS

SLOW, FAST = AlbertTokenizer(SMALL), AlbertTokenizerFast(SMALL)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from([SLOW, FAST]))
def test_spans_lie_in_the_text_and_never_go_back(text: str, tokenizer: Any) -> None:
    encoding = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
    last_start = last_end = 0
    for start, end in encoding["offset_mapping"]:
        assert 0 <= start < end <= len(text)
        assert start >= last_start
        assert end >= last_end
        last_start, last_end = start, end
    words = encoding.word_ids()
    assert words == sorted(words)
    assert sorted(set(words)) == list(range(len(set(words))))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abcdefgh .,-(9", max_size=40), st.sampled_from([SLOW, FAST]))
def test_spans_of_plain_text_hold_their_tokens(text: str, tokenizer: Any) -> None:
    encoding = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
    for token, (start, end) in zip(encoding.tokens(), encoding["offset_mapping"], strict=True):
        letters = token.removeprefix("▁")
        if letters:
            assert text[start:end].strip() == letters


def test_every_direction_agrees(tokenizer: Any) -> None:
    text, second = "A well-known, (cheap) test", "of the 2000, tests"
    encoding = tokenizer(text, second)
    for sequence, source in enumerate((text, second)):
        for char in range(len(source)):
            token = encoding.char_to_token(char, sequence_index=sequence)
            if token is None:
                assert source[char].isspace()
                continue
            span = encoding.token_to_chars(token)
            assert span.start <= char < span.end
            word = encoding.token_to_word(token)
            assert encoding.char_to_word(char, sequence_index=sequence) == word
            tokens = encoding.word_to_tokens(word, sequence_index=sequence)
            assert tokens.start <= token < tokens.end
            chars = encoding.word_to_chars(word, sequence_index=sequence)
            assert chars.start <= span.start
            assert span.end <= chars.end
            assert encoding.token_to_sequence(token) == sequence
    assert encoding.token_to_chars(0) is None
    assert encoding.token_to_word(0) is None
    assert encoding.word_to_tokens(99) is None
    assert encoding.word_to_chars(99) is None
    assert encoding.char_to_token(99) is None


def test_a_batch_index_comes_first(tokenizer: Any) -> None:
    batch = tokenizer(["a test", "the test"], padding=True)
    assert batch.token_to_chars(1, 1) == (0, 3)
    assert batch.char_to_token(1, 0) == 1
    assert batch.word_to_tokens(1, 0) == (1, 2)
    assert batch.word_to_chars(0, 1) == (1, 6)
    assert batch.char_to_word(1, 5) == 1
    assert batch.token_to_sequence(0, 1) == 0
    assert batch.tokens(1)[0] == "[CLS]"
    assert len(batch[1]) == len(batch["input_ids"][1])
    assert batch[0:1]["input_ids"] == [batch["input_ids"][0]]


def test_padding_and_truncation_reach_the_details(tokenizer: Any) -> None:
    encoding = tokenizer(["a", "the test of x"], padding=True, truncation=True, max_length=5, padding_side="left")
    for index, row in enumerate(encoding["input_ids"]):
        assert tokenizer.convert_tokens_to_ids(encoding.tokens(index)) == row
    assert encoding.word_ids(0)[0] is None
    assert encoding.sequence_ids(0)[0] is None


def test_swallowed_space_belongs_to_the_mask(tokenizer: Any) -> None:
    assert tokenizer("a [MASK] b", return_offsets_mapping=True)["offset_mapping"][2] == (1, 8)


def test_words_of_pre_split_input_count_their_own_characters(tokenizer: Any) -> None:
    encoding = tokenizer(["the", "well-known"], is_split_into_words=True, return_offsets_mapping=True)
    assert encoding.word_ids()[1] == 0
    assert set(encoding.word_ids()[2:-1]) == {1}
    assert encoding["offset_mapping"][2][0] == 0
    assert encoding["offset_mapping"][-2][1] == len("well-known")


def test_details_survive_pickling_once_used(tokenizer: Any) -> None:
    encoding = tokenizer("a test")
    lost = pickle.loads(pickle.dumps(encoding))
    assert lost == encoding
    with pytest.raises(ValueError, match="knows only its columns"):
        lost.tokens()
    tokens = encoding.tokens()
    assert pickle.loads(pickle.dumps(encoding)).tokens() == tokens


def test_an_index_beyond_the_row_is_named(tokenizer: Any) -> None:
    encoding = tokenizer("a test")
    with pytest.raises(IndexError, match="token_index must be below 4, the length of the row, got 9"):
        encoding.token_to_chars(9)
    with pytest.raises(IndexError, match="batch_index must be below 1, the number of rows, got 3"):
        encoding.tokens(3)
    with pytest.raises(AttributeError, match="no column 'labels'"):
        _ = encoding.labels


def test_sampled_pieces_and_their_spans_come_from_one_draw() -> None:
    tokenizer = AlbertTokenizer(SMALL, sp_model_kwargs={"enable_sampling": True, "nbest_size": -1, "alpha": 0.1})
    drawn = set()
    for _ in range(20):
        encoding = tokenizer("a well-known test")
        assert tokenizer.convert_tokens_to_ids(encoding.tokens()) == encoding["input_ids"]
        drawn.add(tuple(encoding["input_ids"]))
    assert len(drawn) > 1
