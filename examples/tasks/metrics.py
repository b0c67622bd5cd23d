"""How good answers are: accuracy and macro F1, cross entropy, and the exact match and F1 of SQuAD."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np


def cross_entropies(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the cross entropy of each row.

    Args:
        logits: shape (rows, classes).
        labels: shape (rows,).
    """
    logits = logits.astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]


def accuracy(guesses: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of right guesses."""
    return float(np.mean(guesses == labels))


def macro_f1(guesses: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean F1 over the classes that occur among labels or guesses."""
    scores = []
    for number in np.union1d(guesses, labels):
        hits = np.sum((guesses == number) & (labels == number))
        scores.append(2 * hits / (np.sum(guesses == number) + np.sum(labels == number)))
    return float(np.mean(scores))


def normalised(answer: str) -> str:
    """Return an answer as SQuAD compares it: lower case, without punctuation, articles and extra spaces."""
    bare = "".join(character for character in answer.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def exact_match(guess: str, answers: Sequence[str]) -> float:
    """Return 1 if a guess is one of the answers, else 0. No answer is the empty list, guessed by an empty string."""
    return float(any(normalised(guess) == normalised(answer) for answer in answers or [""]))


def overlap_f1(guess: str, answers: Sequence[str]) -> float:
    """Return the highest F1 of the words of a guess and of an answer."""
    return max(_f1(normalised(guess).split(), normalised(answer).split()) for answer in answers or [""])


def _f1(guess: list[str], answer: list[str]) -> float:
    if not guess or not answer:
        return float(guess == answer)
    shared = sum((Counter(guess) & Counter(answer)).values())
    return 2 * shared / (len(guess) + len(answer))
