"""The task sets hold what their records promise, and nothing of a split leaks into another."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections import Counter
from pathlib import Path

import pytest

from albert_docs_pkg.wordnet import SPLITS, TASKS, load_dataset, load_pretraining_text
from albert_docs_pkg.wordnet.splits import document, split_synsets
from albert_docs_pkg.wordnet.storage import CATEGORIES, Synset, load_wordnet
from albert_docs_pkg.wordnet.words import parts_of_speech, split_words

ROOT = Path(__file__).parents[2]
SYNSETS = {synset.id: synset for synset in load_wordnet().synsets}


def test_every_synset_is_in_one_split():
    splits = split_synsets()
    assert sum(map(len, splits.values())) == len(SYNSETS)
    assert {synset.id for synsets in splits.values() for synset in synsets} == SYNSETS.keys()
    assert {name: len(synsets) for name, synsets in splits.items()} == {
        "train": 111625,
        "validation": 3022,
        "test": 3012,
    }


def test_equal_definitions_are_in_the_same_split():
    split_of: dict[str, str] = {}
    for name, synsets in split_synsets().items():
        for synset in synsets:
            assert split_of.setdefault(synset.definition.lower(), name) == name


def test_held_out_splits_have_the_categories_of_training():
    shares = {name: Counter(record["label"] for record in load_dataset("text-classification", name)) for name in SPLITS}
    for label, count in shares["train"].items():
        expected = count / 111625
        for name in ("validation", "test"):
            assert shares[name][label] / sum(shares[name].values()) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("task", TASKS)
def test_a_synset_is_in_the_same_split_for_every_task(task):
    dataset = load_dataset(task)
    for name in ("validation", "test"):
        ids = {synset.id for synset in split_synsets()[name]}
        assert {record["id"] for record in dataset[name]} <= ids


@pytest.mark.parametrize("task", TASKS)
def test_training_sets_are_large_and_held_out_sets_are_fair_samples(task):
    dataset = load_dataset(task)
    assert len(dataset.train) >= 20_000
    assert 2_000 < len(dataset.validation) < 5_000
    assert 2_000 < len(dataset.test) < 5_000


def test_records_do_not_change_from_one_version_to_the_next():
    # Checksums of this order, these choices and these passages: figures in the manual depend on them.
    checksums = {task: zlib.crc32(repr(load_dataset(task, "test")).encode()) for task in TASKS}
    assert checksums == {
        "text-classification": 1003959978,
        "token-classification": 528998230,
        "question-answering": 918461113,
        "multiple-choice": 3673860505,
        "masked-language-modeling": 3810342037,
    }


def test_text_classification_pairs_a_definition_with_its_category():
    dataset = load_dataset("text-classification")
    assert dataset.label_names == CATEGORIES
    for record in dataset.validation:
        synset = SYNSETS[record["id"]]
        assert (record["text"], record["label"]) == (synset.definition, synset.category)


def test_token_classification_labels_words_known_under_one_part_of_speech_only():
    dataset = load_dataset("token-classification")
    labels: Counter[int] = Counter()
    for record in dataset.validation:
        assert len(record["words"]) == len(record["labels"])
        assert "".join(record["words"]) == "".join(SYNSETS[record["id"]].definition.split())
        for word, label in zip(record["words"], record["labels"], strict=True):
            labels[label] += 1
            known = parts_of_speech(word)
            assert label == (dataset.label_names.index(known[0]) if len(known) == 1 else -100)
        assert set(record["labels"]) != {-100}
    assert min(labels[number] for number in range(4)) > 400


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("organism", ("noun",)),
        ("organisms", ("noun",)),
        ("boxes", ("noun", "verb")),
        ("mice", ("noun",)),  # "to mouse" is a verb, but mice is none of its forms
        ("used", ("verb", "adjective")),
        ("relating", ("verb",)),
        ("gave", ("verb",)),
        ("tropical", ("adjective",)),
        ("largest", ("adjective",)),
        ("usually", ("adverb",)),
        ("of", ()),
        ("at", ()),
        ("The", ()),
        ("a", ()),
        ("s", ()),
        ("xqzt", ()),
        (",", ()),
        ("1820", ()),
    ],
)
def test_parts_of_speech_of_a_word(word, expected):
    assert parts_of_speech(word) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a man's well-known dog", ["a", "man's", "well-known", "dog"]),
        ("e.g., 1,000 or 3.5%", ["e", ".", "g", ".", ",", "1,000", "or", "3.5", "%"]),
        ("(`x')", ["(", "`", "x", "'", ")"]),
        ("", []),
    ],
)
def test_text_is_divided_into_words(text, words):
    assert split_words(text) == words


def test_question_answering_answers_are_where_they_say():
    for record in load_dataset("question-answering", "validation"):
        synset = SYNSETS[record["id"]]
        (start,), (answer,) = record["answers"]["answer_start"], record["answers"]["text"]
        assert answer == synset.definition
        assert record["context"][start : start + len(answer)] == answer
        assert record["context"][:start].endswith(f"{synset.lemmas[0]}: ")
        assert synset.lemmas[0] in record["question"]


@pytest.mark.parametrize("split", ["validation", "test"])
def test_passages_are_made_of_four_definitions_of_their_split(split):
    entries = {f"{synset.lemmas[0]}: {synset.definition}." for synset in split_synsets()[split]}
    places: Counter[int] = Counter()
    for record in load_dataset("question-answering", split)[:500]:
        own = SYNSETS[record["id"]]
        found = passage_entries(record["context"], entries)
        assert len(found) == 4
        assert len({entry.partition(":")[0].lower() for entry in found}) == 4
        places[found.index(f"{own.lemmas[0]}: {own.definition}.")] += 1
    assert min(places.values()) > 80  # the answer is in each of the four places in about 125 of 500


def passage_entries(context: str, entries: set[str]) -> list[str]:
    """Return the entries that a passage consists of, read from its left."""
    found = []
    while context:
        ends = [end + 1 for end, character in enumerate(context) if character == "."]
        end = next(end for end in ends if context[:end] in entries and (end == len(context) or context[end] == " "))
        found.append(context[:end])
        context = context[end + 1 :]
    return found


def wider_terms(synset: Synset) -> set[str]:
    found, to_visit = set(synset.lemmas), list(synset.hypernyms)
    while to_visit:
        above = load_wordnet().synsets[to_visit.pop()]
        found.update(above.lemmas)
        to_visit.extend(above.hypernyms)
    return found


@pytest.mark.parametrize("split", ["validation", "test"])
def test_just_one_choice_is_a_wider_term_and_the_others_are_hypernyms_of_the_split(split):
    synsets = split_synsets()[split]
    everything = load_wordnet().synsets
    hypernyms = {
        (synset.part_of_speech, everything[synset.hypernyms[0]].lemmas[0]) for synset in synsets if synset.hypernyms
    }
    for record in load_dataset("multiple-choice", split):
        synset = SYNSETS[record["id"]]
        assert record["question"] == synset.definition
        assert len(set(record["choices"])) == 4
        true = [number for number, word in enumerate(record["choices"]) if word in wider_terms(synset)]
        assert true == [record["label"]]
        assert all((synset.part_of_speech, word) in hypernyms for word in record["choices"])


def test_the_right_choice_is_in_each_place_equally_often():
    counts = Counter(record["label"] for record in load_dataset("multiple-choice", "train"))
    total = sum(counts.values())
    assert {label: count / total for label, count in counts.items()} == pytest.approx(
        dict.fromkeys(range(4), 0.25), abs=0.01
    )


def test_masked_language_modeling_has_definitions_and_examples():
    texts = [(record["id"], record["text"]) for record in load_dataset("masked-language-modeling", "test")]
    expected = [
        (synset.id, text) for synset in split_synsets()["test"] for text in (synset.definition, *synset.examples)
    ]
    assert texts == expected


def test_no_training_sentence_is_in_a_held_out_text():
    held_out = {
        sentence.lower() for name in ("validation", "test") for text in load_pretraining_text(name) for sentence in text
    }
    assert not [s for text in load_pretraining_text("train") for s in text if s.lower() in held_out]


def test_documents_are_definitions_with_examples_or_clauses_of_definitions():
    synset = SYNSETS["00002684-n"]
    assert document(synset) == (synset.definition, *synset.examples)
    assert document(synset._replace(examples=())) == (
        "a tangible and visible entity",
        "an entity that can cast a shadow",
    )
    in_parentheses = synset._replace(definition="a tree (tall; green)", examples=())
    assert document(in_parentheses) == ("a tree (tall; green)",)


def test_every_document_has_sentences():
    for split in SPLITS:
        texts = load_pretraining_text(split)
        assert all(texts)
        assert all(sentence.strip() for text in texts for sentence in text)


def test_changing_what_was_returned_does_not_change_what_comes_next():
    load_dataset("text-classification", "test").clear()
    load_pretraining_text("test").clear()
    assert len(load_dataset("text-classification").test) == 3012
    assert len(load_pretraining_text("test")) == 3012


def test_the_same_records_come_in_another_process_with_another_hash_seed():
    code = (
        "import zlib; from albert_docs_pkg.wordnet import load_dataset;"
        "print(zlib.crc32(repr(load_dataset('multiple-choice', 'test')).encode()))"
    )
    environment = {"PYTHONPATH": ".", "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout == f"{zlib.crc32(repr(load_dataset('multiple-choice', 'test')).encode())}\n", done.stderr


def test_importing_reads_no_data_and_no_framework():
    code = (
        "import sys; import albert_docs_pkg.wordnet, albert_docs_pkg.wordnet.storage as storage;"
        "print(storage.load_wordnet.cache_info().misses, *({'torch', 'tensorflow', 'jax', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": "."}, capture_output=True, text=True
    )
    assert done.stdout == "0\n", done.stderr


@pytest.mark.parametrize("task", ["", "text_classification", "summarization", None])
def test_an_unknown_task_is_an_error_that_names_the_tasks(task):
    with pytest.raises(ValueError, match=r"task must be one of 'text-classification', .*, got "):
        load_dataset(task)


@pytest.mark.parametrize("split", ["dev", "Train", 0])
def test_an_unknown_split_is_an_error_that_names_the_splits(split):
    for load in (load_pretraining_text, lambda name: load_dataset("text-classification", name)):
        with pytest.raises(ValueError, match="split must be one of 'train', 'validation', 'test', got "):
            load(split)
