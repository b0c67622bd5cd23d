"""Tokens beside SentencePiece's pieces: how they are described, and how they are found in a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class AddedToken:
    """A token that is found in the text before SentencePiece sees it.

    Args:
        content: the token.
        single_word: match it only where no letter, digit or underscore touches it.
        lstrip: let it swallow the white space on its left.
        rstrip: let it swallow the white space on its right.
        normalized: find it whatever its case when the tokenizer lowers the case.
        special: leave it out when decoding with ``skip_special_tokens=True``.

    Example:
        >>> from albert_docs_pkg.tokenizers import AddedToken
        >>> str(AddedToken("[MASK]", lstrip=True))
        '[MASK]'
    """

    content: str
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: bool = True
    special: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.content, str) or not self.content:
            raise ValueError(f"content of an added token must be a text that is not empty, got {self.content!r}")

    def __str__(self) -> str:
        return self.content

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, as ``tokenizer_config.json`` stores them.

        Example:
            >>> AddedToken("<n>").to_dict()["content"]
            '<n>'
        """
        return asdict(self)

    @classmethod
    def of(cls, value: object, **defaults: bool) -> AddedToken:
        """Make one from a text, a mapping with the field names, or any object that has them.

        Raises:
            ValueError: ``value`` is none of these, or its content is empty.

        Example:
            >>> AddedToken.of({"content": "<n>", "lstrip": True}).lstrip
            True
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls(value, **defaults)
        names = cls.__dataclass_fields__
        if isinstance(value, Mapping) and "content" in value:
            return cls(**{**defaults, **{name: value[name] for name in names if name in value}})
        if hasattr(value, "content"):
            return cls(**{**defaults, **{name: getattr(value, name) for name in names if hasattr(value, name)}})
        raise ValueError(f"an added token is a text, an AddedToken or a mapping with 'content', got {value!r}")


@dataclass(frozen=True)
class Found:
    """An added token found in a text: its id and the span it takes, swallowed white space included."""

    id: int
    token: str
    start: int
    end: int


class Finder:
    """Cuts texts at the added tokens in them; the longest token that starts first wins.

    Args:
        tokens: added tokens by id.
        ignore_case: find normalized tokens whatever their case.

    Example:
        >>> from albert_docs_pkg.tokenizers.added_tokens import Finder
        >>> [part if isinstance(part, tuple) else part.id for part in Finder({4: AddedToken("[M]")}).cut("a [M]b")]
        [(0, 2), 4, (5, 6)]
    """

    def __init__(self, tokens: Mapping[int, AddedToken], *, ignore_case: bool = False) -> None:
        patterns = []
        self._found: list[tuple[int, AddedToken]] = []
        folds = False
        for token_id, token in sorted(tokens.items(), key=lambda item: -len(item[1].content)):
            pattern = re.escape(token.content)
            if token.single_word:
                pattern = rf"(?<!\w){pattern}(?!\w)"
            if ignore_case and token.normalized and not token.special:
                pattern = f"(?i:{pattern})"
                folds = True
            patterns.append(f"({pattern})")
            self._found.append((token_id, token))
        self._pattern = re.compile("|".join(patterns)) if patterns else None
        # Most texts hold none of the characters that a token starts with.
        firsts = "".join(sorted({token.content[0] for token in tokens.values()}))
        self._quick = re.compile(f"[{re.escape(firsts)}]") if firsts and not folds else None

    def touches(self, text: str) -> bool:
        """Whether ``text`` holds an added token.

        Example:
            >>> Finder({4: AddedToken("[M]")}).touches("plain text")
            False
        """
        if self._pattern is None or (self._quick is not None and self._quick.search(text) is None):
            return False
        return self._pattern.search(text) is not None

    def cut(self, text: str) -> list[Found | tuple[int, int]]:
        """Return the added tokens found and the spans of text between them, in order, empty spans left out."""
        parts: list[Found | tuple[int, int]] = []
        position = 0
        for match in self._pattern.finditer(text) if self._pattern is not None else ():
            start, end = match.span()
            if start < position:
                continue
            token_id, token = self._found[(match.lastindex or 1) - 1]
            if token.lstrip:
                start = position + len(text[position:start].rstrip())
            if token.rstrip:
                end += len(text[end:]) - len(text[end:].lstrip())
            if start > position:
                parts.append((position, start))
            parts.append(Found(token_id, token.content, start, end))
            position = end
        if position < len(text):
            parts.append((position, len(text)))
        return parts
