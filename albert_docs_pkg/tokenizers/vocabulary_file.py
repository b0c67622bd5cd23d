"""Read what ``spiece.model`` holds (a SentencePiece ``ModelProto``), and write one from pieces and scores."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

SPACE = "▁"
"""The character that stands for a space in a piece (U+2581)."""


class PieceType(IntEnum):
    """Kinds of pieces, numbered as in a ``ModelProto``."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


UNIGRAM = 1
_NORMAL = int(PieceType.NORMAL)
_KINDS = frozenset(map(int, PieceType))
_SCORE = struct.Struct("<f")


@dataclass(frozen=True)
class VocabularyFile:
    """The content of a ``spiece.model`` and the bytes it was read from.

    Args:
        content: the serialized ``ModelProto``.
        pieces: the pieces; the place of a piece is its id.
        scores: log probability of each piece, as a float that is exact in single precision.
        types: a :class:`PieceType` for each piece.
        charsmap: SentencePiece's compiled normalization rules.
        model_type: 1 for a unigram model.

    Example:
        >>> from albert_docs_pkg.tokenizers.vocabulary_file import PieceType, VocabularyFile
        >>> vocabulary = VocabularyFile.build(
        ...     [("<pad>", 0.0, PieceType.CONTROL), ("<unk>", 0.0, PieceType.UNKNOWN), ("▁a", -1.5, PieceType.NORMAL)]
        ... )
        >>> VocabularyFile.parse(vocabulary.content).pieces
        ['<pad>', '<unk>', '▁a']
    """

    content: bytes
    pieces: list[str]
    scores: list[float]
    types: list[int]
    charsmap: bytes
    model_type: int

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> VocabularyFile:
        """Read a ``spiece.model``.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is not a SentencePiece model; the message names the file and the reason.
        """
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"vocab_file {str(path)!r} is not a file; a SentencePiece model is needed")
        try:
            return cls.parse(path.read_bytes())
        except ValueError as error:
            raise ValueError(f"vocab_file {str(path)!r} is not a SentencePiece model: {error}") from None

    @classmethod
    def parse(cls, content: bytes) -> VocabularyFile:
        """Read a serialized ``ModelProto``.

        Raises:
            ValueError: the bytes are empty, a Git LFS pointer, cut short, or hold no pieces or no unknown piece.
        """
        if not content:
            raise ValueError("it is empty")
        if content.startswith(b"version https://git-lfs"):
            raise ValueError("it is a Git LFS pointer; the file itself was not downloaded")
        pieces: list[str] = []
        scores: list[float] = []
        types: list[int] = []
        charsmap, model_type = b"", UNIGRAM
        for number, value in _fields(content):
            if number == 1:
                piece, score, kind = _read_piece(_bytes(value))
                pieces.append(piece)
                scores.append(score)
                types.append(kind)
            elif number == 2:
                model_type = next((_number(v) for n, v in _fields(_bytes(value)) if n == 3), UNIGRAM)
            elif number == 3:
                charsmap = next((_bytes(v) for n, v in _fields(_bytes(value)) if n == 2), b"")
        if not pieces:
            raise ValueError("it holds no pieces")
        if types.count(PieceType.UNKNOWN) != 1:
            raise ValueError(f"it holds {types.count(PieceType.UNKNOWN)} unknown pieces, 1 is needed")
        if PieceType.BYTE in types:
            raise ValueError("it falls back to bytes, which no ALBERT vocabulary does")
        if len(set(pieces)) != len(pieces):
            raise ValueError("it holds a piece twice")
        return cls(content, pieces, scores, types, charsmap, model_type)

    @classmethod
    def build(cls, rows: list[tuple[str, float, PieceType]], charsmap: bytes = b"") -> VocabularyFile:
        """Make a unigram model from ``(piece, score, type)`` rows and compiled normalization rules."""
        content = b"".join(
            _length_delimited(
                1,
                _length_delimited(1, piece.encode()) + b"\x15" + struct.pack("<f", score) + b"\x18" + _varint(kind),
            )
            for piece, score, kind in rows
        )
        kinds = [kind for _, _, kind in rows]
        if PieceType.UNKNOWN in kinds:
            # Field 40 of the trainer's part is the id of the unknown piece; 41 and 42 say: no sentence marks.
            none = _varint(2**64 - 1)
            trainer = b"\x18\x01" + b"\xc0\x02" + _varint(kinds.index(PieceType.UNKNOWN)) + b"\xc8\x02" + none
            trainer += b"\xd0\x02" + none
            content += _length_delimited(2, trainer)
        content += _length_delimited(3, _length_delimited(2, charsmap))
        return cls.parse(content)

    @property
    def unk_id(self) -> int:
        """Id of the unknown piece."""
        return self.types.index(PieceType.UNKNOWN)


def _fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield ``(field number, value)`` of one protocol-buffer message."""
    position = 0
    while position < len(content):
        key, position = _read_varint(content, position)
        number, kind = key >> 3, key & 7
        value: int | bytes
        if number == 0:
            raise ValueError(f"field number 0 at byte {position}")
        if kind == 0:
            value, position = _read_varint(content, position)
        else:
            if kind == 2:
                size, position = _read_varint(content, position)
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
            else:
                raise ValueError(f"unknown wire type {kind} at byte {position}")
            if position + size > len(content):
                raise ValueError(f"it ends at byte {len(content)}, {position + size} are announced")
            value = content[position : position + size]
            position += size
        yield number, value


def _read_varint(content: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(content):
            raise ValueError(f"it ends inside a number at byte {position}")
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError(f"a number at byte {position} is too long")


def _read_piece(content: bytes) -> tuple[str, float, int]:
    # Text, score and perhaps type, in this order, is how SentencePiece writes a piece; thirty thousand of them count.
    size = content[1] + 2 if content[:1] == b"\x0a" and len(content) > 1 else 0
    tail = content[size:]
    if 2 < size < 130 and len(tail) in (5, 7) and tail[0] == 0x15 and (len(tail) == 5 or tail[5] == 0x18):
        kind = tail[6] if len(tail) == 7 else _NORMAL
        if kind in _KINDS:
            return content[2:size].decode(), _SCORE.unpack_from(tail, 1)[0], kind
    piece, score, kind = "", 0.0, _NORMAL
    for number, value in _fields(content):
        if number == 1:
            piece = _bytes(value).decode()
        elif number == 2:
            raw = _bytes(value)
            if len(raw) != 4:
                raise ValueError("a score is not in single precision")
            (score,) = struct.unpack("<f", raw)
        elif number == 3:
            kind = _number(value)
    if kind not in _KINDS:
        raise ValueError(f"piece {piece!r} has the unknown type {kind}")
    return piece, score, kind


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number stands where text or a message is needed")
    return value


def _number(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ValueError("text stands where a number is needed")
    return value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _length_delimited(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content
