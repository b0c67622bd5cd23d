"""A tokenised corpus as one flat array: documents of consecutive sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

__all__ = ["Corpus"]


@dataclass(frozen=True, eq=False)
class Corpus:
    """Token ids of all documents, one after the other. Usually made by :meth:`from_documents`.

    Args:
        tokens: All token ids. Shape ``(tokens,)``, int32.
        sentence_offsets: Where each sentence starts in ``tokens``, and where the last one ends.
            Shape ``(sentences + 1,)``, int64.
        document_offsets: Where each document starts in the list of sentences, and where the last one ends.
            Shape ``(documents + 1,)``, int64.

    Example:
        >>> from albert_docs_pkg.pretraining import Corpus
        >>> corpus = Corpus.from_documents([[[5, 6], [7]], [[8, 9, 10]]])
        >>> corpus.tokens.tolist()
        [5, 6, 7, 8, 9, 10]
        >>> corpus.sentence_offsets.tolist(), corpus.document_offsets.tolist()
        ([0, 2, 3, 6], [0, 2, 3])
    """

    tokens: np.ndarray
    sentence_offsets: np.ndarray
    document_offsets: np.ndarray

    @classmethod
    def from_documents(cls, documents: Iterable[Sequence[Sequence[int]]]) -> Corpus:
        """Return the corpus of some tokenised documents.

        Args:
            documents: Documents; a document is a list of sentences, a sentence a list of token ids without special
                tokens. Empty sentences and empty documents are left out.

        Raises:
            TypeError: If a document is not a list of lists of integers.
            ValueError: If an id is negative, or nothing is left.

        Example:
            >>> len(Corpus.from_documents([[[5, 6], []], [], [[8]]]))
            2
        """
        documents = list(documents)
        for index, document in enumerate(documents):
            if isinstance(document, str) or any(isinstance(sentence, str | int) for sentence in document):
                raise TypeError(f"documents[{index}] must be a list of lists of token ids, got {document!r:.80}")
        kept = [[sentence for sentence in document if len(sentence)] for document in documents]
        kept = [document for document in kept if document]
        if not kept:
            raise ValueError(f"documents must hold at least one token, got {len(documents)} documents without any")
        sentences = list(chain.from_iterable(kept))
        flat = np.array(list(chain.from_iterable(sentences)))
        if flat.dtype.kind not in "iu":
            raise TypeError(f"token ids must be integers, got {flat.dtype}")
        if flat.min() < 0 or flat.max() > np.iinfo(np.int32).max:
            raise ValueError(f"token ids must be from 0 to 2**31 - 1, got {flat.min()} to {flat.max()}")
        return cls(flat.astype(np.int32), _offsets(map(len, sentences)), _offsets(map(len, kept)))

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self.document_offsets) - 1

    def document(self, index: int) -> list[list[int]]:
        """Return the sentences of one document.

        Args:
            index: From 0 to ``len(corpus) - 1``.

        Example:
            >>> corpus.document(0)
            [[5, 6], [7]]
        """
        if not 0 <= index < len(self):
            raise IndexError(f"index must be from 0 to {len(self) - 1}, got {index}")
        first, last = self.document_offsets[index : index + 2]
        bounds = self.sentence_offsets[first : last + 1]
        return [self.tokens[start:end].tolist() for start, end in pairwise(bounds)]


def _offsets(lengths: Iterable[int]) -> np.ndarray:
    return np.cumsum([0, *lengths], dtype=np.int64)
