"""ALBERT's own text rules, applied before SentencePiece: white space, quotes, accents, case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import filterfalse

_WORD = re.compile(r"\S+")
_DOUBLE_QUOTES = re.compile("``|''")


@dataclass(frozen=True)
class TextRules:
    r"""What happens to a text before SentencePiece sees it.

    Args:
        do_lower_case: lower the case of every letter.
        remove_space: drop white space at both ends and make one space of each run inside.
        keep_accents: when false, decompose by compatibility (NFKD) and drop the combining marks.

    Example:
        >>> from albert_docs_pkg.tokenizers.text_rules import TextRules
        >>> TextRules().apply("  Crème\tBrûlée ``now'' ")
        'creme brulee "now"'
        >>> TextRules(do_lower_case=False, keep_accents=True).apply("Crème")
        'Crème'
    """

    do_lower_case: bool = True
    remove_space: bool = True
    keep_accents: bool = False

    def apply(self, text: str) -> str:
        """Return the text that SentencePiece gets.

        Example:
            >>> TextRules(remove_space=False).apply(" Two  words")
            ' two  words'
        """
        if self.remove_space:
            text = " ".join(text.split())
        text = text.replace("``", '"').replace("''", '"')
        if not self.keep_accents and not text.isascii():
            text = "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text)))
        return text.lower() if self.do_lower_case else text

    def apply_aligned(self, text: str) -> tuple[str, Sequence[int]]:
        """Return the text that SentencePiece gets and, for each of its characters, the index it came from.

        A run of white space and a pair of quote marks answer for their last character.

        Example:
            >>> TextRules().apply_aligned("ﬁx  É")
            ('fix e', [0, 0, 1, 3, 4])
        """
        if text.isascii():
            ruled = self.apply(text)
            # Nothing that happens to ASCII makes it longer, so an equal length means that nothing moved.
            if len(ruled) == len(text):
                return ruled, range(len(text))
        if self.remove_space:
            characters, origins = _words_of(text)
        else:
            characters, origins = text, list(range(len(text)))
        characters, origins = _replace_quotes(characters, origins)
        if not self.keep_accents and not characters.isascii():
            # Marks are dropped whatever their order, so the text can be decomposed one character at a time.
            pairs = [
                (part, origin)
                for character, origin in zip(characters, origins, strict=True)
                for part in unicodedata.normalize("NFKD", character)
                if not unicodedata.combining(part)
            ]
            characters, origins = "".join(part for part, _ in pairs), [origin for _, origin in pairs]
        if self.do_lower_case:
            # Some letters become two; a final sigma depends on its neighbours, so the letters come from the whole.
            origins = [
                origin
                for character, origin in zip(characters, origins, strict=True)
                for _ in range(len(character.lower()))
            ]
            characters = characters.lower()
        return characters, origins


def _words_of(text: str) -> tuple[str, list[int]]:
    words: list[str] = []
    origins: list[int] = []
    for match in _WORD.finditer(text):
        if words:
            origins.append(match.start() - 1)
        words.append(match.group())
        origins.extend(range(*match.span()))
    return " ".join(words), origins


def _replace_quotes(characters: str, origins: list[int]) -> tuple[str, list[int]]:
    if "``" not in characters and "''" not in characters:
        return characters, origins
    kept: list[int] = []
    position = 0
    for match in _DOUBLE_QUOTES.finditer(characters):
        kept += origins[position : match.start()]
        kept.append(origins[match.end() - 1])
        position = match.end()
    return _DOUBLE_QUOTES.sub('"', characters), kept + origins[position:]
