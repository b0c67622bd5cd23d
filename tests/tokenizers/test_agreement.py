"""The fast tokenizer gives the ids of SentencePiece, whatever the text."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from albert_docs_pkg.tokenizers import AlbertTokenizer, AlbertTokenizerFast
from albert_docs_pkg.tokenizers.vocabulary_file import PieceType, VocabularyFile
from albert_docs_pkg.wordnet import load_pretraining_text
from tests.tokenizers.conftest import ALBERT, SMALL

OPTIONS = [
    {"do_lower_case": lower, "remove_space": space, "keep_accents": accents}
    for lower in (True, False)
    for space in (True, False)
    for accents in (True, False)
]
PAIRS = [
    (AlbertTokenizer(path, **options), AlbertTokenizerFast(path, **options))
    for path, options in [(ALBERT, OPTIONS[0]), *((SMALL, options) for options in OPTIONS)]
]
# Symbols of the vocabulary, special tokens in text, digits with commas, ties such as nn+n and n+nn, odd spaces.
SNIPPETS = [
    "(",
    ")",
    '"',
    "-",
    ".",
    "–",
    "£",
    "€",
    "``",
    "''",
    "[MASK]",
    "[CLS]",
    "[SEP]",
    "<unk>",
    "<pad>",
    " [MASK]",
    "[MASK",
    "9,",
    "2000,",
    "3,000",
    "1,2,3,",
    "½",
    "²,",
    "nnn",
    "nn",
    "issinnn",
    "aaaa",
    "x",
    "the",
    " a",
    "well-known",
    " ",
    "  ",
    "\t",
    "\n",
    "\u00a0",
    "\u200b",
    "\u3000",
    "\ufeff",
    "\x00",
    "\x07",
    "\x7f",
    "▁",
    "▁▁",
    "\u0301",
    "é",
    "ß",
    "ﬁ",
    "İ",
    "Σ",
    "ΑΣ",
    "日本語",
    "한국",
    "\u1112\u1161\u11ab",
    "😀",
    "\U0001f468\u200d\U0001f469",
    "\uffff",
    "\ue000",
]
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="aeinst .,-019(£▁", max_size=60),
    st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=5)), max_size=15).map("".join),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTS, max_size=4), st.integers(0, len(PAIRS) - 1))
@example(["0 £99.nnn9", "ata0s-nnn--i11t.s"], 0)
@example(["", " ", "▁"], 0)
def test_fast_ids_are_sentencepiece_ids(texts: list[str], which: int) -> None:
    slow, fast = PAIRS[which]
    assert fast(texts)["input_ids"] == slow(texts)["input_ids"]


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(0, len(PAIRS) - 1))
def test_what_is_known_about_tokens_is_the_same_in_both(text: str, which: int) -> None:
    slow, fast = PAIRS[which]
    one, two = (tokenizer(text, return_offsets_mapping=True) for tokenizer in (slow, fast))
    assert dict(one) == dict(two)
    assert one.tokens() == two.tokens()
    assert one.word_ids() == two.word_ids()
    assert slow.tokenize(text) == fast.tokenize(text) == one.tokens()[1:-1]
    assert one["input_ids"] == slow(text)["input_ids"]


def test_ten_thousand_definitions_agree(albert_slow: Any, albert_fast: Any) -> None:
    texts = [" ".join(document) for document in load_pretraining_text()][:10_000]
    assert len(texts) == 10_000
    assert albert_fast(texts)["input_ids"] == albert_slow(texts)["input_ids"]


@pytest.mark.parametrize("alphabet", ["ascii", "ties", "unicode", "pieces"])
def test_ten_thousand_random_strings_agree(albert_slow: Any, albert_fast: Any, alphabet: str) -> None:
    draw = random.Random(7)
    letters = {
        "ascii": [chr(code) for code in range(32, 127)],
        "ties": list("aeinst .,-019(£"),
        "unicode": [chr(code) for code in range(0x3000) if code]
        + [chr(draw.randrange(0x3000, 0xD800)) for _ in range(2000)],
        "pieces": list(albert_slow.get_vocab()),
    }[alphabet]
    texts = ["".join(draw.choices(letters, k=draw.randrange(30))) for _ in range(10_000)]
    assert albert_fast(texts)["input_ids"] == albert_slow(texts)["input_ids"]


def test_texts_of_any_length_agree(albert_slow: Any, albert_fast: Any) -> None:
    words = " ".join(" ".join(document) for document in load_pretraining_text()[:4000])
    for text in (words, words[:9000], words.replace(" ", "")[:50_000], "nn" * 40_000 + "n", "日本" * 5000):
        assert albert_fast(text)["input_ids"] == albert_slow(text)["input_ids"]


def test_words_are_forgotten_without_changing_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("albert_docs_pkg.tokenizers.unigram._MOST_WORDS", 5)
    fast, slow = AlbertTokenizerFast(SMALL), AlbertTokenizer(SMALL)
    for text in ("a first text of several words", "a second text, with more words", "a first text again"):
        assert fast(text)["input_ids"] == slow(text)["input_ids"]
    assert len(fast._segmenter._words) <= 11


@pytest.mark.parametrize(
    "extra",
    [
        [("<br>", 0.0, PieceType.USER_DEFINED)],
        [("a-very-long-symbol", 0.0, PieceType.USER_DEFINED)],
        [("x▁y", -2.0, PieceType.NORMAL)],
        [("unused", -0.1, PieceType.UNUSED)],
    ],
    ids=["symbol", "long symbol", "piece over a space", "unused piece"],
)
def test_unusual_vocabularies_agree(tmp_path: Any, extra: list[Any]) -> None:
    letters = [(letter, -3.0 - index / 7, PieceType.NORMAL) for index, letter in enumerate("▁abrunsedxyvlongmi<>")]
    rows = [
        ("<pad>", 0.0, PieceType.CONTROL),
        ("<unk>", 0.0, PieceType.UNKNOWN),
        ("[CLS]", 0.0, PieceType.CONTROL),
        ("[SEP]", 0.0, PieceType.CONTROL),
        ("[MASK]", 0.0, PieceType.CONTROL),
        *letters,
        ("ab", -4.0, PieceType.NORMAL),
        ("br", -4.5, PieceType.NORMAL),
        *extra,
    ]
    unique = list({row[0]: row for row in rows}.values())
    path = tmp_path / "spiece.model"
    path.write_bytes(VocabularyFile.build(unique).content)
    slow, fast = AlbertTokenizer(path), AlbertTokenizerFast(path)
    draw = random.Random(3)
    parts = ["a", "b", "br", "<", ">", "<br>", " ", "x y", "unused", "a-very-long-symbol", "-", "q", "[CLS]"]
    texts = ["".join(draw.choices(parts, k=8)) for _ in range(300)]
    assert fast(texts)["input_ids"] == slow(texts)["input_ids"]
