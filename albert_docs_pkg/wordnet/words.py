"""Which parts of speech WordNet knows a word under, inflected forms included."""

from __future__ import annotations

import re
from functools import lru_cache

from albert_docs_pkg.wordnet.storage import PARTS_OF_SPEECH, load_wordnet

__all__ = ["parts_of_speech", "split_words"]

ENDINGS = {
    "noun": (
        ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
        ("ies", "y"),
    ),
    "verb": (
        ("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
    ),
    "adjective": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adverb": (),
}  # fmt: skip
"""For each part of speech the regular endings and what stands in their place in the base form, as in ``morphy(7)``."""

FUNCTION_WORDS = frozenset((
    "a", "about", "above", "across", "after", "against", "along", "although", "among", "an", "and", "another",
    "any", "around", "as", "at", "because", "before", "behind", "below", "beneath", "beside", "besides", "between",
    "beyond", "both", "but", "by", "despite", "down", "during", "each", "either", "every", "except", "for", "from",
    "he", "her", "him", "his", "i", "if", "in", "inside", "into", "it", "its", "like", "me", "my", "near",
    "neither", "nor", "of", "off", "on", "onto", "or", "our", "out", "outside", "over", "past", "per", "she",
    "since", "some", "than", "that", "the", "their", "them", "these", "they", "this", "those", "though", "through",
    "throughout", "till", "to", "toward", "towards", "under", "unless", "until", "up", "upon", "us", "we", "what",
    "which", "while", "who", "whom", "whose", "with", "within", "without", "you", "your",
))  # fmt: skip
"""Pronouns, determiners, prepositions and conjunctions: WordNet leaves them out, and knows ``at`` as a coin only."""

TOKEN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|\d+(?:[.,]\d+)*|[^\w\s]|\S")


@lru_cache(maxsize=1)
def _lemmas() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {part: set() for part in PARTS_OF_SPEECH}
    for synset in load_wordnet().synsets:
        found[synset.part_of_speech].update(synset.lemmas)
    return {part: frozenset(words) for part, words in found.items()}


@lru_cache(maxsize=100_000)
def parts_of_speech(word: str) -> tuple[str, ...]:
    """Return the parts of speech under which WordNet knows a word.

    A word is known if it is a lemma, an irregular form of one, or a regular form of one. Case counts: ``it`` is not
    known although ``IT`` is (as a noun, information technology). Function words and single letters are not known.

    Args:
        word: One word.

    Returns:
        Names from ``PARTS_OF_SPEECH``, in that order; empty for an unknown word.

    Example:
        >>> from albert_docs_pkg.wordnet.words import parts_of_speech
        >>> parts_of_speech("organisms"), parts_of_speech("broken"), parts_of_speech("of")
        (('noun',), ('verb', 'adjective'), ())
    """
    if len(word) == 1 or word.lower() in FUNCTION_WORDS:
        return ()
    irregular = load_wordnet().irregular
    return tuple(
        part
        for part, lemmas in _lemmas().items()
        if word in lemmas
        or word in irregular.get(part, ())
        or any(
            word.endswith(ending) and len(word) > len(ending) + 1 and word[: -len(ending)] + base in lemmas
            for ending, base in ENDINGS[part]
        )
    )


def split_words(text: str) -> list[str]:
    """Return the words, numbers and punctuation marks of a text.

    Example:
        >>> from albert_docs_pkg.wordnet.words import split_words
        >>> split_words("(of a horse-drawn coach) with 4 wheels")
        ['(', 'of', 'a', 'horse-drawn', 'coach', ')', 'with', '4', 'wheels']
    """
    return TOKEN.findall(text)
