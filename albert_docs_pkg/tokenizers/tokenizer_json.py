"""``tokenizer.json``: read the vocabulary and rules it holds, and write one that other programs can run."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from albert_docs_pkg.tokenizers.added_tokens import AddedToken
from albert_docs_pkg.tokenizers.text_rules import TextRules
from albert_docs_pkg.tokenizers.vocabulary_file import SPACE, PieceType, VocabularyFile

if TYPE_CHECKING:
    from tokenizers import Tokenizer

COMMA_PENALTY = 100.0
"""Taken off the score of pieces that end in a digit and a comma, so that a program without the rule avoids them."""


@dataclass(frozen=True)
class TokenizerJson:
    """What a ``tokenizer.json`` says.

    Args:
        vocabulary: its unigram model, as a SentencePiece model.
        rules: its text rules.
        added: its added tokens by id.
    """

    vocabulary: VocabularyFile
    rules: TextRules
    added: dict[int, AddedToken]

    @classmethod
    def read(cls, path: Path) -> TokenizerJson:
        """Read a ``tokenizer.json`` with a unigram model, of any age.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is not such a ``tokenizer.json``; the message names the file and the reason.
        """
        if not path.is_file():
            raise FileNotFoundError(f"tokenizer_file {str(path)!r} is not a file; a tokenizer.json is needed")
        try:
            return cls._parse(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"tokenizer_file {str(path)!r} cannot be used: {error}") from None

    @classmethod
    def _parse(cls, content: Any) -> TokenizerJson:
        model = content.get("model") if isinstance(content, dict) else None
        if not isinstance(model, dict):
            raise ValueError("it has no 'model'")
        kind = model.get("type", "Unigram" if "unk_id" in model else None)
        if kind != "Unigram":
            raise ValueError(f"its model must be 'Unigram', got {kind!r}")
        if model.get("byte_fallback"):
            raise ValueError("its model falls back to bytes, which no ALBERT vocabulary does")
        rows = [_row(row, index) for index, row in enumerate(_list(model, "vocab"))]
        unk_id = model.get("unk_id")
        if not isinstance(unk_id, int) or not 0 <= unk_id < len(rows):
            raise ValueError(f"its 'unk_id' must be from 0 to {len(rows) - 1}, got {unk_id!r}")
        entries = _list(content, "added_tokens")
        added = {_id(entry): AddedToken.of(entry) for entry in entries}
        special = {token_id for token_id, token in added.items() if token.special}
        typed = [
            (piece, score, _type(index, piece, score, unk_id, special)) for index, (piece, score) in enumerate(rows)
        ]
        symbols = {index for index, (_, _, kind) in enumerate(typed) if kind == PieceType.USER_DEFINED}
        steps = list(_steps(content.get("normalizer")))
        names = {step.get("type") for step in steps}
        return cls(
            VocabularyFile.build(typed, _charsmap(steps)),
            TextRules(
                do_lower_case="Lowercase" in names,
                keep_accents="StripAccents" not in names,
            ),
            # Symbols of the vocabulary stand among the added tokens of newer files; SentencePiece finds them itself.
            {token_id: token for token_id, token in added.items() if token_id not in symbols},
        )


def portable_tokenizer(
    vocabulary: VocabularyFile, rules: TextRules, added: Mapping[int, AddedToken], cls: str, sep: str
) -> Tokenizer:
    """Return a ``tokenizers.Tokenizer`` that needs nothing of this package.

    It gives the ids of :class:`~albert_docs_pkg.tokenizers.AlbertTokenizerFast` on ordinary text. Where they differ,
    this package is right: pieces that end in a digit and a comma are avoided here and cut again there, and the
    library's Unicode tables are older than Python's.
    """
    from tokenizers import AddedToken as Added
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    rows = [
        (piece, _portable_score(piece, score))
        for piece, score in zip(vocabulary.pieces, vocabulary.scores, strict=True)
    ]
    tokenizer = Tokenizer(Unigram(rows, vocabulary.unk_id, byte_fallback=False))
    steps: list[Any] = [normalizers.Replace("``", '"'), normalizers.Replace("''", '"')]
    if not rules.keep_accents:
        steps += [normalizers.NFKD(), normalizers.StripAccents()]
    if rules.do_lower_case:
        steps.append(normalizers.Lowercase())
    if vocabulary.charsmap:
        steps.append(normalizers.Precompiled(vocabulary.charsmap))
    steps += [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    tokenizer.normalizer = normalizers.Sequence(steps)
    cuts: list[Any] = [pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always", split=True)]
    symbols = [p for p, kind in zip(vocabulary.pieces, vocabulary.types, strict=True) if kind == PieceType.USER_DEFINED]
    if symbols:
        longest_first = sorted(symbols, key=len, reverse=True)
        cuts.append(pre_tokenizers.Split(Regex("|".join(map(re.escape, longest_first))), "isolated"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(cuts)
    tokenizer.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme="always", split=True)
    for token_id, token in sorted(added.items()):
        options = token.to_dict()
        one = Added(options.pop("content"), **options)
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([one])
        if tokenizer.token_to_id(token.content) != token_id:
            raise ValueError(
                f"added token {token.content!r} has id {token_id}, a tokenizer.json needs ids without gaps"
            )
    marks = [(mark, tokenizer.token_to_id(mark)) for mark in (cls, sep)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{cls}:0 $A:0 {sep}:0", pair=f"{cls}:0 $A:0 {sep}:0 $B:1 {sep}:1", special_tokens=marks
    )
    return tokenizer


def _ends_in_number_and_comma(piece: str) -> bool:
    return len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()


def _portable_score(piece: str, score: float) -> float:
    return score - COMMA_PENALTY if _ends_in_number_and_comma(piece) else score


def _row(row: Any, index: int) -> tuple[str, float]:
    if not (isinstance(row, list) and len(row) == 2 and isinstance(row[0], str) and isinstance(row[1], int | float)):
        raise ValueError(f"entry {index} of its vocabulary must be [piece, score], got {row!r}")
    piece, score = row[0], float(row[1])
    if _ends_in_number_and_comma(piece) and score < -COMMA_PENALTY:
        score += COMMA_PENALTY
    if not -1e30 < score < 1e30:
        raise ValueError(f"entry {index} of its vocabulary has the score {score}")
    (score,) = struct.unpack("<f", struct.pack("<f", score))
    return piece, score


def _type(index: int, piece: str, score: float, unk_id: int, special: set[int]) -> PieceType:
    if index == unk_id:
        return PieceType.UNKNOWN
    if index in special:
        return PieceType.CONTROL
    # A probability below one has a logarithm below zero: only symbols that were defined by hand score zero.
    return PieceType.USER_DEFINED if score == 0.0 and piece else PieceType.NORMAL


def _list(mapping: Mapping[str, Any], name: str) -> list[Any]:
    value = mapping.get(name) or []
    if not isinstance(value, list):
        raise ValueError(f"its {name!r} must be a list, got {type(value).__name__}")
    return value


def _id(entry: Any) -> int:
    token_id = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(token_id, int) or token_id < 0:
        raise ValueError(f"an added token must have an 'id' of at least 0, got {entry!r}")
    return token_id


def _steps(normalizer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(normalizer, dict):
        yield normalizer
        for step in _list(normalizer, "normalizers"):
            yield from _steps(step)


def _charsmap(steps: list[dict[str, Any]]) -> bytes:
    for step in steps:
        if step.get("type") == "Precompiled":
            charsmap = step.get("precompiled_charsmap") or ""
            if not isinstance(charsmap, str):
                raise ValueError("its 'precompiled_charsmap' must be text")
            return base64.b64decode(charsmap, validate=True)
    return b""
