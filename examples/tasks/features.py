"""Records into rows of token ids, and rows into padded arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

IGNORED = -100
"""Label that no loss counts."""

Feature = dict[str, Any]
"""A row for the model: lists of token ids and the like, and the labels."""

Arrays = dict[str, np.ndarray]


def encode_texts(
    tokenizer: Any, texts: Sequence[str], pairs: Sequence[str] | None, max_length: int, cut: bool = False
) -> list[Feature]:
    """Return one feature for each text, or for each text and its pair.

    What is longer than ``max_length`` loses its end, or with ``cut`` becomes several features.
    """
    return _rows(
        tokenizer(
            list(texts),
            list(pairs) if pairs else None,
            truncation=True,
            max_length=max_length,
            return_overflowing_tokens=cut,
        )
    )


def encode_words(
    tokenizer: Any, words: Sequence[Sequence[str]], labels: Sequence[Sequence[int]], max_length: int
) -> list[Feature]:
    """Return one feature for each list of words; the label of a word stands at its first token.

    All other tokens have the label -100. A word that truncation cuts off has no token and is not
    counted.
    """
    encoded = tokenizer([list(row) for row in words], is_split_into_words=True, truncation=True, max_length=max_length)
    features = _rows(encoded)
    for row, (feature, known) in enumerate(zip(features, labels, strict=True)):
        before, aligned = None, []
        for word in encoded.word_ids(row):
            aligned.append(known[word] if word is not None and word != before else IGNORED)
            before = word
        feature["labels"] = aligned
    return features


def encode_choices(
    tokenizer: Any, questions: Sequence[str], choices: Sequence[Sequence[str]], max_length: int
) -> list[Feature]:
    """Return one feature for each question: a list of rows, one for each choice."""
    counts = [len(row) for row in choices]
    asked = [question for question, count in zip(questions, counts, strict=True) for _ in range(count)]
    offered = [choice for row in choices for choice in row]
    encoded = tokenizer(asked, offered, truncation="longest_first", max_length=max_length)
    rows = iter(_rows(encoded))
    features = []
    for count in counts:
        group = [next(rows) for _ in range(count)]
        features.append({name: [row[name] for row in group] for name in group[0]})
    return features


@dataclass
class Window:
    """A stretch of a long context: which record it is from and where its tokens are in the context."""

    record: int
    spans: list[tuple[int, int] | None]
    """For each token its first character and the one after its last, ``None`` outside the context."""


def encode_questions(
    tokenizer: Any,
    questions: Sequence[str],
    contexts: Sequence[str],
    answers: Sequence[tuple[int, int] | None],
    max_length: int,
    stride: int,
) -> tuple[list[Feature], list[Window]]:
    """Return overlapping windows over each context, with the answer's tokens where a window holds all of it.

    Args:
        tokenizer: one that knows offsets.
        questions: the questions.
        contexts: a context for each.
        answers: first character of the answer and the one after its last; ``None`` where there is no answer.
        max_length: longest window, question included.
        stride: tokens that neighbouring windows share.

    Returns:
        A feature and a :class:`Window` for each window. ``start_positions`` and ``end_positions`` are 0, which is
        ``[CLS]``, where a window does not hold the answer.

    Raises:
        ValueError: a question is so long that no context fits beside it.
    """
    encoded = tokenizer(
        list(questions),
        list(contexts),
        truncation="only_second",
        max_length=max_length,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    features, windows = _rows(encoded), []
    for row, feature in enumerate(features):
        record = encoded["overflow_to_sample_mapping"][row]
        offsets, sequences = encoded["offset_mapping"][row], encoded.sequence_ids(row)
        spans = [tuple(span) if part == 1 else None for span, part in zip(offsets, sequences, strict=True)]
        windows.append(Window(record, spans))
        answer = answers[record]
        first = last = 0
        if answer is not None:
            inside = [token for token, span in enumerate(spans) if span and span[1] > answer[0] and span[0] < answer[1]]
            whole = inside and spans[inside[0]][0] <= answer[0] and spans[inside[-1]][1] >= answer[1]
            first, last = (inside[0], inside[-1]) if whole else (0, 0)
        feature |= {"start_positions": first, "end_positions": last}
    return features, windows


def collate(features: Sequence[Feature], pad_token_id: int, multiple: int, max_length: int) -> Arrays:
    """Return int32 arrays of rows padded to the longest, rounded up to a multiple (at most ``max_length``).

    Columns of lists get the shape (rows, length) or, for choices, (rows, choices, length); single numbers (rows,).
    """
    longest = max(length_of(feature) for feature in features)
    length = max(longest, min(-(-longest // multiple) * multiple, max_length))
    padding = {"input_ids": pad_token_id, "attention_mask": 0, "token_type_ids": 0, "labels": IGNORED}
    arrays = {}
    for name, example in features[0].items():
        if not isinstance(example, list):
            arrays[name] = np.array([feature[name] for feature in features], np.int32)
            continue
        choices = (len(example),) if isinstance(example[0], list) else ()
        array = np.full((len(features), *choices, length), padding[name], np.int32)
        for row, feature in zip(array, features, strict=True):
            for target, values in zip(row, feature[name], strict=True) if choices else [(row, feature[name])]:
                target[: len(values)] = values
        arrays[name] = array
    return arrays


def length_of(feature: Feature) -> int:
    """Return how many tokens a row has, the longest of its choices."""
    ids = feature["input_ids"]
    return max(map(len, ids)) if isinstance(ids[0], list) else len(ids)


def _rows(encoded: Any) -> list[Feature]:
    names = ("input_ids", "attention_mask", "token_type_ids")
    return [dict(zip(names, row, strict=True)) for row in zip(*(encoded[name] for name in names), strict=True)]
