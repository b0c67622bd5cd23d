"""The data file holds WordNet whole, and is made from its database files as the maker script says."""

from __future__ import annotations

import lzma
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from albert_docs_pkg.wordnet.storage import (
    CATEGORIES,
    DATA_FILE,
    PARTS_OF_SPEECH,
    Synset,
    WordNet,
    load_wordnet,
    read_wordnet,
    write_wordnet,
)

ROOT = Path(__file__).parents[2]
DATABASE = ROOT / "tests" / "fixtures" / "wordnet"
MAKER = runpy.run_path(str(ROOT / "examples" / "data" / "build_wordnet.py"))


def small() -> dict[str, Synset]:
    return {synset.id: synset for synset in MAKER["parse_database"](DATABASE).synsets}


def test_all_of_wordnet_3_is_there():
    synsets = load_wordnet().synsets
    counts = {part: sum(synset.part_of_speech == part for synset in synsets) for part in PARTS_OF_SPEECH}
    # The numbers of WordNet's own statistics, wnstats(7).
    assert counts == {"noun": 82115, "verb": 13767, "adjective": 18156, "adverb": 3621}
    assert len({synset.id for synset in synsets}) == 117659
    assert len(CATEGORIES) == 45
    assert {synset.category for synset in synsets} == set(range(45))
    assert all(synset.definition and synset.lemmas for synset in synsets)


def test_the_data_file_is_small_and_ships_with_its_licence():
    assert DATA_FILE.stat().st_size < 3_500_000
    licence = DATA_FILE.with_name("LICENSE.wordnet").read_text("utf-8")
    assert "WordNet 3.0 Copyright 2006 by Princeton University.  All rights reserved." in licence
    source = (DATABASE / "data.noun").read_text("utf-8").splitlines()[:29]
    # Each line of the source starts with its number.
    assert [line.strip().partition(" ")[2].split() for line in source] == list(map(str.split, licence.splitlines()))


def test_hypernyms_lead_up_to_entity():
    synsets = load_wordnet().synsets
    for synset in synsets[1:82115:97]:
        for _ in range(30):
            if not synset.hypernyms:
                break
            synset = synsets[synset.hypernyms[0]]
        assert synset.lemmas == ("entity",)


def test_a_line_of_a_database_file_becomes_a_synset():
    synsets = small()
    thing = synsets["00002684-n"]
    assert thing[1:4] == ("noun", CATEGORIES.index("noun.Tops"), ("object", "physical object"))
    assert [list(synsets.values())[position].id for position in thing.hypernyms] == ["00001930-n"]
    assert thing.definition == "a tangible and visible entity; an entity that can cast a shadow"
    assert thing.examples == ("it was full of rackets, balls and other objects",)


def test_instances_have_hypernyms_too():
    synsets = small()
    assert [list(synsets)[position] for position in synsets["00060548-n"].hypernyms] == ["00058743-n"]


def test_satellites_are_adjectives_and_markers_are_no_part_of_a_lemma():
    satellite = small()["00019731-a"]
    assert satellite.part_of_speech == "adjective"
    assert satellite.lemmas == ("handy", "ready to hand")


@pytest.mark.parametrize(
    ("gloss", "definition", "examples"),
    [
        ("in fear", "in fear", []),
        ('a walk; "a long walk"; "the walk home"', "a walk", ["a long walk", "the walk home"]),
        ('easy: "an easy task"', "easy", ["an easy task"]),
        ('in fear, "she hurried"', "in fear", ["she hurried"]),
        ('sparing; "of much consequence"- John Galsworthy', "sparing", ["of much consequence"]),
        ('all right; "held up all right"; (`alright\' is a variant)', "all right", ["held up all right"]),
        ('a demand in the phrase "the call of duty"', 'a demand in the phrase "the call of duty"', []),
        ('exact words (e.g., "he said no"); "a quote"', 'exact words (e.g., "he said no")', ["a quote"]),
        ('a suit;  "he wore   a suit";', "a suit", ["he wore a suit"]),
        ('uttered; "drop a hint', "uttered", ["drop a hint"]),
    ],
)
def test_a_gloss_is_divided_into_definition_and_examples(gloss, definition, examples):
    assert MAKER["split_gloss"](gloss) == (definition, examples)


def test_irregular_forms_are_those_of_single_words():
    wordnet = MAKER["parse_database"](DATABASE)
    assert wordnet.irregular["noun"] == {"mice": ("mouse",), "axes": ("ax", "axis")}
    assert wordnet.irregular["adjective"] == {"better": ("good", "well")}


def test_the_maker_script_writes_a_file_that_reads_back(tmp_path):
    output = tmp_path / "few.xz"
    command = [sys.executable, "examples/data/build_wordnet.py", "--source", str(DATABASE), "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": "."}, capture_output=True, text=True, check=True)
    assert done.stdout == f"few.xz: 33 synsets, {output.stat().st_size} bytes\n"
    assert read_wordnet(output).synsets == list(small().values())


def test_equal_synsets_give_equal_bytes(tmp_path):
    wordnet = MAKER["parse_database"](DATABASE)
    for name in ("a.xz", "b.xz"):
        write_wordnet(tmp_path / name, wordnet)
    assert (tmp_path / "a.xz").read_bytes() == (tmp_path / "b.xz").read_bytes()


def test_a_file_without_a_column_is_refused(tmp_path):
    path = tmp_path / "bad.xz"
    path.write_bytes(lzma.compress(b"# offset\n1\n# category\n1\n2\n"))
    with pytest.raises(ValueError, match=r"bad.xz must hold the columns .*'category': 2.*'definition': None"):
        read_wordnet(path)


@pytest.mark.parametrize("text", ["a|b", "a\nb", "# a"])
def test_a_text_that_would_not_read_back_is_refused(tmp_path, text):
    synset = Synset("00000001-n", "noun", 3, ("word",), (), text, ())
    with pytest.raises(ValueError, match="synset 00000001-n: "):
        write_wordnet(tmp_path / "bad.xz", WordNet([synset], {}))
    assert not (tmp_path / "bad.xz").exists()
