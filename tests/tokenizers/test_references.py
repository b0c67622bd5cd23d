"""Both tokenizers against recorded outputs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tokenizers.conftest import CLASSES, SMALL, load_golden

GOLDEN = load_golden()
OPTIONS = ("default", "cased", "accents", "cased-accents", "keep-space")
OVERFLOW = "return_overflowing_tokens"


@pytest.fixture(scope="module")
def made() -> dict[tuple[Any, str], Any]:
    return {(cls, name): cls(SMALL, **GOLDEN[name]["kwargs"]) for cls in CLASSES for name in OPTIONS}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("index", range(len(GOLDEN["default"]["texts"])))
def test_text_gives_recorded_tokens_ids_and_decodings(cls: Any, made: Any, options: str, index: int) -> None:
    tokenizer, want = made[cls, options], GOLDEN[options]["texts"][index]
    assert tokenizer.tokenize(want["text"]) == want["slow_tokens"]
    assert tokenizer(want["text"])["input_ids"] == want["slow_ids"]
    assert tokenizer.decode(want["slow_ids"]) == want["slow_decode"]
    assert tokenizer.decode(want["slow_ids"], skip_special_tokens=True) == want["slow_decode_skip"]
    assert tokenizer.convert_tokens_to_string(want["slow_tokens"]) == want["convert_back"]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("index", range(len(GOLDEN["default"]["texts"])))
def test_text_gives_recorded_characters_and_words(cls: Any, made: Any, options: str, index: int) -> None:
    want = GOLDEN[options]["texts"][index]
    encoding = made[cls, options](want["text"], return_offsets_mapping=True, return_special_tokens_mask=True)
    assert encoding["input_ids"] == want["slow_ids"]
    if want["slow_ids"] != want["fast_ids"]:
        # The recorded characters belong to other pieces.
        assert len(encoding["offset_mapping"]) == len(want["slow_ids"])
        return
    assert [list(span) for span in encoding["offset_mapping"]] == want["offsets"]
    assert encoding.word_ids() == want["word_ids"]
    assert encoding["special_tokens_mask"] == want["special"]


@pytest.mark.parametrize("case", GOLDEN["pairs"], ids=lambda case: f"{case['a'][:12]}-{case['kwargs']}")
def test_pair_gives_recorded_rows(cls: Any, made: Any, case: dict[str, Any]) -> None:
    tokenizer, options = made[cls, "default"], case["kwargs"]
    # Windows are recorded by the fast tokenizer alone; whom to cut first in a pair, by SentencePiece's.
    want = dict(case["fast"] if options.get(OVERFLOW) or not options.get("add_special_tokens", True) else case["slow"])
    if "error" in case["fast"]:
        with pytest.raises(ValueError, match=r"too many|needs"):
            tokenizer(case["a"], case["b"], **options)
        return
    assert dict(tokenizer(case["a"], case["b"], **options)) == want


def test_batch_gives_recorded_rows(cls: Any, made: Any) -> None:
    texts = [text["text"] for text in GOLDEN["default"]["texts"]]
    encoding = made[cls, "default"](texts[: len(GOLDEN["batch"]["slow"]["input_ids"])], padding=True)
    assert dict(encoding) == GOLDEN["batch"]["slow"]


def test_pre_split_words_give_recorded_ids_and_words(cls: Any, made: Any) -> None:
    words = ["Hello", "this", "is", "pre-split", "input"]
    tokenizer, want = made[cls, "default"], GOLDEN["split_words"]
    flat = tokenizer([" ".join(words)])["input_ids"]
    encoding = tokenizer([words], is_split_into_words=True)
    if flat == want["slow"]["input_ids"]:
        assert dict(encoding) == want["slow"]
    assert encoding["input_ids"] == flat
    assert encoding.word_ids()[1:-1] == sorted(encoding.word_ids()[1:-1])


def test_helpers_give_recorded_values(cls: Any, made: Any) -> None:
    tokenizer, want = made[cls, "default"], GOLDEN["helpers"]
    assert tokenizer.build_inputs_with_special_tokens([7, 8], [9]) == want["build"]
    assert tokenizer.build_inputs_with_special_tokens([7, 8]) == want["build1"]
    assert tokenizer.get_special_tokens_mask([7, 8], [9]) == want["mask"]
    assert tokenizer.get_special_tokens_mask([7, 8]) == want["mask1"]
    assert tokenizer.create_token_type_ids_from_sequences([7, 8], [9]) == want["types"]
    assert tokenizer.create_token_type_ids_from_sequences([7, 8]) == want["types1"]
    assert [tokenizer.num_special_tokens_to_add(pair) for pair in (False, True)] == want["num_special"]
    assert (tokenizer.vocab_size, len(tokenizer)) == (want["vocab_size"], want["length"])
    assert tokenizer.special_tokens_map == want["special"]
    assert tokenizer.all_special_ids == want["all_ids"]
    assert tokenizer.model_input_names == want["model_input_names"]
