"""A stand-in for a model whose scores depend on each token alone, so that windows must change nothing."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Any

import numpy as np

from albert_docs_pkg import AlbertTokenizerFast
from albert_docs_pkg.configuration import AlbertConfig
from tests.pipelines.tiny_models import VOCABULARY


class TokenScores:
    """Runner that looks the scores of each token up in a table.

    Args:
        config: of the model that it stands for.
        width: scores for each token.
        positions: most tokens of a row.
    """

    framework = "pt"
    scores_tokens = True
    pad_token_id = 0

    def __init__(self, config: AlbertConfig, width: int, positions: int) -> None:
        self.config = AlbertConfig.from_dict({**config.to_dict(), "max_position_embeddings": positions})
        self.table = np.random.RandomState(0).normal(0, 2, (config.vocab_size, width)).astype(np.float32)

    def padded_shape(self, rows: int, length: int) -> tuple[int, int]:
        """Return the least shape."""
        return rows, length

    def __call__(self, batch: Any) -> np.ndarray:
        """Score every token."""
        assert batch.input_ids.shape[1] <= self.config.max_position_embeddings
        return self.table[batch.input_ids]


def by_token(pipeline: Any, width: int, positions: int) -> Any:
    """Return a pipeline like another one that scores tokens by themselves and takes rows of ``positions`` tokens."""
    other = copy(pipeline)
    other.runner = TokenScores(pipeline.runner.config, width, positions)
    other.tokenizer = _tokenizer(positions)
    return other


@cache
def _tokenizer(positions: int) -> AlbertTokenizerFast:
    return AlbertTokenizerFast(VOCABULARY, model_max_length=positions)
