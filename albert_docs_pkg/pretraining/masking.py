"""Hide tokens of a padded batch for masked language modelling: n-grams of whole words, or single tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from albert_docs_pkg.pretraining.vocabulary import MaskingVocabulary

__all__ = ["IGNORED", "mask_ngrams", "mask_tokens"]

IGNORED = -100
"""The label of a position that the loss leaves out."""


def mask_ngrams(
    input_ids: np.ndarray,
    vocabulary: MaskingVocabulary,
    generator: np.random.Generator,
    *,
    probability: float = 0.15,
    max_ngram: int = 3,
    favor_longer: bool = False,
    max_predictions: int | None = None,
    replacement: tuple[float, float] = (0.8, 0.1),
) -> tuple[np.ndarray, np.ndarray]:
    """Hide n-grams of whole words, the masking that ALBERT is pretrained with (section 4.1 of the paper).

    Each row may hide ``round(probability * tokens)`` tokens, but at least one; tokens are counted with the special
    ones and without padding. Words are visited in random order. Each draws a length n from 1 to ``max_ngram`` with
    probability proportional to 1/n; the n words from there on are hidden if none of them is hidden already and they
    still fit, else fewer of them, else none. What stands in place of a hidden token is drawn for each token.

    Two details differ from the original code: an n-gram never reaches over a ``[SEP]``, and if no word of a row fits,
    the beginning of one is hidden, so that every row with a word has something to predict.

    Args:
        input_ids: Padded rows with their special tokens. Shape ``(batch, length)``, integers.
        vocabulary: Where words start, and the special ids.
        generator: Source of all random choices.
        probability: Share of the tokens to hide, above 0 and at most 1.
        max_ngram: Longest n-gram, in words.
        favor_longer: Turn the probabilities of the lengths round (a flag of the original code, where it is off too).
        max_predictions: Most tokens to hide in a row; ``None`` for no limit. The original code has 20.
        replacement: Probability that a hidden token is replaced by ``[MASK]``, and that it is replaced by a random
            piece; in the remaining cases it stays.

    Returns:
        The rows with replaced tokens, and the labels: the original id where a token is hidden, else -100. Both of
        shape ``(batch, length)``, int64.

    Raises:
        ValueError: If an argument is out of range or ``input_ids`` has an id that is not in the vocabulary.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.pretraining import MaskingVocabulary, mask_ngrams, mask_tokens
        >>> pieces = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]", "▁small", "▁an", "im", "al", "s"]
        >>> vocabulary = MaskingVocabulary(pieces)
        >>> rows = np.array([[2, 5, 6, 7, 8, 9, 3, 0]])
        >>> masked, labels = mask_ngrams(rows, vocabulary, np.random.default_rng(0), replacement=(1.0, 0.0))
        >>> masked.tolist()
        [[2, 4, 6, 7, 8, 9, 3, 0]]
        >>> labels.tolist()
        [[-100, 5, -100, -100, -100, -100, -100, -100]]
    """
    input_ids, maskable = _check(input_ids, vocabulary, probability, replacement)
    if max_ngram < 1:
        raise ValueError(f"max_ngram must be at least 1, got {max_ngram}")
    if max_predictions is not None and max_predictions < 1:
        raise ValueError(f"max_predictions must be at least 1 or None, got {max_predictions}")
    budgets = _budgets(input_ids, vocabulary, probability, max_predictions)
    words = _Words.find(input_ids, maskable, vocabulary, max_ngram)
    hidden = _choose_words(words, budgets, max_ngram, favor_longer, generator)
    return _replace(input_ids, hidden & maskable, vocabulary, generator, replacement)


def mask_tokens(
    input_ids: np.ndarray,
    vocabulary: MaskingVocabulary,
    generator: np.random.Generator,
    *,
    probability: float = 0.15,
    max_predictions: int | None = None,
    replacement: tuple[float, float] = (0.8, 0.1),
) -> tuple[np.ndarray, np.ndarray]:
    """Hide single tokens, each with the same chance: for fine-tuning, and for measuring.

    With ``replacement=(1.0, 0.0)`` every hidden token is a ``[MASK]``, which is how held-out accuracy is measured.

    Args:
        input_ids: Padded rows with their special tokens. Shape ``(batch, length)``, integers.
        vocabulary: The special ids.
        generator: Source of all random choices.
        probability: Share of the tokens to hide, above 0 and at most 1; at least one token of each row is hidden.
        max_predictions: Most tokens to hide in a row; ``None`` for no limit.
        replacement: Probability that a hidden token is replaced by ``[MASK]``, and that it is replaced by a random
            piece; in the remaining cases it stays.

    Returns:
        As :func:`mask_ngrams`.

    Raises:
        ValueError: If an argument is out of range or ``input_ids`` has an id that is not in the vocabulary.

    Example:
        >>> masked, labels = mask_tokens(rows, vocabulary, np.random.default_rng(0), replacement=(1.0, 0.0))
        >>> int((masked == 4).sum()), int((labels != -100).sum())
        (1, 1)
    """
    input_ids, maskable = _check(input_ids, vocabulary, probability, replacement)
    if max_predictions is not None and max_predictions < 1:
        raise ValueError(f"max_predictions must be at least 1 or None, got {max_predictions}")
    budgets = _budgets(input_ids, vocabulary, probability, max_predictions)
    chances = np.where(maskable, generator.random(input_ids.shape), 2.0)
    ranks = chances.argsort(axis=1).argsort(axis=1)
    hidden = maskable & (ranks < budgets[:, None])
    return _replace(input_ids, hidden, vocabulary, generator, replacement)


@dataclass
class _Words:
    """The words of a batch in reading order, row after row."""

    of_position: np.ndarray  # (batch, length): the number of the word, meaningless where nothing may be masked
    starts: np.ndarray  # (words,): position of the first piece in the flattened batch
    ends: np.ndarray  # (words,): position after the last piece
    longest: np.ndarray  # (words,): how many words an n-gram from here can have before its segment ends
    row_first: np.ndarray  # (batch,): number of the row's first word
    row_count: np.ndarray  # (batch,): how many words the row has

    @classmethod
    def find(cls, input_ids: np.ndarray, maskable: np.ndarray, vocabulary: MaskingVocabulary, max_ngram: int) -> _Words:
        before = np.zeros_like(maskable)
        before[:, 1:] = maskable[:, :-1]
        segment_starts = maskable & ~before
        is_start = segment_starts | (maskable & vocabulary.word_starts[input_ids])
        starts = np.flatnonzero(is_start)
        row_count = is_start.sum(axis=1)
        row_first = np.cumsum(row_count) - row_count

        flat = maskable.ravel()
        last_piece = flat.copy()
        last_piece[:-1] &= ~flat[1:] | is_start.ravel()[1:]
        ends = np.flatnonzero(last_piece) + 1

        segment = np.cumsum(segment_starts.ravel()[starts])
        segment_ends = np.searchsorted(segment, segment, side="right")
        longest = np.minimum(segment_ends - np.arange(len(starts)), max_ngram)
        of_position = (np.cumsum(is_start) - 1).reshape(is_start.shape)
        return cls(of_position, starts, ends, longest, row_first, row_count)


def _choose_words(
    words: _Words, budgets: np.ndarray, max_ngram: int, favor_longer: bool, generator: np.random.Generator
) -> np.ndarray:
    """Return which positions are hidden; rows advance together, each by one word of its own random order at a time."""
    total = len(words.starts)
    rows = np.repeat(np.arange(len(budgets)), words.row_count)
    order = np.lexsort((generator.random(total), rows))

    sizes = np.arange(max_ngram, 0, -1) if favor_longer else np.arange(1, max_ngram + 1)
    cumulative = np.cumsum(1.0 / sizes)
    drawn = generator.random(total) * cumulative[words.longest - 1]
    lengths = 1 + (drawn[:, None] >= cumulative[None, :-1]).sum(axis=1)

    hidden = np.zeros(total + max_ngram, dtype=bool)  # the tail lets a look ahead read past the last word
    left = budgets.copy()
    active = np.flatnonzero(words.row_count)
    visited = 0
    while len(active):
        word = order[words.row_first[active] + visited]
        starts, room = words.starts[word], left[active]
        length = lengths[word]
        size = words.ends[word + length - 1] - starts
        for _ in range(max_ngram - 1):
            length = length - ((size > room) & (length > 1))
            size = words.ends[word + length - 1] - starts
        taken = size <= room
        for ahead in range(max_ngram):
            taken &= ~(hidden[word + ahead] & (ahead < length))
        for ahead in range(max_ngram):
            hidden[word[taken & (ahead < length)] + ahead] = True
        left[active] = room - size * taken
        visited += 1
        active = active[(left[active] > 0) & (words.row_count[active] > visited)]

    chosen = hidden[words.of_position]
    nothing_fitted = np.flatnonzero((left == budgets) & (words.row_count > 0))
    width = words.of_position.shape[1]
    for row in nothing_fitted:
        start = words.starts[order[words.row_first[row]]] - row * width
        chosen[row, start : start + budgets[row]] = True
    return chosen


def _replace(
    input_ids: np.ndarray,
    hidden: np.ndarray,
    vocabulary: MaskingVocabulary,
    generator: np.random.Generator,
    replacement: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    labels = np.where(hidden, input_ids, IGNORED)
    masked_share, random_share = replacement
    fate = generator.random(int(hidden.sum()))
    substitutes = input_ids[hidden]
    random_ids = vocabulary.replacements[generator.integers(len(vocabulary.replacements), size=len(fate))]
    substitutes = np.where(fate < masked_share + random_share, random_ids, substitutes)
    substitutes = np.where(fate < masked_share, vocabulary.mask_token_id, substitutes)
    masked = input_ids.copy()
    masked[hidden] = substitutes
    return masked, labels


def _budgets(
    input_ids: np.ndarray, vocabulary: MaskingVocabulary, probability: float, max_predictions: int | None
) -> np.ndarray:
    tokens = (input_ids != vocabulary.pad_token_id).sum(axis=1)
    budgets = np.maximum(1, np.rint(tokens * probability).astype(np.int64))
    return budgets if max_predictions is None else np.minimum(budgets, max_predictions)


def _check(
    input_ids: np.ndarray, vocabulary: MaskingVocabulary, probability: float, replacement: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids as int64 and which of them may be hidden."""
    input_ids = np.asarray(input_ids)
    if input_ids.ndim != 2 or input_ids.dtype.kind not in "iu":
        raise ValueError(
            f"input_ids must be integers of shape (batch, length), got {input_ids.dtype} of shape {input_ids.shape}"
        )
    if input_ids.size and (input_ids.min() < 0 or input_ids.max() >= vocabulary.size):
        raise ValueError(
            f"input_ids must be from 0 to {vocabulary.size - 1}, got {input_ids.min()} to {input_ids.max()}"
        )
    if not 0 < probability <= 1:
        raise ValueError(f"probability must be above 0 and at most 1, got {probability}")
    if len(replacement) != 2 or min(replacement) < 0 or sum(replacement) > 1 + 1e-9:
        raise ValueError(f"replacement must be two shares with a sum of at most 1, got {replacement}")
    input_ids = input_ids.astype(np.int64)
    return input_ids, ~vocabulary.never_masked[input_ids]
