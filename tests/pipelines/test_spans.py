"""Windows hold every span, and spans of characters end where a reader would end them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg.pipelines.spans import strided, trimmed, whole_characters, whole_words

text_with_span = st.text(min_size=1, max_size=30).flatmap(
    lambda text: st.tuples(st.just(text), st.integers(0, len(text) - 1)).flatmap(
        lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), st.integers(pair[1] + 1, len(pair[0])))
    )
)


@settings(deadline=None)
@given(length=st.integers(1, 200), room=st.integers(1, 40), data=st.data())
def test_every_span_up_to_the_overlap_and_one_more_is_in_a_window(length: int, room: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, room - 1))
    windows = list(strided(length, room, overlap))
    assert all(0 < window.stop - window.start <= room for window in windows)
    assert windows[0].start == 0
    assert windows[-1].stop == length
    for size in range(1, min(overlap + 1, length) + 1):
        for start in range(length - size + 1):
            assert any(window.start <= start and start + size <= window.stop for window in windows)


def test_windows_are_no_more_than_needed() -> None:
    assert list(strided(10, 10, 3)) == [slice(0, 10)]
    assert list(strided(11, 10, 3)) == [slice(0, 10), slice(1, 11)]
    assert [window.start for window in strided(100, 10, 0)] == list(range(0, 100, 10))


@given(text_with_span)
def test_trimming_leaves_no_white_space_and_nothing_else_out(case: tuple[str, int, int]) -> None:
    text, start, end = case
    first, last = trimmed(text, start, end)
    if text[start:end].strip():
        assert text[first:last] == text[start:end].strip()
    else:
        assert (first, last) == (start, end)


@given(text_with_span)
def test_widening_holds_the_span_and_is_the_same_a_second_time(case: tuple[str, int, int]) -> None:
    text, start, end = case
    for widen in (whole_characters, whole_words):
        first, last = widen(text, start, end)
        assert 0 <= first <= start < end <= last <= len(text)
        assert widen(text, first, last) == (first, last)
        if last < len(text) and unicodedata.category(text[last]).startswith("M"):
            assert text[last - 1].isspace()


@pytest.mark.parametrize(
    ("text", "part", "characters", "words"),
    [
        ("a Bratislava, b", "tisla", "tisla", "Bratislava"),
        ("un cafe\u0301 noir", "cafe", "cafe\u0301", "cafe\u0301"),
        ("un cafe\u0301s noir", "cafe", "cafe\u0301", "cafe\u0301s"),
        ("東京タワー", "京", "京", "京"),
        ("the 👩‍👩‍👧 family", "👩", "👩‍👩‍👧", "👩‍👩‍👧"),
        ("thumbs 👍🏽 up", "👍", "👍🏽", "👍🏽"),
        ("नमस्ते दुनिया", "नम", "नम", "नमस्ते"),
        ("well-known (cheap)", "now", "now", "known"),
        ("3,5", "3", "3", "3"),
    ],
)
def test_spans_are_widened_to_what_a_reader_sees(text: str, part: str, characters: str, words: str) -> None:
    start = text.index(part)
    for widen, expected in ((whole_characters, characters), (whole_words, words)):
        first, last = widen(text, start, start + len(part))
        assert text[first:last] == expected
