"""What a model has to beat: the most frequent answer, and a linear classifier on bags of words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[^\w\s]")

PATIENCE = 3
"""Passes without a better result on the held-out texts after which learning ends."""


def words_of(text: str) -> list[str]:
    """Return the words and punctuation marks of a text in lower case."""
    return WORD.findall(text.lower())


class BagOfWords:
    """Logistic regression on the words of a text, weighted by how rare they are; order does not count.

    Rows are weighted by inverse document frequency and scaled to length 1. The weights are fitted with AdaGrad on
    the cross entropy over a number of passes; of the states after each pass, the one with the highest accuracy on
    the validation texts is kept.

    Args:
        classes: number of classes.
        passes: most passes over the texts.
        learning_rate: step size of AdaGrad.
        rows: texts in one step.
    """

    def __init__(self, classes: int, passes: int = 15, learning_rate: float = 0.3, rows: int = 64) -> None:
        self.classes, self.passes, self.learning_rate, self.rows = classes, passes, learning_rate, rows
        self.words: dict[str, int] = {}
        self.rarity = np.zeros(0)
        self.weights = np.zeros((1, classes))

    def fit(
        self, texts: Sequence[str], labels: np.ndarray, held_out: Sequence[str], held_out_labels: np.ndarray, seed: int
    ) -> BagOfWords:
        """Learn from texts and their labels; stop where the held-out texts say so."""
        counts = Counter(word for text in texts for word in set(words_of(text)))
        self.words = {word: number for number, word in enumerate(sorted(counts))}
        frequencies = np.array([counts[word] for word in self.words])
        self.rarity = np.log((1 + len(texts)) / (1 + frequencies)) + 1
        bags = [self._bag(text) for text in texts]
        # The last row is the bias: a word that every text has.
        weights = np.zeros((len(self.words) + 1, self.classes))
        squares = np.full((len(self.words) + 1, 1), 1e-8)
        generator, best, waited = np.random.default_rng(seed), -1.0, 0
        for _ in range(self.passes):
            order = generator.permutation(len(bags))
            for start in range(0, len(order), self.rows):
                rows = order[start : start + self.rows]
                self._step(weights, squares, [bags[row] for row in rows], labels[rows])
            found = float(np.mean(self._guess(weights, held_out) == held_out_labels))
            if found > best:
                best, self.weights, waited = found, weights.copy(), 0
            else:
                waited += 1
            if waited == PATIENCE:
                break
        return self

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Return the most likely class of each text."""
        return self._guess(self.weights, texts)

    def _step(
        self, weights: np.ndarray, squares: np.ndarray, bags: list[tuple[np.ndarray, np.ndarray]], labels: np.ndarray
    ) -> None:
        ids, values, starts = _joined(bags)
        scores = np.add.reduceat(weights[ids] * values[:, None], starts, axis=0)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        errors = scores / scores.sum(axis=1, keepdims=True)
        errors[np.arange(len(labels)), labels] -= 1
        rows = np.repeat(np.arange(len(bags)), np.diff([*starts, len(ids)]))
        touched, places = np.unique(ids, return_inverse=True)
        order = np.argsort(places, kind="stable")
        firsts = np.flatnonzero(np.diff(places[order], prepend=-1))
        gradients = np.add.reduceat((errors[rows] * values[:, None])[order], firsts, axis=0) / len(bags)
        squares[touched] += (gradients**2).mean(axis=1, keepdims=True)
        weights[touched] -= self.learning_rate * gradients / np.sqrt(squares[touched])

    def _guess(self, weights: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        ids, values, starts = _joined([self._bag(text) for text in texts])
        guesses = np.empty(len(texts), np.int64)
        # A slice at a time: the scores of every word of every text at once would fill the memory.
        ends = [*starts[1:], len(ids)]
        for row in range(0, len(texts), 512):
            first, last = starts[row], ends[min(row + 512, len(texts)) - 1]
            scores = weights[ids[first:last]] * values[first:last, None]
            sums = np.add.reduceat(scores, starts[row : row + 512] - first, axis=0)
            guesses[row : row + 512] = sums.argmax(axis=1)
        return guesses

    def _bag(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        ids = np.array(sorted({self.words[word] for word in words_of(text) if word in self.words}), np.int64)
        values = self.rarity[ids]
        values = values / np.linalg.norm(values) if len(ids) else values
        return np.append(ids, len(self.words)), np.append(values, 1.0)


def majority(labels: np.ndarray) -> int:
    """Return the most frequent label."""
    return int(np.bincount(labels).argmax())


def shared_words(question: str, texts: Sequence[str]) -> np.ndarray:
    """Return for each text how many different words it shares with the question."""
    asked = set(words_of(question))
    return np.array([len(asked & set(words_of(text))) for text in texts], float)


def _joined(bags: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lengths = [len(ids) for ids, _ in bags]
    starts = np.cumsum([0, *lengths[:-1]])
    return np.concatenate([ids for ids, _ in bags]), np.concatenate([values for _, values in bags]), starts
