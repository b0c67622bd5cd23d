"""Texts and pairs of texts to single rows: what the tasks do that cannot look at a long text piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from albert_docs_pkg.pipelines.batching import Row


@dataclass(frozen=True)
class Sentence:
    """A text or a pair that one row holds.

    Args:
        text: the first segment.
        pair: the second segment, or ``None``.
        where: what to call it in a message.
    """

    text: str
    pair: str | None
    where: str


def encode_sentences(tokenizer: Any, sentences: Sequence[Sentence], max_length: int, truncation: bool) -> list[Row]:
    """Return a row for each text or pair.

    Args:
        tokenizer: either of the two.
        sentences: texts and pairs, mixed.
        max_length: most tokens of a row.
        truncation: cut what is longer; of a pair the longer side.

    Raises:
        ValueError: a text that is too long while ``truncation`` is off, or one that leaves no token at all.

    Example:
        >>> from albert_docs_pkg import AlbertTokenizer
        >>> from albert_docs_pkg.pipelines.sentences import Sentence, encode_sentences
        >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
        >>> long = Sentence("a dog " * 200, None, "inputs[0]")
        >>> encode_sentences(tokenizer, [long], max_length=128, truncation=False)
        Traceback (most recent call last):
        ...
        ValueError: inputs[0] has 402 tokens, the model takes at most 128: pass truncation=True to cut it
        >>> len(encode_sentences(tokenizer, [long], max_length=128, truncation=True)[0].input_ids)
        128
    """
    rows: list[Row | None] = [None] * len(sentences)
    for paired in (False, True):
        places = [place for place, each in enumerate(sentences) if (each.pair is not None) == paired]
        if not places:
            continue
        texts = [sentences[place].text for place in places]
        pairs = [sentences[place].pair for place in places] if paired else None
        limits = {"truncation": "longest_first", "max_length": max_length} if truncation else {}
        encoding = tokenizer(texts, pairs, return_attention_mask=False, **limits)
        for place, ids, types in zip(places, encoding["input_ids"], encoding["token_type_ids"], strict=True):
            where = sentences[place].where
            if len(ids) > max_length:
                raise ValueError(
                    f"{where} has {len(ids)} tokens, the model takes at most {max_length}: pass truncation=True to "
                    "cut it"
                )
            if len(ids) == tokenizer.num_special_tokens_to_add(pair=paired):
                raise ValueError(f"{where} must have some text, got {sentences[place].text!r}, which leaves no token")
            rows[place] = Row(ids, types)
    return [row for row in rows if row is not None]
