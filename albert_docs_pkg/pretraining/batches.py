"""Endless batches for pretraining: shuffled, of similar length, newly masked in each epoch, resumable, sharded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from albert_docs_pkg.pretraining.corpus import Corpus
from albert_docs_pkg.pretraining.masking import IGNORED, mask_ngrams, mask_tokens
from albert_docs_pkg.pretraining.pairs import SentencePairs, sentence_pairs
from albert_docs_pkg.pretraining.vocabulary import MaskingVocabulary

__all__ = ["PretrainingBatches"]

MASKINGS = ("ngrams", "tokens", "all-mask")

SETTINGS = (
    "max_length",
    "batch_tokens",
    "batch_size",
    "seed",
    "masking",
    "mask_probability",
    "max_ngram",
    "max_predictions",
    "short_sequence_probability",
    "pad_to_multiple_of",
    "world_size",
)
"""What a place in the data depends on, besides the corpus."""


class PretrainingBatches:
    """An iterator over batches of a corpus.

    Each epoch divides the corpus into new pairs and masks them anew. Rows of similar length share a batch, so little
    padding is computed; the order of the batches is random. Every random choice follows from ``seed``, the epoch and
    the number of the batch: a run that stopped goes on exactly with :meth:`load_state_dict`, and the ranks of a
    data-parallel run need not talk to each other.

    Each batch is a ``dict`` of int64 arrays:

    ========================  ======================  =======================================================
    key                       shape                   what it holds
    ========================  ======================  =======================================================
    ``input_ids``             ``(batch, length)``     ``[CLS] A [SEP] B [SEP]`` with hidden tokens, padded
    ``attention_mask``        ``(batch, length)``     1 for tokens, 0 for padding
    ``token_type_ids``        ``(batch, length)``     0 for the first segment and padding, 1 for the second
    ``labels``                ``(batch, length)``     the original id where a token is hidden, else -100
    ``sentence_order_label``  ``(batch,)``            0 in order, 1 swapped, -100 where there is one segment
    ========================  ======================  =======================================================

    Args:
        corpus: The tokenised documents.
        vocabulary: Where words start, and the special ids.
        max_length: Longest row with its special tokens.
        batch_tokens: Most tokens of a batch, padding included; short rows then come in larger batches. Give this
            or ``batch_size``.
        batch_size: Rows of a batch, for batches of equally many rows. The last one of an epoch may have fewer.
        seed: The number that all random choices follow from, not negative.
        masking: ``"ngrams"`` for ALBERT's masking (:func:`mask_ngrams`); ``"tokens"`` for single tokens
            (:func:`mask_tokens`); ``"all-mask"`` for single tokens that are all shown as ``[MASK]``, to measure
            held-out accuracy.
        mask_probability: Share of the tokens to predict.
        max_ngram: Longest n-gram, in words.
        max_predictions: Most predictions of a row; ``None`` for no limit.
        short_sequence_probability: Share of the documents with a shorter target length.
        pad_to_multiple_of: Lengths of batches are rounded up to a multiple of this (but not above ``max_length``).
        rank: Number of this process, from 0.
        world_size: Number of processes. Each gets equally many batches in an epoch, and at each step batches of
            nearly the same length; where they do not come out even, a batch of the shortest rows is used again.
        epochs: Stop after so many epochs; ``None`` to go on for ever.

    Raises:
        ValueError: If an argument is out of range, both or neither of ``batch_tokens`` and ``batch_size`` are
            given, or the corpus has an id that is not in the vocabulary.

    Example:
        >>> from albert_docs_pkg.pretraining import Corpus, MaskingVocabulary, PretrainingBatches
        >>> vocabulary = MaskingVocabulary(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]", *"▁a ▁b ▁c ▁d".split()])
        >>> corpus = Corpus.from_documents([[[5, 6], [7]], [[8, 5, 7]], [[6], [8, 8]], [[7]]])
        >>> batches = PretrainingBatches(corpus, vocabulary, max_length=16, batch_size=2, seed=1)
        >>> batch = next(batches)
        >>> sorted(batch)
        ['attention_mask', 'input_ids', 'labels', 'sentence_order_label', 'token_type_ids']
        >>> batch["input_ids"].shape
        (2, 8)
    """

    def __init__(
        self,
        corpus: Corpus,
        vocabulary: MaskingVocabulary,
        *,
        max_length: int = 512,
        batch_tokens: int | None = None,
        batch_size: int | None = None,
        seed: int = 0,
        masking: str = "ngrams",
        mask_probability: float = 0.15,
        max_ngram: int = 3,
        max_predictions: int | None = None,
        short_sequence_probability: float = 0.1,
        pad_to_multiple_of: int = 8,
        rank: int = 0,
        world_size: int = 1,
        epochs: int | None = None,
    ) -> None:
        """Check the arguments and plan the first epoch."""
        if (batch_tokens is None) == (batch_size is None):
            raise ValueError(
                f"give either batch_tokens or batch_size, got batch_tokens={batch_tokens}, batch_size={batch_size}"
            )
        if batch_tokens is not None and batch_tokens < max_length:
            raise ValueError(f"batch_tokens must be at least max_length ({max_length}), got {batch_tokens}")
        if masking not in MASKINGS:
            raise ValueError(f"masking must be one of {', '.join(map(repr, MASKINGS))}, got {masking!r}")
        counts = {
            "batch_size": batch_size,
            "max_ngram": max_ngram,
            "max_predictions": max_predictions,
            "pad_to_multiple_of": pad_to_multiple_of,
            "world_size": world_size,
            "epochs": epochs,
        }
        for name, value in counts.items():
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if not 0 < mask_probability <= 1:
            raise ValueError(f"mask_probability must be above 0 and at most 1, got {mask_probability}")
        if not 0 <= rank < world_size:
            raise ValueError(f"rank must be from 0 to world_size - 1 ({world_size - 1}), got {rank}")
        if seed < 0:
            raise ValueError(f"seed must not be negative, got {seed}")
        if (largest := int(corpus.tokens.max())) >= vocabulary.size:
            raise ValueError(f"corpus must hold ids below the vocabulary's size {vocabulary.size}, got {largest}")

        self.corpus = corpus
        self.vocabulary = vocabulary
        self.max_length = max_length
        self.batch_tokens = batch_tokens
        self.batch_size = batch_size
        self.seed = seed
        self.masking = masking
        self.mask_probability = mask_probability
        self.max_ngram = max_ngram
        self.max_predictions = max_predictions
        self.short_sequence_probability = short_sequence_probability
        self.pad_to_multiple_of = pad_to_multiple_of
        self.rank = rank
        self.world_size = world_size
        self.epochs = epochs
        self._start_epoch(0)

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        """Return the iterator itself: a loop goes on where the last one stopped."""
        return self

    def __len__(self) -> int:
        """Return how many batches this rank gets in the current epoch."""
        return len(self._order) // self.world_size

    def __next__(self) -> dict[str, np.ndarray]:
        """Return the next batch."""
        if self.position == len(self):
            if self.epochs is not None and self.epoch + 1 >= self.epochs:
                raise StopIteration
            self._start_epoch(self.epoch + 1)
        step = self.position * self.world_size + self.rank
        batch = self._make(self._batches[self._order[step]], step)
        self.position += 1
        return batch

    def state_dict(self) -> dict[str, Any]:
        """Return the place in the data and the settings it is valid for, as plain numbers and strings.

        Example:
            >>> state = batches.state_dict()
            >>> state["epoch"], state["position"]
            (0, 1)
        """
        return {"epoch": self.epoch, "position": self.position, **self._settings()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on at the place that :meth:`state_dict` returned.

        Args:
            state: What :meth:`state_dict` returned, in this process or another.

        Raises:
            ValueError: If it was made with other settings or another corpus: the place would mean other data.

        Example:
            >>> again = PretrainingBatches(corpus, vocabulary, max_length=16, batch_size=2, seed=1)
            >>> again.load_state_dict(state)
            >>> bool((next(again)["input_ids"] == next(batches)["input_ids"]).all())
            True
        """
        for name, value in self._settings().items():
            if state.get(name) != value:
                raise ValueError(f"state must be for {name}={value!r} as this iterator is, got {state.get(name)!r}")
        if state["epoch"] < 0:
            raise ValueError(f"state must have an epoch from 0 on, got {state['epoch']}")
        if state["epoch"] != self.epoch:
            self._start_epoch(state["epoch"])
        if not 0 <= state["position"] <= len(self):
            raise ValueError(f"state must have a position from 0 to {len(self)}, got {state['position']}")
        self.position = state["position"]

    def _settings(self) -> dict[str, Any]:
        settings = {name: getattr(self, name) for name in SETTINGS}
        return {**settings, "documents": len(self.corpus), "tokens": len(self.corpus.tokens)}

    def _start_epoch(self, epoch: int) -> None:
        """Divide the corpus into pairs, the pairs into batches, and put the batches in order."""
        generator = np.random.default_rng((self.seed, epoch))
        pairs = sentence_pairs(
            self.corpus,
            generator,
            max_length=self.max_length,
            short_sequence_probability=self.short_sequence_probability,
        )
        lengths = np.minimum(-(-pairs.lengths // self.pad_to_multiple_of) * self.pad_to_multiple_of, self.max_length)
        rows = generator.permutation(len(pairs))
        rows = rows[np.argsort(-lengths[rows], kind="stable")]
        self._batches = list(self._divide(rows, lengths[rows]))
        # Neighbours have nearly equal length, so the batches that the ranks compute side by side do too.
        steps = -(-len(self._batches) // self.world_size)
        groups = np.minimum(np.arange(steps * self.world_size), len(self._batches) - 1)
        self._order = generator.permutation(groups.reshape(-1, self.world_size)).ravel()
        self._pairs: SentencePairs = pairs
        self._lengths = lengths
        self.epoch = epoch
        self.position = 0

    def _divide(self, rows: np.ndarray, lengths: np.ndarray) -> Iterator[np.ndarray]:
        start = 0
        while start < len(rows):
            size = self.batch_size or (self.batch_tokens or 0) // int(lengths[start])
            yield rows[start : start + size]
            start += size

    def _make(self, rows: np.ndarray, step: int) -> dict[str, np.ndarray]:
        input_ids, attention_mask, token_type_ids = self._assemble(rows)
        generator = np.random.default_rng((self.seed, self.epoch, step))
        if self.masking == "ngrams":
            masked, labels = mask_ngrams(
                input_ids,
                self.vocabulary,
                generator,
                probability=self.mask_probability,
                max_ngram=self.max_ngram,
                max_predictions=self.max_predictions,
            )
        else:
            masked, labels = mask_tokens(
                input_ids,
                self.vocabulary,
                generator,
                probability=self.mask_probability,
                max_predictions=self.max_predictions,
                replacement=(1.0, 0.0) if self.masking == "all-mask" else (0.8, 0.1),
            )
        alone = self._pairs.ranges[rows, 2] == self._pairs.ranges[rows, 3]
        return {
            "input_ids": masked,
            "attention_mask": attention_mask,
            "token_type_ids": token_type_ids,
            "labels": labels,
            "sentence_order_label": np.where(alone, IGNORED, self._pairs.swapped[rows].astype(np.int64)),
        }

    def _assemble(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ids, attention mask and segment ids of some rows, each of shape ``(batch, length)``."""
        ranges = self._pairs.ranges[rows]
        ranges = np.where(self._pairs.swapped[rows, None], ranges[:, [2, 3, 0, 1]], ranges)[:, :, None]
        first, second = ranges[:, 1] - ranges[:, 0], ranges[:, 3] - ranges[:, 2]
        column = np.arange(int(self._lengths[rows].max()))[None, :]
        row_length = first + second + np.where(second > 0, 3, 2)
        in_second = (column > first + 1) & (column < row_length)
        source = np.where(in_second, ranges[:, 2] + column - first - 2, ranges[:, 0] + column - 1)
        input_ids = self.corpus.tokens[np.clip(source, 0, len(self.corpus.tokens) - 1)].astype(np.int64)
        input_ids[:, 0] = self.vocabulary.cls_token_id
        input_ids[(column == first + 1) | (column == row_length - 1)] = self.vocabulary.sep_token_id
        input_ids[column >= row_length] = self.vocabulary.pad_token_id
        return input_ids, (column < row_length).astype(np.int64), in_second.astype(np.int64)
