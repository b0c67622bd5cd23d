"""What a record of each task set holds: plain dictionaries, ready for a tokenizer."""

from __future__ import annotations

from typing import TypedDict

__all__ = [
    "Answers",
    "MaskedLanguageModelingRecord",
    "MultipleChoiceRecord",
    "QuestionAnsweringRecord",
    "TextClassificationRecord",
    "TokenClassificationRecord",
]


class TextClassificationRecord(TypedDict):
    """A definition and its category: one of WordNet's 45 lexicographer files.

    Example:
        >>> from albert_docs_pkg.wordnet import load_dataset
        >>> load_dataset("text-classification", "validation")[0]
        {'id': '15083611-n', 'text': 'dark brown pigment obtained by heating umber', 'label': 27}
    """

    id: str
    """The synset."""
    text: str
    """Its definition."""
    label: int
    """Number of the category, an index into the label names of the task."""


class TokenClassificationRecord(TypedDict):
    """A definition in words and the part of speech of each.

    Example:
        >>> record = load_dataset("token-classification", "validation")[0]
        >>> record["words"]
        ['dark', 'brown', 'pigment', 'obtained', 'by', 'heating', 'umber']
        >>> record["labels"]
        [-100, -100, -100, 1, -100, -100, -100]
    """

    id: str
    """The synset."""
    words: list[str]
    """Words, numbers and punctuation marks of the definition."""
    labels: list[int]
    """For each word, an index into the label names of the task if WordNet knows it, inflected or not, under just one
    part of speech; else -100, which losses ignore."""


class Answers(TypedDict):
    """Where the answer to a question is, in the form of SQuAD.

    Example:
        >>> load_dataset("question-answering", "validation")[0]["answers"]
        {'text': ['dark brown pigment obtained by heating umber'], 'answer_start': [90]}
    """

    text: list[str]
    """The answer, one string."""
    answer_start: list[int]
    """Its first character in the context, one number."""


class QuestionAnsweringRecord(TypedDict):
    """A question for the meaning of a word and a passage of four definitions with the answer.

    Example:
        >>> record = load_dataset("question-answering", "validation")[0]
        >>> record["question"]
        'What does burnt umber mean?'
        >>> start = record["answers"]["answer_start"][0]
        >>> record["context"][start:].startswith(record["answers"]["text"][0])
        True
    """

    id: str
    """The synset."""
    question: str
    """What the word means."""
    context: str
    """Four entries of the form ``word: definition.``, of synsets of the same split."""
    answers: Answers
    """The definition."""


class MultipleChoiceRecord(TypedDict):
    """A definition and four words, of which one is a hypernym: the wider term for what is defined.

    Example:
        >>> record = load_dataset("multiple-choice", "validation")[0]
        >>> record["question"]
        'dark brown pigment obtained by heating umber'
        >>> record["choices"], record["label"]
        (['bird genus', 'umber', 'cylinder', 'crownbeard'], 1)
    """

    id: str
    """The synset."""
    question: str
    """Its definition."""
    choices: list[str]
    """Four words. The wrong ones are hypernyms of other synsets of the same split and part of speech."""
    label: int
    """Number of the right choice, 0 to 3."""


class MaskedLanguageModelingRecord(TypedDict):
    """One definition or one usage example.

    Example:
        >>> load_dataset("masked-language-modeling", "validation")[0]
        {'id': '15083611-n', 'text': 'dark brown pigment obtained by heating umber'}
    """

    id: str
    """The synset."""
    text: str
    """The sentence."""
