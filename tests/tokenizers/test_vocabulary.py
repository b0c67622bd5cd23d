"""Special tokens, added tokens, conversions and decoding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg.tokenizers import AddedToken, AlbertTokenizer, AlbertTokenizerFast
from tests.tokenizers.conftest import SMALL

SLOW = AlbertTokenizer(SMALL)


def test_special_tokens_have_names_and_ids(tokenizer: Any) -> None:
    assert (tokenizer.pad_token_id, tokenizer.unk_token_id, tokenizer.mask_token_id) == (0, 1, 4)
    assert tokenizer.bos_token_id == tokenizer.cls_token_id == 2
    assert tokenizer.eos_token_id == tokenizer.sep_token_id == 3
    assert tokenizer.pad_token_type_id == 0
    assert tokenizer.additional_special_tokens_ids == []


def test_a_new_special_token_gets_a_new_id(cls: Any) -> None:
    tokenizer = cls(SMALL, cls_token="<start>", mask_token=AddedToken("<hide>"))
    assert tokenizer.cls_token_id == 2000
    assert tokenizer("a <hide>")["input_ids"][0] == 2000
    assert tokenizer.mask_token_id == 2001
    tokenizer.pad_token = "<fill>"
    assert tokenizer(["a", "a b c"], padding=True)["input_ids"][0][-1] == tokenizer.pad_token_id == 2002
    assert len(tokenizer) == 2003


def test_replaced_special_token_is_no_longer_special(tokenizer: Any) -> None:
    tokenizer.mask_token = "<hide>"
    assert "[MASK]" not in tokenizer.all_special_tokens
    assert tokenizer.mask_token_id == 2000


@pytest.mark.parametrize("kind", [str, AddedToken, tokenizers.AddedToken])
def test_added_tokens_are_found_whole(tokenizer: Any, kind: Any) -> None:
    assert tokenizer.add_tokens([kind("<chem>"), kind("newword")]) == 2
    assert tokenizer.add_tokens("newword") == 0
    assert len(tokenizer) == tokenizer.vocab_size + 2
    assert tokenizer.tokenize("a newword<chem>b")[1:3] == ["newword", "<chem>"]
    assert tokenizer("newword")["input_ids"] == [2, 2001, 3]
    assert tokenizer.decode([2001, 2000]) == "newword <chem>"
    assert tokenizer.decode([2001], skip_special_tokens=True) == "newword"
    assert tokenizer.get_added_vocab()["newword"] == 2001


def test_added_tokens_ignore_case_only_where_the_tokenizer_does(cls: Any) -> None:
    lower, cased = cls(SMALL), cls(SMALL, do_lower_case=False)
    for tokenizer in (lower, cased):
        tokenizer.add_tokens("NewWord")
    assert 2000 in lower("a NEWWORD b")["input_ids"]
    assert 2000 not in cased("a NEWWORD b")["input_ids"]
    assert 2000 in cased("a NewWord b")["input_ids"]


def test_single_word_tokens_need_a_border(tokenizer: Any) -> None:
    tokenizer.add_tokens(AddedToken("cat", single_word=True))
    assert 2000 in tokenizer("a cat, yes")["input_ids"]
    assert 2000 not in tokenizer("concatenate")["input_ids"]


def test_stripping_tokens_swallow_space(tokenizer: Any) -> None:
    tokenizer.add_tokens([AddedToken("<l>", lstrip=True), AddedToken("<r>", rstrip=True)])
    encoding = tokenizer("a  <l> <r>  b", return_offsets_mapping=True)
    assert encoding["offset_mapping"][2] == (1, 6)
    assert (7, 12) in encoding["offset_mapping"]


def test_the_longest_token_wins(tokenizer: Any) -> None:
    tokenizer.add_tokens(["<a>", "<a><b>"])
    assert tokenizer.tokenize("<a><b><a>") == ["<a><b>", "<a>"]


def test_added_special_tokens_are_skipped(tokenizer: Any) -> None:
    assert tokenizer.add_special_tokens({"additional_special_tokens": ["<s1>", "<s2>"], "pad_token": "<pad>"}) == 2
    assert tokenizer.decode(tokenizer("a <s1>")["input_ids"], skip_special_tokens=True) == "a"
    assert tokenizer.all_special_ids[-2:] == tokenizer.additional_special_tokens_ids == [2000, 2001]
    tokenizer.add_special_tokens({"additional_special_tokens": ["<s3>"]}, replace_additional_special_tokens=False)
    assert tokenizer.additional_special_tokens == ["<s1>", "<s2>", "<s3>"]
    tokenizer.add_special_tokens({"additional_special_tokens": ["<s3>"]})
    assert tokenizer.additional_special_tokens == ["<s3>"]


def test_literal_special_tokens_in_text_agree() -> None:
    slow, fast = AlbertTokenizer(SMALL), AlbertTokenizerFast(SMALL)
    for text in (
        "[MASK]",
        " [MASK] ",
        "a[CLS]b",
        "[SEP][SEP]",
        "<unk> <pad>",
        "[mask]",
        "[ MASK]",
        "<UNK>",
        "[[MASK]]",
    ):
        assert slow(text)["input_ids"] == fast(text)["input_ids"]
        assert slow.tokenize(text) == fast.tokenize(text)


def test_conversions_go_both_ways(tokenizer: Any) -> None:
    vocabulary = tokenizer.get_vocab()
    assert len(vocabulary) == tokenizer.vocab_size == 2000
    ids = list(range(2000))
    assert tokenizer.convert_tokens_to_ids(tokenizer.convert_ids_to_tokens(ids)) == ids
    assert tokenizer.convert_ids_to_tokens(np.array([2, 9])) == ["[CLS]", tokenizer.convert_ids_to_tokens(9)]
    assert tokenizer.convert_tokens_to_ids("nowhere") == tokenizer.unk_token_id
    for wrong in (2000, -1):
        with pytest.raises(IndexError, match="id must be from 0 to 1999"):
            tokenizer.convert_ids_to_tokens(wrong)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["a", "test", "of", "the", "world"]), max_size=8).map(" ".join))
def test_decoding_undoes_encoding(text: str) -> None:
    assert SLOW.decode(SLOW(text)["input_ids"], skip_special_tokens=True) == text


def test_decode_takes_ids_lists_and_arrays(tokenizer: Any) -> None:
    ids = tokenizer("a test")["input_ids"]
    assert tokenizer.decode(np.array(ids)) == tokenizer.decode(ids) == "[CLS] a test[SEP]"
    assert tokenizer.batch_decode(np.array([ids, ids]), skip_special_tokens=True) == ["a test"] * 2
    assert tokenizer.decode(ids[1]) == "a"
    assert tokenizer.decode([]) == ""


def test_clean_up_closes_gaps(tokenizer: Any) -> None:
    ids = tokenizer("it is , so .")["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == "it is , so ."
    assert tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=True) == "it is, so."


def test_special_tokens_mask_of_whole_rows(tokenizer: Any) -> None:
    row = tokenizer("a [MASK]")["input_ids"]
    assert tokenizer.get_special_tokens_mask(row, already_has_special_tokens=True) == [1, 0, 1, 1]
    with pytest.raises(ValueError, match="token_ids_1 must be None"):
        tokenizer.get_special_tokens_mask(row, row, already_has_special_tokens=True)


def test_sampling_gives_other_pieces_of_the_same_text() -> None:
    tokenizer = AlbertTokenizer(SMALL, sp_model_kwargs={"enable_sampling": True, "nbest_size": -1, "alpha": 0.1})
    rows = {tuple(tokenizer("a well-known test of the world")["input_ids"]) for _ in range(20)}
    assert len(rows) > 1
    assert {tokenizer.decode(row, skip_special_tokens=True) for row in rows} == {"a well-known test of the world"}


def test_numbers_before_a_comma_share_their_pieces(albert_slow: Any, albert_fast: Any) -> None:
    for tokenizer in (albert_slow, albert_fast):
        assert tokenizer.tokenize("in 2000, 3.0, and") == ["▁in", "▁2000", ",", "▁3", ".", "0", ",", "▁and"]
        assert tokenizer.tokenize("in 2000")[-1] == "▁2000"


def test_repr_names_the_class_and_its_size(tokenizer: Any) -> None:
    assert f"{type(tokenizer).__name__}(" in repr(tokenizer)
    assert "vocab_size=2000" in repr(tokenizer)


def test_limits_leave_room_for_special_tokens(cls: Any) -> None:
    tokenizer = cls(SMALL, model_max_length=512)
    assert (tokenizer.max_len_single_sentence, tokenizer.max_len_sentences_pair) == (510, 509)
