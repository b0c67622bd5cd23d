"""Pieces from the unigram model of ``tokenizers``, one word at a time, with SentencePiece as the referee."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from math import inf

from albert_docs_pkg.tokenizers.segmentation import Segmenter
from albert_docs_pkg.tokenizers.text_rules import TextRules
from albert_docs_pkg.tokenizers.vocabulary_file import SPACE, UNIGRAM, PieceType, VocabularyFile

_UNKNOWN_PENALTY = 10.0
_LONGEST_WORD = 64
_LONGEST_TEXT = 8192
_MOST_WORDS = 100_000
_SLACK = 1e-5


class UnigramSegmenter(Segmenter):
    """Pieces from ``tokenizers``, on text that SentencePiece's rules have normalized.

    No piece reaches over a space, so a text is cut word by word and the pieces of a word are remembered.

    SentencePiece adds up log probabilities of a whole text in single precision. Where the two best ways to cut a word
    are closer than its rounding, which of them it takes depends on the text around; such texts, and very long ones,
    are left to SentencePiece itself, so that the ids are its ids without exception.
    """

    def __init__(self, vocabulary: VocabularyFile, rules: TextRules) -> None:
        if vocabulary.model_type != UNIGRAM:
            raise ValueError(
                "AlbertTokenizerFast needs a unigram vocabulary; AlbertTokenizer takes any SentencePiece model"
            )
        super().__init__(vocabulary, rules)
        from tokenizers import Tokenizer
        from tokenizers.models import Unigram

        rows, lowest = _unigram_rows(vocabulary)
        self._unigram = Tokenizer(Unigram(rows, vocabulary.unk_id, byte_fallback=False))
        self._rows = rows
        self._unknown = lowest - _UNKNOWN_PENALTY
        # Symbols that reach over a space, or score below every piece, are beyond what the library can be told.
        self._usable = not any(SPACE in piece[1:] for piece in vocabulary.pieces) and all(
            score >= lowest for _, score in rows
        )
        self._words: dict[str, tuple[int, ...]] = {}
        self._gaps: dict[str, float] = {}
        # Adding to a sum of up to x rounds by up to x * 2**-24, and two sums are compared.
        self._rounding = -self._unknown * 2.0**-23

    def _ids(self, texts: list[str]) -> list[list[int]]:
        if not self._usable:
            return self.sp_model.encode(texts, out_type=int)
        normalized = self.sp_model.normalize(texts)
        split = [text[1:].split(SPACE) if text else [] for text in normalized]
        self._learn(set(chain.from_iterable(split)))
        rows: list[list[int]] = []
        unsure: list[int] = []
        for index, words in enumerate(split):
            row = self._look_up(normalized[index], words)
            if row is None:
                unsure.append(index)
            rows.append(row or [])
        if unsure:
            found = self.sp_model.encode([texts[index] for index in unsure], out_type=int)
            for index, row in zip(unsure, found, strict=True):
                rows[index] = row
        return rows

    def _tokens(self, text: str) -> list[str]:
        normalized = self.sp_model.normalize(text)
        words = normalized[1:].split(SPACE) if normalized else []
        self._learn(set(words))
        if not self._usable or self._look_up(normalized, words) is None:
            return self.sp_model.encode(text, out_type=str)
        pieces, unk_id = self.vocabulary.pieces, self._unk_id
        tokens: list[str] = []
        for word in words:
            ids = self._words[word]
            if unk_id in ids:
                tokens += self._unigram.encode(SPACE + word, add_special_tokens=False).tokens
            else:
                tokens += [pieces[piece_id] for piece_id in ids]
        return tokens

    def _look_up(self, normalized: str, words: list[str]) -> list[int] | None:
        """Return the ids of a text's words, or ``None`` where only SentencePiece itself can tell."""
        if len(normalized) > _LONGEST_TEXT or (words and not normalized.startswith(SPACE)):
            return None
        try:
            row = list(chain.from_iterable(map(self._words.__getitem__, words)))
        except KeyError:
            return None
        if not self._gaps.keys().isdisjoint(words):
            rounding = len(normalized) * self._rounding + _SLACK
            if any(self._gaps[word] < (len(word) + 1) * rounding for word in words if word in self._gaps):
                return None
        return row

    def _learn(self, words: set[str]) -> None:
        """Find the pieces of words that are not known yet."""
        if len(self._words) > _MOST_WORDS:
            self._words.clear()
            self._gaps.clear()
        else:
            words = words.difference(self._words)
        new = [word for word in words if len(word) <= _LONGEST_WORD]
        encodings = self._unigram.encode_batch_fast([SPACE + word for word in new], add_special_tokens=False)
        for word, encoding in zip(new, encodings, strict=True):
            self._words[word] = tuple(encoding.ids)
            gap = self._gap(SPACE + word)
            if gap < (len(word) + 1) * (_LONGEST_TEXT * self._rounding + _SLACK):
                self._gaps[word] = gap

    @cached_property
    def _scores(self) -> dict[str, float | None]:
        return _scores_by_prefix(self._rows)

    def _gap(self, word: str) -> float:
        """Return by how much the best way to cut a word is better than the second best."""
        size, scores = len(word), self._scores
        best, second = [0.0] + [-inf] * size, [-inf] * (size + 1)
        for start in range(size):
            base, runner_up = best[start], second[start]
            for end in range(start + 1, size + 1):
                prefix = word[start:end]
                if prefix in scores:
                    score = scores[prefix]
                elif end == start + 1:
                    score = None
                else:
                    break
                if score is None:
                    if end > start + 1:
                        continue
                    score = self._unknown
                total = base + score
                if total > best[end]:
                    second[end] = max(best[end], runner_up + score)
                    best[end] = total
                elif total > second[end]:
                    second[end] = total
        return best[size] - second[size]


def _scores_by_prefix(rows: list[tuple[str, float]]) -> dict[str, float | None]:
    """Return the score of each piece, and ``None`` for what is only the beginning of pieces."""
    scores: dict[str, float | None] = {}
    for piece, _ in rows:
        for end in range(len(piece) - 1, 0, -1):
            prefix = piece[:end]
            if prefix in scores:
                break
            scores[prefix] = None
    scores.update(rows)
    return scores


def _unigram_rows(vocabulary: VocabularyFile) -> tuple[list[tuple[str, float]], float]:
    """Return pieces and scores such that ``tokenizers`` finds the path of SentencePiece, and the lowest score."""
    typed = list(zip(vocabulary.pieces, vocabulary.scores, vocabulary.types, strict=True))
    normal = [score for _, score, kind in typed if kind == PieceType.NORMAL]
    lowest, highest = min(normal, default=0.0), max(normal, default=0.0)
    rows = []
    for index, (piece, score, kind) in enumerate(typed):
        if kind == PieceType.NORMAL:
            rows.append((piece, score))
        elif kind == PieceType.USER_DEFINED:
            # The bonus that SentencePiece gives to symbols, by their length in bytes.
            rows.append((piece, len(piece.encode()) * highest - 0.1))
        else:
            # SentencePiece never finds these in a text; no word holds a space that is not at its start.
            rows.append((f"\uffff{index}{SPACE}\uffff", lowest))
    return rows, lowest
