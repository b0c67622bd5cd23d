"""The task sets: how the records of each task are made from synsets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, overload

from albert_docs_pkg.wordnet.records import (
    MaskedLanguageModelingRecord,
    MultipleChoiceRecord,
    QuestionAnsweringRecord,
    TextClassificationRecord,
    TokenClassificationRecord,
)
from albert_docs_pkg.wordnet.splits import SPLITS, check_split, split_synsets, stable_number
from albert_docs_pkg.wordnet.storage import CATEGORIES, PARTS_OF_SPEECH, Synset, load_wordnet
from albert_docs_pkg.wordnet.words import parts_of_speech, split_words

__all__ = ["TASKS", "Dataset", "load_dataset"]

IGNORED = -100
CHOICES = 4
ENTRIES = 4


class Dataset:
    """The records of one task in three splits; each split is made when it is first asked for.

    Example:
        >>> from albert_docs_pkg.wordnet import load_dataset
        >>> dataset = load_dataset("text-classification")
        >>> len(dataset.validation), len(dataset.test)
        (3022, 3012)
    """

    def __init__(self, task: str) -> None:
        """Check the name of the task."""
        if task not in TASKS:
            raise ValueError(f"task must be one of {', '.join(map(repr, TASKS))}, got {task!r}")
        self.task = task

    @property
    def train(self) -> list[Any]:
        """Records to learn from.

        Example:
            >>> len(load_dataset("text-classification").train)
            111625
        """
        return self["train"]

    @property
    def validation(self) -> list[Any]:
        """Records to choose settings by.

        Example:
            >>> dataset.validation[0]["text"]
            'dark brown pigment obtained by heating umber'
        """
        return self["validation"]

    @property
    def test(self) -> list[Any]:
        """Records to measure with, once.

        Example:
            >>> sorted(dataset.test[0])
            ['id', 'label', 'text']
        """
        return self["test"]

    @property
    def label_names(self) -> tuple[str, ...]:
        """Names of the labels by number; empty for tasks without a fixed set of labels.

        Example:
            >>> load_dataset("token-classification").label_names
            ('noun', 'verb', 'adjective', 'adverb')
        """
        return LABEL_NAMES.get(self.task, ())

    def __getitem__(self, split: str) -> list[Any]:
        """Return a new list of the records of a split."""
        check_split(split)
        return list(_records(self.task, split))

    def __repr__(self) -> str:
        """Name the task and the splits."""
        return f"Dataset({self.task!r}, splits={SPLITS})"


@overload
def load_dataset(task: str, split: None = None) -> Dataset: ...
@overload
def load_dataset(task: str, split: str) -> list[Any]: ...
def load_dataset(task: str, split: str | None = None) -> Dataset | list[Any]:
    """Return a task set of the bundled data.

    ==============================  ===========================================  ================================
    task                            what to predict                              record
    ==============================  ===========================================  ================================
    ``"text-classification"``       the category of a definition                 ``TextClassificationRecord``
    ``"token-classification"``      the part of speech of words                  ``TokenClassificationRecord``
    ``"question-answering"``        the span that defines a word                 ``QuestionAnsweringRecord``
    ``"multiple-choice"``           the wider term for what is defined, of four  ``MultipleChoiceRecord``
    ``"masked-language-modeling"``  hidden words of definitions and examples     ``MaskedLanguageModelingRecord``
    ==============================  ===========================================  ================================

    A synset is in the same split for all tasks, and passages and wrong choices are made of synsets of that split.
    The order of the records is mixed and always the same, so a slice of a split is a fair sample of it.

    Args:
        task: One of ``TASKS``.
        split: ``"train"``, ``"validation"`` or ``"test"`` for the list of its records; ``None`` for all three.

    Returns:
        A :class:`Dataset` with ``train``, ``validation`` and ``test``, or the records of one split. Changing the
        list does not change what the next call returns.

    Raises:
        ValueError: If there is no such task or split.

    Example:
        >>> records = load_dataset("text-classification", "validation")
        >>> records[0]["text"]
        'dark brown pigment obtained by heating umber'
    """
    if split is None:
        return Dataset(task)
    return Dataset(task)[split]


@cache
def _records(task: str, split: str) -> tuple[Any, ...]:
    return tuple(TASKS[task](split_synsets()[split]))


def _text_classification(synsets: list[Synset]) -> list[TextClassificationRecord]:
    return [{"id": synset.id, "text": synset.definition, "label": synset.category} for synset in synsets]


def _token_classification(synsets: list[Synset]) -> list[TokenClassificationRecord]:
    number = {name: label for label, name in enumerate(PARTS_OF_SPEECH)}
    records: list[TokenClassificationRecord] = []
    for synset in synsets:
        words = split_words(synset.definition)
        known = map(parts_of_speech, words)
        labels = [number[parts[0]] if len(parts) == 1 else IGNORED for parts in known]
        if any(label != IGNORED for label in labels):
            records.append({"id": synset.id, "words": words, "labels": labels})
    return records


def _question_answering(synsets: list[Synset]) -> list[QuestionAnsweringRecord]:
    records: list[QuestionAnsweringRecord] = []
    for synset in synsets:
        draw = _numbers_below(synset)
        entries = {synset.lemmas[0].lower(): synset}
        while len(entries) < ENTRIES:
            other = synsets[draw(len(synsets))]
            entries.setdefault(other.lemmas[0].lower(), other)
        passage = list(entries.values())
        position = draw(ENTRIES)
        passage[0], passage[position] = passage[position], passage[0]
        texts = [f"{entry.lemmas[0]}: {entry.definition}." for entry in passage]
        start = len(" ".join([*texts[:position], f"{synset.lemmas[0]}: "]))
        records.append(
            {
                "id": synset.id,
                "question": f"What does {synset.lemmas[0]} mean?",
                "context": " ".join(texts),
                "answers": {"text": [synset.definition], "answer_start": [start]},
            }
        )
    return records


def _multiple_choice(synsets: list[Synset]) -> list[MultipleChoiceRecord]:
    everything = load_wordnet().synsets

    @cache
    def ancestors(position: int) -> frozenset[int]:
        above = everything[position].hypernyms
        return frozenset(above).union(*map(ancestors, above))

    of_part: dict[str, list[Synset]] = {}
    for synset in synsets:
        if synset.hypernyms:
            of_part.setdefault(synset.part_of_speech, []).append(synset)
    records: list[MultipleChoiceRecord] = []
    for synset in synsets:
        if not synset.hypernyms:
            continue
        draw = _numbers_below(synset)
        others = of_part[synset.part_of_speech]
        right = everything[synset.hypernyms[0]].lemmas[0]
        wider = set(synset.hypernyms).union(*(ancestors(position) for position in synset.hypernyms))
        choices = [right]
        while len(choices) < CHOICES:
            other = others[draw(len(others))]
            word = everything[other.hypernyms[0]].lemmas[0]
            true = word in synset.lemmas or any(word in everything[position].lemmas for position in wider)
            if not true and word not in choices:
                choices.append(word)
        label = draw(CHOICES)
        choices[0], choices[label] = choices[label], choices[0]
        records.append({"id": synset.id, "question": synset.definition, "choices": choices, "label": label})
    return records


def _masked_language_modeling(synsets: list[Synset]) -> list[MaskedLanguageModelingRecord]:
    return [{"id": synset.id, "text": text} for synset in synsets for text in (synset.definition, *synset.examples)]


def _numbers_below(synset: Synset) -> Callable[[int], int]:
    """Return a source of random whole numbers below a limit, always the same for a synset.

    It is a linear congruential generator, whose upper bits are good enough to choose with; creating one of
    ``random.Random`` for each of a hundred thousand records would take longer than all the rest.
    """
    state = stable_number(synset.id)

    def draw(limit: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return ((state >> 32) * limit) >> 32

    return draw


TASKS: Mapping[str, Callable[[list[Synset]], Any]] = {
    "text-classification": _text_classification,
    "token-classification": _token_classification,
    "question-answering": _question_answering,
    "multiple-choice": _multiple_choice,
    "masked-language-modeling": _masked_language_modeling,
}
"""The names of the task sets."""

LABEL_NAMES = {"text-classification": CATEGORIES, "token-classification": PARTS_OF_SPEECH}
