"""The one file that holds WordNet 3.0 inside the package: what a synset is, and how synsets are read and written."""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "CATEGORIES",
    "DATA_FILE",
    "PARTS_OF_SPEECH",
    "Synset",
    "WordNet",
    "load_wordnet",
    "read_wordnet",
    "write_wordnet",
]

DATA_FILE = Path(__file__).with_name("wordnet-3.0.xz")

PARTS_OF_SPEECH = ("noun", "verb", "adjective", "adverb")
"""Names of WordNet's parts of speech, in the order of their files; satellite adjectives count as adjectives."""

CATEGORIES = (
    "adj.all",
    "adj.pert",
    "adv.all",
    "noun.Tops",
    "noun.act",
    "noun.animal",
    "noun.artifact",
    "noun.attribute",
    "noun.body",
    "noun.cognition",
    "noun.communication",
    "noun.event",
    "noun.feeling",
    "noun.food",
    "noun.group",
    "noun.location",
    "noun.motive",
    "noun.object",
    "noun.person",
    "noun.phenomenon",
    "noun.plant",
    "noun.possession",
    "noun.process",
    "noun.quantity",
    "noun.relation",
    "noun.shape",
    "noun.state",
    "noun.substance",
    "noun.time",
    "verb.body",
    "verb.change",
    "verb.cognition",
    "verb.communication",
    "verb.competition",
    "verb.consumption",
    "verb.contact",
    "verb.creation",
    "verb.emotion",
    "verb.motion",
    "verb.perception",
    "verb.possession",
    "verb.social",
    "verb.stative",
    "verb.weather",
    "adj.ppl",
)
"""Names of the 45 lexicographer files, by their number in WordNet."""

LETTERS = {"noun": "n", "verb": "v", "adjective": "a", "adverb": "r"}


class Synset(NamedTuple):
    """A set of words that share one meaning.

    Example:
        >>> from albert_docs_pkg.wordnet.storage import load_wordnet
        >>> load_wordnet().synsets[10].lemmas
        ('dwarf',)
    """

    id: str
    """Offset in WordNet's data file and letter of the part of speech, as ``"00005930-n"``."""
    part_of_speech: str
    """One of ``PARTS_OF_SPEECH``."""
    category: int
    """Number of the lexicographer file, an index into ``CATEGORIES``."""
    lemmas: tuple[str, ...]
    """The words, in WordNet's order; words of a compound are separated by spaces."""
    hypernyms: tuple[int, ...]
    """Positions, in the same list of synsets, of what this is a kind (or an instance) of."""
    definition: str
    """The gloss without its usage examples."""
    examples: tuple[str, ...]
    """Usage examples without quotation marks; often none."""


class WordNet(NamedTuple):
    """Everything the data file holds.

    Example:
        >>> len(load_wordnet().synsets)
        117659
        >>> load_wordnet().irregular["noun"]["mice"]
        ('mouse',)
    """

    synsets: list[Synset]
    """All synsets: nouns, verbs, adjectives, adverbs, each by offset."""
    irregular: dict[str, dict[str, tuple[str, ...]]]
    """For each part of speech, irregular inflected forms with their base forms."""


@lru_cache(maxsize=1)
def load_wordnet() -> WordNet:
    """Return the bundled WordNet, read once for each process.

    Example:
        >>> load_wordnet().synsets[0].definition[:40]
        'that which is perceived or known or infe'
    """
    return read_wordnet(DATA_FILE)


def read_wordnet(path: str | Path) -> WordNet:
    """Read a file that :func:`write_wordnet` wrote.

    The file is xz-compressed UTF-8 text, one column after the other: a line ``# name`` and then one line for each
    synset. Columns compress better than rows.

    Args:
        path: The file.

    Raises:
        ValueError: If columns are missing or of unequal length.

    Example:
        >>> read_wordnet(DATA_FILE).synsets[0].lemmas
        ('entity',)
    """
    text = lzma.decompress(Path(path).read_bytes()).decode("utf-8")
    columns: dict[str, list[str]] = {}
    for block in text.removeprefix("# ").removesuffix("\n").split("\n# "):
        name, *values = block.split("\n")
        columns[name] = values
    names = ("part_of_speech", "offset", "category", "lemmas", "hypernyms", "definition", "examples")
    lengths = {name: len(columns[name]) if name in columns else None for name in names}
    if None in lengths.values() or len(set(lengths.values())) != 1:
        raise ValueError(f"{path} must hold the columns {', '.join(names)}, equally long; their lengths are {lengths}")

    positions = [PARTS_OF_SPEECH[int(number)] for number in columns["part_of_speech"]]
    ids = [
        f"{offset:08d}-{LETTERS[part]}"
        for offset, part in zip(accumulate(map(int, columns["offset"])), positions, strict=True)
    ]
    hypernyms = [
        tuple(row - int(step) for step in steps.split(",")) if steps else ()
        for row, steps in enumerate(columns["hypernyms"])
    ]
    synsets = list(
        map(
            Synset,
            ids,
            positions,
            map(int, columns["category"]),
            (tuple(lemmas.split("|")) for lemmas in columns["lemmas"]),
            hypernyms,
            columns["definition"],
            (tuple(examples.split("|")) if examples else () for examples in columns["examples"]),
        )
    )
    irregular: dict[str, dict[str, tuple[str, ...]]] = {part: {} for part in PARTS_OF_SPEECH}
    for line in columns.get("irregular", ()):
        number, form, *bases = line.split(" ")
        irregular[PARTS_OF_SPEECH[int(number)]][form] = tuple(bases)
    return WordNet(synsets, irregular)


def write_wordnet(path: str | Path, wordnet: WordNet) -> None:
    """Write synsets in the form that :func:`read_wordnet` reads; equal input gives equal bytes.

    Args:
        path: The file; an existing one is replaced.
        wordnet: What to write. ``|`` and line breaks must not occur in any text.

    Raises:
        ValueError: If a text holds a ``|`` or a line break, or starts with ``#``.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_wordnet(f"{folder}/few.xz", WordNet(load_wordnet().synsets[:3], {"noun": {"mice": ("mouse",)}}))
        ...     len(read_wordnet(f"{folder}/few.xz").synsets)
        3
    """
    for synset in wordnet.synsets:
        for value in (*synset.lemmas, *synset.examples, synset.definition):
            if "|" in value or "\n" in value or value.startswith("#"):
                raise ValueError(f"synset {synset.id}: {value!r} has a '|' or a line break or starts with '#'")
    synsets = wordnet.synsets
    offsets = [int(synset.id.partition("-")[0]) for synset in synsets]
    columns: dict[str, Sequence[object]] = {
        "part_of_speech": [PARTS_OF_SPEECH.index(synset.part_of_speech) for synset in synsets],
        "offset": [offset - before for before, offset in zip([0, *offsets], offsets, strict=False)],
        "category": [synset.category for synset in synsets],
        "lemmas": ["|".join(synset.lemmas) for synset in synsets],
        "hypernyms": [",".join(str(row - to) for to in synset.hypernyms) for row, synset in enumerate(synsets)],
        "definition": [synset.definition for synset in synsets],
        "examples": ["|".join(synset.examples) for synset in synsets],
        "irregular": [
            f"{PARTS_OF_SPEECH.index(part)} {form} {' '.join(bases)}"
            for part, forms in wordnet.irregular.items()
            for form, bases in forms.items()
        ],
    }
    text = "".join(f"# {name}\n" + "".join(f"{value}\n" for value in values) for name, values in columns.items())
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 24, "lc": 4, "pb": 0}]
    Path(path).write_bytes(lzma.compress(text.encode("utf-8"), filters=filters))
