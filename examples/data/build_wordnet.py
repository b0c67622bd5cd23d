"""Make the bundled data file from the WordNet 3.0 database files, such as Debian's package wordnet-base installs.

    python examples/data/build_wordnet.py --source /usr/share/wordnet

Equal database files give an equal data file, byte for byte (with the same version of liblzma).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from albert_docs_pkg.wordnet.storage import DATA_FILE, LETTERS, Synset, WordNet, read_wordnet, write_wordnet

FILES = {"noun": "noun", "verb": "verb", "adjective": "adj", "adverb": "adv"}
FIRST_QUOTATION = re.compile(r'[;:,] ?"')
IRREGULAR_FORM = re.compile(r"[^ _]+( [^ _]+)+")


def main() -> None:
    """Read the folder of ``--source`` and write the file of ``--output``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=Path("/usr/share/wordnet"), help="folder of data.* and *.exc")
    parser.add_argument("--output", type=Path, default=DATA_FILE, help="the data file to write")
    arguments = parser.parse_args()
    wordnet = parse_database(arguments.source)
    write_wordnet(arguments.output, wordnet)
    if read_wordnet(arguments.output) != wordnet:
        raise SystemExit(f"{arguments.output} does not read back as what was written")
    size = arguments.output.stat().st_size
    print(f"{arguments.output.name}: {len(wordnet.synsets)} synsets, {size} bytes")


def parse_database(source: Path) -> WordNet:
    """Return all synsets and irregular forms of WordNet's own database files.

    Args:
        source: The folder of the files ``data.noun``, ``noun.exc`` and so on.
    """
    rows: dict[str, tuple[str, list[str]]] = {}
    for part_of_speech, file in FILES.items():
        for line in (source / f"data.{file}").read_text("utf-8").splitlines():
            if not line.startswith("  "):  # the licence text at the top of each file is indented
                rows[f"{line[:8]}-{LETTERS[part_of_speech]}"] = (part_of_speech, line.split(" | ", 1))
    position = {identifier: row for row, identifier in enumerate(rows)}
    synsets = [parse_synset(identifier, part, *line, position) for identifier, (part, line) in rows.items()]
    irregular = {
        part: {
            form: tuple(bases)
            for line in (source / f"{file}.exc").read_text("utf-8").splitlines()
            if IRREGULAR_FORM.fullmatch(line)  # compounds are of no use to a rule about single words
            for form, *bases in [line.split(" ")]
        }
        for part, file in FILES.items()
    }
    return WordNet(synsets, irregular)


def parse_synset(identifier: str, part_of_speech: str, head: str, gloss: str, position: dict[str, int]) -> Synset:
    """Return the synset of one line of a data file; the format is that of the manual page ``wndb(5)``."""
    fields = iter(head.split())
    _offset, category, _kind = next(fields), int(next(fields)), next(fields)
    lemmas = []
    for _ in range(int(next(fields), 16)):
        lemmas.append(re.sub(r"\((a|p|ip)\)$", "", next(fields)).replace("_", " "))
        next(fields)  # the word's number among equal words of this category
    hypernyms = []
    for _ in range(int(next(fields))):
        symbol, target, kind, _words = next(fields), next(fields), next(fields), next(fields)
        if symbol in ("@", "@i"):
            hypernyms.append(position[f"{target}-{kind.replace('s', 'a')}"])
    definition, examples = split_gloss(gloss)
    return Synset(identifier, part_of_speech, category, tuple(lemmas), tuple(hypernyms), definition, tuple(examples))


def split_gloss(gloss: str) -> tuple[str, list[str]]:
    """Return the definition and the usage examples of a gloss.

    Examples are in double quotes, and the first of them follows a semicolon, colon or comma. Quotations elsewhere
    belong to the definition. Who is being quoted, and remarks between and after the examples, are dropped.
    """
    gloss = " ".join(gloss.split())
    first = next((m for m in FIRST_QUOTATION.finditer(gloss) if is_balanced(gloss[: m.start()])), None)
    if first is None:
        return gloss.strip(" ;:"), []
    return gloss[: first.start()].strip(" ;:,"), list(split_examples(gloss[first.start() :]))


def is_balanced(text: str) -> bool:
    """Return whether every parenthesis is closed: an example inside parentheses is part of the definition."""
    return text.count("(") == text.count(")")


def split_examples(text: str) -> Iterator[str]:
    """Yield what stands in double quotes, without the quotes."""
    for example in re.findall(r'"([^"]+)"?', text):
        cleaned = example.strip(" ;,")
        if re.search(r"\w", cleaned):
            yield cleaned


if __name__ == "__main__":
    main()
