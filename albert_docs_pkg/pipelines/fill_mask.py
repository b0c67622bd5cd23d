"""Fill masks: a text with ``[MASK]`` to the likeliest pieces for each mask."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from albert_docs_pkg.pipelines.batching import Row
from albert_docs_pkg.pipelines.options import Options, check_count, check_flag
from albert_docs_pkg.pipelines.sentences import Sentence, encode_sentences
from albert_docs_pkg.pipelines.task_pipeline import Pipeline, best, check_text, softmax
from albert_docs_pkg.tokenizers.vocabulary_file import SPACE


@dataclass(frozen=True, kw_only=True)
class FillMaskOptions(Options):
    """Settings of :class:`~albert_docs_pkg.FillMaskPipeline`.

    Args:
        top_k: how many pieces to give for each mask; when ``None`` 5, or every target.
        targets: a word or a list of words: only they are scored.
        truncation: cut texts that are too long for the model.
        batch_size: most texts that go through the model at once.

    Example:
        >>> from albert_docs_pkg.pipelines import FillMaskOptions
        >>> FillMaskOptions(targets="dog").targets
        ('dog',)
    """

    top_k: int | None = None
    targets: str | Sequence[str] | None = None
    truncation: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        check_count("top_k", self.top_k, optional=True)
        check_flag("truncation", self.truncation)
        if self.targets is None:
            return
        targets = (self.targets,) if isinstance(self.targets, str) else tuple(self.targets)
        if not targets or not all(isinstance(each, str) and each.strip() for each in targets):
            raise ValueError(f"targets must be one or more words, got {self.targets!r}")
        object.__setattr__(self, "targets", targets)


@dataclass(frozen=True)
class _Text:
    rows: Sequence[Row]


class FillMaskPipeline(Pipeline):
    """Fill masks. An input is a string with one ``[MASK]`` or more.

    The answer is a list of ``{"score": float, "token": int, "token_str": str, "sequence": str}``, best first: the
    probability of a piece, its id, its text, and the whole text with the mask filled. A text with several masks gives
    one such list for each mask; the other masks stay in ``sequence``.

    A target is a word whose piece starts with ``▁``, as ``▁dog`` for ``dog``; one that you write with ``▁`` is taken
    as the piece itself. A word that is no single piece at the start of a word is looked up as a piece inside one, as
    ``ing``. Targets that are none of these are left out with a warning; if none is left, that is an error. Scores
    stay what they are among all pieces: those of targets do not sum to 1.

    Args:
        model: name or folder of a checkpoint with a masked-token head, or such a model; the bundled checkpoint when
            ``None``.
        tokenizer: a tokenizer or where to load one from; that of the checkpoint when ``None``.
        framework: ``"pt"``, ``"tf"`` or ``"flax"``.
        device: where to compute; where the model is when ``None``.
        **options: fields of :class:`~albert_docs_pkg.pipelines.FillMaskOptions`, for all calls;
            a call can set them too.

    Raises:
        ValueError: the checkpoint has no trained masked-token head.

    Example:
        >>> from albert_docs_pkg.pipelines import FillMaskPipeline
        >>> filler = FillMaskPipeline()
        >>> answers = filler("the capital and largest [MASK] of france")
        >>> answers[0]["token_str"], answers[0]["sequence"]
        ('city', 'the capital and largest city of france')
    """

    task = "fill-mask"
    heads = ("ForMaskedLM", "ForPreTraining")
    scores = "pieces"
    options_class = FillMaskOptions

    def __call__(self, inputs: Any, **options: Any) -> Any:
        """Fill the masks of one text, a list, or a generator of texts.

        Args:
            inputs: a string; a list; or a generator.
            **options: fields of :class:`~albert_docs_pkg.pipelines.FillMaskOptions`.

        Returns:
            A list of dictionaries for a text with one mask, best first; a list of such lists for one with
            more. Many inputs give a list of that, a generator a generator.

        Raises:
            TypeError: an input that is no string, or an unknown option.
            ValueError: a text without mask, or one that is too long while ``truncation`` is off; or no target is a
                piece of the vocabulary.

        Example:
            >>> [answer["token_str"] for answer in filler("a [MASK] of water", targets=["glass", "body"])]
            ['body', 'glass']
        """
        return super().__call__(inputs, **options)

    def __init__(self, *args: Any, **options: Any) -> None:
        self._targets: dict[tuple[str, ...], np.ndarray] = {}
        super().__init__(*args, **options)

    def _check(self, options: Any) -> None:
        if options.targets is not None:
            self._target_ids(options.targets)

    def _is_one(self, inputs: Any, options: Any) -> bool:
        return isinstance(inputs, str)

    def _expected(self, options: Any) -> str:
        return f"a string with {self.tokenizer.mask_token}"

    def _read(self, item: Any, where: str, options: Any) -> Sentence:
        mask = self.tokenizer.mask_token
        if mask not in check_text(item, where):
            raise ValueError(f"{where} must have at least one {mask}, got {_shortened(item)!r}")
        return Sentence(item, None, where)

    def _encode(self, items: list[Sentence], options: Any) -> list[_Text]:
        rows = encode_sentences(self.tokenizer, items, self.max_length, options.truncation)
        mask_id = self.tokenizer.mask_token_id
        texts = []
        for item, row in zip(items, rows, strict=True):
            masks = [position for position, token_id in enumerate(row.input_ids) if token_id == mask_id]
            if not masks:
                raise ValueError(f"{item.where} has no mask among the {self.max_length} tokens that truncation leaves")
            texts.append(_Text([Row(row.input_ids, row.token_type_ids, masks)]))
        return texts

    def _reduce(self, example: _Text, scores: np.ndarray, options: Any) -> list[tuple[list[int], list[float]]]:
        wanted = None if options.targets is None else self._target_ids(options.targets)
        found = []
        for probabilities in softmax(scores.astype(np.float64)):
            if wanted is None:
                ids = best(probabilities[: len(self.tokenizer)], options.top_k or 5)
            else:
                ids = wanted[best(probabilities[wanted], options.top_k)]
            found.append((ids.tolist(), probabilities[ids].tolist()))
        return found

    def _answer(self, example: _Text, results: list[Any], options: Any) -> Any:
        row, single = example.rows[0], len(example.rows[0].picks) == 1
        answers = []
        for position, (ids, scores) in zip(row.picks, results[0], strict=True):
            filled = list(row.input_ids)
            ranked = []
            for token_id, score in zip(ids, scores, strict=True):
                filled[position] = token_id
                ranked.append(
                    {
                        "score": score,
                        "token": token_id,
                        "token_str": self.tokenizer.decode([token_id]),
                        "sequence": self._sequence(filled),
                    }
                )
            answers.append(ranked)
        return answers[0] if single else answers

    def _sequence(self, ids: Sequence[int]) -> str:
        """Return the text of a row with the masks that it still has, and without other special tokens."""
        tokenizer = self.tokenizer
        runs: list[list[int]] = [[]]
        for token_id in ids:
            if token_id == tokenizer.mask_token_id:
                runs.append([])
            else:
                runs[-1].append(token_id)
        parts = [tokenizer.decode(run, skip_special_tokens=True) for run in runs]
        return f" {tokenizer.mask_token} ".join(parts).strip()

    def _target_ids(self, targets: tuple[str, ...]) -> np.ndarray:
        if targets not in self._targets:
            self._targets[targets] = self._look_up(targets)
        return self._targets[targets]

    def _look_up(self, targets: tuple[str, ...]) -> np.ndarray:
        ids = {target: self._target_id(target) for target in targets}
        unknown = [target for target, token_id in ids.items() if token_id is None]
        known = list(dict.fromkeys(token_id for token_id in ids.values() if token_id is not None))
        if not known:
            raise ValueError(f"targets must be single pieces of the vocabulary, got {', '.join(map(repr, targets))}")
        if unknown:
            names = ", ".join(map(repr, unknown))
            warnings.warn(f"targets that are no single piece of the vocabulary are left out: {names}", stacklevel=4)
        return np.array(known)

    def _target_id(self, target: str) -> int | None:
        tokenizer = self.tokenizer
        ids = [] if target.startswith(SPACE) else tokenizer(target, add_special_tokens=False)["input_ids"]
        token_id = ids[0] if len(ids) == 1 else tokenizer.convert_tokens_to_ids(target)
        return None if token_id == tokenizer.unk_token_id else token_id


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
