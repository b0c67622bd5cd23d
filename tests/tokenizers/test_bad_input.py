"""Bad input is refused before any work, by name, with the value and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from albert_docs_pkg.tokenizers import AddedToken
from tests.tokenizers.conftest import SMALL


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((3,), {}, "text must be a text or a list of them, got int 3"),
        ((None,), {}, "text must be a text or a list of them, got NoneType"),
        ((["a", 3],), {}, r"text\[1\] must be a text, got int 3"),
        (([["a"]],), {}, r"text\[0\] must be a text, got list"),
        (("a", ["b"]), {}, "text_pair must be a text, as text is, got list"),
        ((["a"], "b"), {}, "text_pair must be a list of the same length as text, got str"),
        ((["a"], ["b", "c"]), {}, "text_pair must have as many items as text, 1, got 2"),
        (("a b",), {"is_split_into_words": True}, "text must be a list of words or a list of them, got str"),
        (("a",), {"padding": "longst"}, "padding must be True, False or one of .*, got 'longst'"),
        (("a",), {"truncation": "first"}, "truncation must be True, False or one of .*, got 'first'"),
        (("a",), {"padding": []}, r"padding must be .*, got \[\]"),
        (("a",), {"truncation": True, "max_length": 0}, "max_length must be a whole number of at least 1, got 0"),
        (("a",), {"truncation": True, "max_length": 2.5}, "max_length must be a whole number of at least 1, got 2.5"),
        (("a",), {"stride": -1}, "stride must be a whole number of at least 0, got -1"),
        (("a",), {"padding": True, "pad_to_multiple_of": 0}, "pad_to_multiple_of must be .*, got 0"),
        (("a",), {"padding_side": "top"}, "padding_side must be 'left' or 'right', got 'top'"),
        (
            ("a",),
            {"return_tensors": "numpy"},
            "return_tensors must be one of 'pt', 'tf', 'np', 'jax' or None, got 'numpy'",
        ),
        (("a",), {"padding": "max_length"}, "padding='max_length' needs max_length"),
        (("a test",), {"truncation": "only_second", "max_length": 3}, "needs a text_pair"),
        (("a test",), {"truncation": True, "max_length": 1}, "cannot reach max_length=1"),
        (("a", "b"), {"truncation": True, "max_length": 2}, "max_length must be at least 3"),
        (
            ("the test of", "b"),
            {"truncation": True, "max_length": 5, "return_overflowing_tokens": True},
            "needs truncation='only_first' or 'only_second', got 'longest_first'",
        ),
        (
            ("the test of the",),
            {"truncation": True, "max_length": 4, "stride": 2, "return_overflowing_tokens": True},
            "stride must be below the 2 tokens that a window has room for, got 2",
        ),
        (
            ("a",),
            {"truncation": True, "padding": True, "max_length": 9, "pad_to_multiple_of": 8},
            "max_length must be a multiple of pad_to_multiple_of=8",
        ),
        (("lone \ud800 half",), {}, r"valid Unicode, got the lone surrogate '\\ud800' at character 5"),
    ],
)
def test_calls_name_the_argument(tokenizer: Any, args: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tokenizer(*args, **options)


def test_surrogates_are_refused_everywhere(tokenizer: Any) -> None:
    for work in (
        tokenizer.tokenize,
        tokenizer.encode,
        lambda text: tokenizer([text, "a"], return_offsets_mapping=True),
    ):
        with pytest.raises(ValueError, match="lone surrogate"):
            work("a\udfffb")


def test_rows_of_different_lengths_make_no_tensor(tokenizer: Any) -> None:
    with pytest.raises(ValueError, match=r"'input_ids' has rows of different lengths \(3 to 4\).*padding=True"):
        tokenizer(["a", "a test"], return_tensors="np")


def test_texts_make_no_tensor(tokenizer: Any) -> None:
    encoding = tokenizer("a")
    encoding["name"] = "a"
    with pytest.raises(ValueError, match="'name' holds values that are no numbers"):
        encoding.convert_to_tensors("np")


def test_missing_framework_says_what_to_install(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tensorflow", None)
    with pytest.raises(
        ImportError, match=r"return_tensors='tf' needs tensorflow: pip install 'albert-docs-pkg\[tensorflow\]'"
    ):
        tokenizer("a", return_tensors="tf")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"do_lower_case": "yes"}, "do_lower_case must be True or False, got 'yes'"),
        ({"model_max_length": 0}, "model_max_length must be a whole number of at least 1, got 0"),
        ({"padding_side": "middle"}, "padding_side must be 'left' or 'right', got 'middle'"),
        ({"cls_token": None}, "cls_token must be a token, got None"),
        ({"cls_token": ""}, "content of an added token must be a text that is not empty, got ''"),
        ({"added_tokens_decoder": {7: AddedToken("<x>")}}, "has the id 7, which is the piece"),
    ],
)
def test_constructor_names_the_argument(cls: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cls(SMALL, **options)


def test_other_methods_name_the_argument(tokenizer: Any) -> None:
    with pytest.raises(ValueError, match=r"special_tokens_dict may hold .*, got 'cls'"):
        tokenizer.add_special_tokens({"cls": "x"})
    with pytest.raises(ValueError, match="an added token is a text"):
        tokenizer.add_tokens([3])
    with pytest.raises(ValueError, match="encoded_inputs must have the column 'input_ids'"):
        tokenizer.pad([{"ids": [1]}])
    with pytest.raises(ValueError, match="num_tokens_to_remove must be at most 2"):
        tokenizer.truncate_sequences([1, 2], num_tokens_to_remove=3)
    with pytest.raises(ValueError, match="text must be a text"):
        tokenizer.encode_plus(["a"])
    with pytest.raises(ValueError, match=r"text\[1\] must be a text, got int 3"):
        tokenizer.batch_encode_plus(["a", 3])
