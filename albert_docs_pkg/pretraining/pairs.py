"""Pairs of consecutive segments for sentence-order prediction, as ranges of a flat corpus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from albert_docs_pkg.pretraining.corpus import Corpus

__all__ = ["SentencePairs", "sentence_pairs"]

SPECIAL_TOKENS = 3  # [CLS] A [SEP] B [SEP]


@dataclass(frozen=True, eq=False)
class SentencePairs:
    """Rows to pretrain on; each is one or two ranges of a corpus.

    ``A`` comes before ``B`` in the document. Whether the row shows them in that order, ``swapped`` says.

    Args:
        ranges: Start and end of A and start and end of B in ``corpus.tokens``; B is empty where a text has only one
            sentence. Shape ``(rows, 4)``, int64.
        swapped: Whether B is shown first. Shape ``(rows,)``, bool.

    Example:
        >>> import numpy as np
        >>> from albert_docs_pkg.pretraining import Corpus, SentencePairs, sentence_pairs
        >>> len(SentencePairs(np.array([[0, 2, 2, 3]]), np.array([True])))
        1
    """

    ranges: np.ndarray
    swapped: np.ndarray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.ranges)

    @property
    def lengths(self) -> np.ndarray:
        """Number of tokens of each row with its special tokens. Shape ``(rows,)``, int64.

        Example:
            >>> SentencePairs(np.array([[0, 2, 2, 3]]), np.array([True])).lengths.tolist()
            [6]
        """
        first, second = self.ranges[:, 1] - self.ranges[:, 0], self.ranges[:, 3] - self.ranges[:, 2]
        return first + second + np.where(second > 0, SPECIAL_TOKENS, SPECIAL_TOKENS - 1)


def sentence_pairs(
    corpus: Corpus, generator: np.random.Generator, *, max_length: int, short_sequence_probability: float = 0.1
) -> SentencePairs:
    """Divide a corpus into pairs of consecutive segments (section 3.1 of the ALBERT paper).

    Sentences of a document are gathered until they reach the target length, ``max_length`` without special tokens, or
    the document ends. A random sentence boundary divides them into A and B, and in one of two cases B is shown first.
    What is too long loses tokens of its longer segment, each at the front or at the back.

    The original code completes a lone sentence with a random other document and calls that "swapped". Then the label
    would also say "different topic", which is the task that ALBERT gave up. Here a lone sentence stays alone and
    takes no part in sentence-order prediction.

    Args:
        corpus: Where the sentences come from.
        generator: Source of all random choices.
        max_length: Longest row with its special tokens; at least 5.
        short_sequence_probability: Share of the documents that get a shorter target length, from 2 on, so that the
            model sees short texts also.

    Returns:
        Rows in the order of the corpus; together they hold every token that truncation has not cut.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> corpus = Corpus.from_documents([[[5, 6], [7]], [[8, 9, 10]]])
        >>> pairs = sentence_pairs(corpus, np.random.default_rng(0), max_length=16)
        >>> pairs.ranges.tolist()
        [[0, 2, 2, 3], [3, 6, 6, 6]]
        >>> pairs.lengths.tolist()
        [6, 5]
    """
    if max_length < SPECIAL_TOKENS + 2:
        raise ValueError(f"max_length must be at least {SPECIAL_TOKENS + 2}, got {max_length}")
    if not 0 <= short_sequence_probability <= 1:
        raise ValueError(f"short_sequence_probability must be from 0 to 1, got {short_sequence_probability}")
    longest = max_length - SPECIAL_TOKENS
    bounds = _chunks(corpus, generator, longest, short_sequence_probability)
    first, last = bounds[:, 0], bounds[:, 1]
    alone = last - first == 1
    # A chunk of n sentences has n - 1 inner boundaries; a lone sentence is A, up to the end.
    middle = np.where(alone, last, generator.integers(first + 1, np.maximum(last, first + 2)))
    offsets = corpus.sentence_offsets
    ranges = np.stack([offsets[first], offsets[middle], offsets[middle], offsets[last]], axis=1)
    swapped = ~alone & (generator.random(len(ranges)) < 0.5)
    _truncate(ranges, np.where(alone, longest + 1, longest), generator)
    return SentencePairs(ranges, swapped)


def _chunks(corpus: Corpus, generator: np.random.Generator, longest: int, short_share: float) -> np.ndarray:
    """Return the first sentence and the one after the last of each chunk, shape ``(chunks, 2)``."""
    documents = np.stack([corpus.document_offsets[:-1], corpus.document_offsets[1:]], axis=1)
    tokens = corpus.sentence_offsets[documents[:, 1]] - corpus.sentence_offsets[documents[:, 0]]
    short = generator.random(len(documents)) < short_share
    targets = np.where(short, generator.integers(2, longest, endpoint=True, size=len(documents)), longest)
    divided = np.flatnonzero((tokens > targets) & (documents[:, 1] - documents[:, 0] > 1))
    if not len(divided):
        return documents
    chunks: list[tuple[int, int]] = []
    for document in divided:
        first, last = documents[document].tolist()
        ends = corpus.sentence_offsets[first + 1 : last + 1]
        while first < last:
            reached = corpus.sentence_offsets[first] + targets[document]
            end = min(last, int(np.searchsorted(ends, reached)) + last - len(ends) + 1)
            chunks.append((first, end))
            first = end
    whole = np.delete(documents, divided, axis=0)
    bounds = np.concatenate([whole, np.array(chunks, dtype=np.int64)])
    return bounds[np.argsort(bounds[:, 0], kind="stable")]


def _truncate(ranges: np.ndarray, limits: np.ndarray, generator: np.random.Generator) -> None:
    """Cut the ranges in place so that both segments together have at most ``limits`` tokens."""
    first, second = ranges[:, 1] - ranges[:, 0], ranges[:, 3] - ranges[:, 2]
    excess = np.maximum(first + second - limits, 0)
    difference = np.minimum(np.abs(first - second), excess)
    rest = excess - difference
    longer_is_first = first > second
    cut_first = np.where(longer_is_first, difference, 0) + rest // 2
    cut_second = np.where(longer_is_first, 0, difference) + (rest + 1) // 2
    for start, cut in ((0, cut_first), (2, cut_second)):
        front = generator.binomial(cut, 0.5)
        ranges[:, start] += front
        ranges[:, start + 1] -= cut - front
