"""Cut texts into SentencePiece's pieces, with either library, and tell which characters each piece stands for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from albert_docs_pkg.tokenizers.text_rules import TextRules
from albert_docs_pkg.tokenizers.vocabulary_file import SPACE, PieceType, VocabularyFile


class Piece(NamedTuple):
    """One piece of a text: id, surface, characters ``start`` to ``end`` and the index of its word."""

    id: int
    token: str
    start: int
    end: int
    word: int


class Segmenter(ABC):
    """Cuts texts into pieces: ALBERT's text rules, SentencePiece, then the rule for digits and commas.

    A piece that ends in a digit and a comma is cut again: the number alone, then the comma. So ``2000,`` and ``2000``
    share their pieces.

    Args:
        vocabulary: content of ``spiece.model``.
        rules: ALBERT's text rules.
        sp_model_kwargs: options of ``sentencepiece.SentencePieceProcessor``.
    """

    def __init__(
        self, vocabulary: VocabularyFile, rules: TextRules, sp_model_kwargs: dict[str, Any] | None = None
    ) -> None:
        from sentencepiece import SentencePieceProcessor

        self.vocabulary = vocabulary
        self.rules = rules
        self.sp_model_kwargs = dict(sp_model_kwargs or {})
        self.sp_model = SentencePieceProcessor(**self.sp_model_kwargs)
        try:
            self.sp_model.LoadFromSerializedProto(vocabulary.content)
        except (RuntimeError, ValueError) as error:
            raise ValueError(f"SentencePiece cannot use this vocabulary: {error}") from None
        self.piece_ids = {piece: index for index, piece in enumerate(vocabulary.pieces)}
        self._unk_id = vocabulary.unk_id
        self._symbols = {
            piece
            for piece, kind in zip(vocabulary.pieces, vocabulary.types, strict=True)
            if kind == PieceType.USER_DEFINED
        }
        self._comma_pieces = {
            piece: self._cut_number(piece)
            for piece in vocabulary.pieces
            if len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()
        }
        self._comma_ids = {
            self.piece_ids[piece]: [self._id(part) for part in parts] for piece, parts in self._comma_pieces.items()
        }
        self._has_comma = frozenset(self._comma_ids)

    @property
    def sampling(self) -> bool:
        """Whether the same text may give other pieces the next time."""
        return bool(self.sp_model_kwargs.get("enable_sampling"))

    def ids(self, texts: list[str]) -> list[list[int]]:
        """Return the ids of the pieces of each text."""
        return [
            row if self._has_comma.isdisjoint(row) else self._cut_numbers(row)
            for row in self._ids(list(map(self.rules.apply, texts)))
        ]

    def pieces(self, text: str, offset: int = 0, word: int = 0) -> list[Piece]:
        """Return the pieces of a text with their characters.

        Args:
            text: the text.
            offset: added to every character index.
            word: index of the first word.
        """
        ruled, origins = self.rules.apply_aligned(text)
        normalized, sources = self.sp_model.normalize(ruled, with_offsets=True)
        spans = _character_spans(text, ruled, origins, normalized, sources)
        pieces: list[Piece] = []
        position, closed = 0, True
        ids, unk_id = self.piece_ids, self._unk_id
        for surface in self._tokens(ruled):
            parts = self._comma_pieces.get(surface, (surface,))
            begin = min(position, len(spans) - 1)
            # A symbol of the vocabulary is a word of its own; a space or the end of a symbol starts the next one.
            # A quote mark that the text rules made of two others is no symbol of the text.
            symbol = surface in self._symbols and text[slice(*spans[begin])] == surface[:1]
            if pieces and (closed or symbol or surface.startswith(SPACE)):
                word += 1
            closed = symbol
            for token in parts:
                last = min(position + len(token), len(spans)) - 1
                start, end = spans[min(position, last)][0], spans[last][1]
                pieces.append(Piece(ids.get(token, unk_id), token, offset + start, offset + end, word))
                position += len(token)
        return pieces

    def tokens(self, text: str) -> list[str]:
        """Return the pieces of a text; an unknown one is given as it stands in the text."""
        return [
            token for piece in self._tokens(self.rules.apply(text)) for token in self._comma_pieces.get(piece, (piece,))
        ]

    @abstractmethod
    def _ids(self, texts: list[str]) -> list[list[int]]:
        """Return the ids of SentencePiece's pieces of texts that ALBERT's rules were applied to."""

    @abstractmethod
    def _tokens(self, text: str) -> list[str]:
        """Return the surfaces of SentencePiece's pieces of one such text; together they are the normalized text."""

    def _id(self, token: str) -> int:
        return self.piece_ids.get(token, self._unk_id)

    def _cut_number(self, piece: str) -> list[str]:
        parts = self.sp_model.encode(piece[:-1].replace(SPACE, ""), out_type=str, enable_sampling=False)
        if not piece.startswith(SPACE) and parts and parts[0].startswith(SPACE):
            parts = [parts[0][1:], *parts[1:]] if len(parts[0]) > 1 else parts[1:]
        return [*parts, ","]

    def _cut_numbers(self, row: list[int]) -> list[int]:
        cut: list[int] = []
        for piece_id in row:
            parts = self._comma_ids.get(piece_id)
            if parts is None:
                cut.append(piece_id)
            else:
                cut += parts
        return cut


class SentencePieceSegmenter(Segmenter):
    """Pieces from ``sentencepiece`` itself."""

    def _ids(self, texts: list[str]) -> list[list[int]]:
        return self.sp_model.encode(texts, out_type=int)

    def _tokens(self, text: str) -> list[str]:
        return self.sp_model.encode(text, out_type=str)


def _character_spans(
    text: str, ruled: str, origins: Sequence[int], normalized: str, sources: Sequence[int]
) -> list[tuple[int, int]]:
    """Return for each character of the normalized text the characters of ``text`` it stands for.

    A space stands for the last character of the white space it came from; the space that SentencePiece puts in front
    stands for white space before the text or, without any, for the first character.
    """
    if isinstance(origins, range) and normalized == SPACE + ruled.replace(" ", SPACE):
        return [(0, 1), *((index, index + 1) for index in origins)]
    spans: list[tuple[int, int]] = []
    end_of_ruled = len(ruled)
    for index in range(len(normalized) - 1, -1, -1):
        source = sources[index]
        dummy = normalized[index] == SPACE and not (source < end_of_ruled and ruled[source] == SPACE)
        if dummy and spans:
            start, end = spans[-1]
            white = start and (text[start - 1].isspace() if index == 0 else start - 1 >= origins[source])
            spans.append((start - 1, start) if white else (start, end))
            continue
        if source >= end_of_ruled:
            spans.append((len(text), len(text)))
            continue
        spans.append((origins[source], origins[source] + 1))
    spans.reverse()
    return spans
