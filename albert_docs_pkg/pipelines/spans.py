"""Spans of characters: trimmed, and widened to whole words of the text as it was given."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

# The zero width joiner makes one sign of two; variation selectors and skin tones change the sign before them.
_JOINERS = "\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
# Scripts that put no space between words: each of their letters may start or end an answer.
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without white space at its ends; one of nothing else is returned as it is.

    Example:
        >>> from albert_docs_pkg.pipelines.spans import trimmed
        >>> trimmed("the lion", 3, 8)
        (4, 8)
    """
    first, last = start, end
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    return (first, last) if first < last else (start, end)


def whole_characters(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span with the accents and joined parts of the characters that it cuts.

    Example:
        >>> from albert_docs_pkg.pipelines.spans import whole_characters
        >>> whole_characters("cafe\u0301", 0, 4)
        (0, 5)
    """
    while 0 < start < len(text) and _attached(text[start - 1], text[start]):
        start -= 1
    while 0 < end < len(text) and _attached(text[end - 1], text[end]):
        end += 1
    return start, end


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span with the rest of the words that it cuts.

    A word is a run of letters, digits and their accents. In scripts without spaces each letter stands alone.

    Example:
        >>> from albert_docs_pkg.pipelines.spans import whole_words
        >>> whole_words("Bratislava, capital", 2, 6)
        (0, 10)
    """
    while 0 < start < len(text) and _joined(text[start - 1], text[start]):
        start -= 1
    while 0 < end < len(text) and _joined(text[end - 1], text[end]):
        end += 1
    return start, end


def strided(length: int, room: int, overlap: int) -> Iterator[slice]:
    """Cut ``length`` tokens into windows of ``room`` that share ``overlap``; each span of up to that is in one.

    Example:
        >>> from albert_docs_pkg.pipelines.spans import strided
        >>> [(window.start, window.stop) for window in strided(9, 5, 2)]
        [(0, 5), (3, 8), (4, 9)]
    """
    start = 0
    while start + room < length:
        yield slice(start, start + room)
        start += room - overlap
    # The last window is as full as the others: its tokens have as much around them.
    yield slice(max(0, min(start, length - room)), length)


def _attached(left: str, right: str) -> bool:
    """Tell whether two characters are parts of one that a reader sees."""
    if left.isspace():
        return False
    return unicodedata.category(right).startswith("M") or right in _JOINERS or left == _JOINERS[0]


def _joined(left: str, right: str) -> bool:
    if _attached(left, right):
        return True
    return _in_word(left) and _in_word(right) and not (_unspaced(left) or _unspaced(right))


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _unspaced(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _UNSPACED)
