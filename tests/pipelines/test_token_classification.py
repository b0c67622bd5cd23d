"""Tokens, words and groups have the characters and labels that the text and the model give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipelines.test_question_answering import odd_texts
from tests.pipelines.token_scores import TokenScores, by_token

LONG = "The Bratislava lions barked at New Zealanders quickly. " * 12
STRATEGIES = ("none", "simple", "first", "average", "max")


class FixedLabels(TokenScores):
    """A model that is sure of a given label for each token of a row."""

    def __init__(self, pipeline: Any, labels: list[str]) -> None:
        super().__init__(pipeline.runner.config, 5, 4096)
        self.labels = [self.config.label2id[label] for label in labels]

    def __call__(self, batch: Any) -> np.ndarray:
        scores = np.zeros((*batch.input_ids.shape, 5), np.float32)
        for place, label in enumerate(self.labels):
            scores[:, place + 1, label] = 5
        return scores


def labelled(pipeline: Any, words: list[str], labels: list[str], **options: Any) -> list[dict[str, Any]]:
    """Group words that are one piece each under given labels."""
    tagger = by_token(pipeline, 5, 4096)
    tagger.runner = FixedLabels(pipeline, labels)
    return tagger(words, is_split_into_words=True, **options)


@settings(deadline=None, max_examples=40)
@given(text=odd_texts.filter(str.strip), strategy=st.sampled_from(STRATEGIES))
def test_entities_follow_one_another_and_cover_what_they_say(
    make: Callable[..., Any], text: str, strategy: str
) -> None:
    entities = make("token-classification")(text, aggregation_strategy=strategy, ignore_labels=[])
    assert entities
    for entity in entities:
        assert 0 <= entity["start"] < entity["end"] <= len(text)
        assert 0 < entity["score"] <= 1
    if strategy == "none":
        assert [entity["index"] for entity in entities] == list(range(1, len(entities) + 1))
    starts = [entity["start"] for entity in entities]
    assert starts == sorted(starts)
    # Everything that is no white space belongs to some entity.
    covered = {place for entity in entities for place in range(entity["start"], entity["end"])}
    assert all(place in covered or character.isspace() for place, character in enumerate(text))


@settings(deadline=None, max_examples=40)
@given(text=odd_texts.filter(str.strip), room=st.integers(2, 12), strategy=st.sampled_from(STRATEGIES), data=st.data())
def test_windows_change_nothing_where_tokens_are_scored_alone(
    make: Callable[..., Any], text: str, room: int, strategy: str, data: st.DataObject
) -> None:
    whole, cut = (by_token(make("token-classification"), 5, positions) for positions in (4096, room + 2))
    options = {"aggregation_strategy": strategy, "ignore_labels": []}
    stride = data.draw(st.integers(0, room - 1))
    found, expected = cut(text, stride=stride, **options), whole(text, **options)
    assert found == [{**entity, "score": pytest.approx(entity["score"])} for entity in expected]


def test_each_token_of_a_long_text_is_scored_once_with_most_around_it(make: Callable[..., Any]) -> None:
    tagger = make("token-classification")
    entities = tagger(LONG, ignore_labels=[])
    assert len(entities) == len(tagger.tokenizer.tokenize(LONG)) > tagger.max_length
    first = tagger(LONG[:100], ignore_labels=[])[0]
    assert first["entity"] == entities[0]["entity"]


@pytest.mark.parametrize(
    ("labels", "groups"),
    [
        (["B-PER", "I-PER", "O", "B-LOC"], [("PER", 0, 2), ("LOC", 3, 4)]),
        (["B-PER", "B-PER", "I-PER", "O"], [("PER", 0, 1), ("PER", 1, 3)]),
        (["I-PER", "I-LOC", "I-LOC", "B-LOC"], [("PER", 0, 1), ("LOC", 1, 3), ("LOC", 3, 4)]),
        (["I-PER", "O", "I-PER", "O"], [("PER", 0, 1), ("PER", 2, 3)]),
        (["O", "O", "O", "O"], []),
    ],
)
@pytest.mark.parametrize("strategy", STRATEGIES[1:])
def test_groups_follow_the_labels(
    make: Callable[..., Any], strategy: str, labels: list[str], groups: list[tuple[str, int, int]]
) -> None:
    words = ["the", "large", "new", "water"]
    text = " ".join(words)
    begins = [0, 4, 10, 14]
    ends = [3, 9, 13, 19]
    found = labelled(make("token-classification"), words, labels, aggregation_strategy=strategy)
    assert [(group["entity_group"], group["start"], group["end"]) for group in found] == [
        (tag, begins[first], ends[last - 1]) for tag, first, last in groups
    ]
    assert [group["word"] for group in found] == [text[group["start"] : group["end"]] for group in found]


def test_words_can_be_kept_apart_and_labels_left_out(make: Callable[..., Any]) -> None:
    words, labels = ["the", "large", "new", "water"], ["I-PER", "I-PER", "O", "I-LOC"]
    options = {"aggregation_strategy": "first", "merge_neighbours": False}
    run = make("token-classification")
    assert [each["word"] for each in labelled(run, words, labels, **options)] == ["the", "large", "water"]
    assert len(labelled(run, words, labels, ignore_labels=[], **options)) == 4
    assert [each["word"] for each in labelled(run, words, labels, ignore_labels=["O", "PER"], **options)] == ["water"]


@pytest.mark.parametrize(
    ("strategy", "label"), [("first", "O"), ("average", "B-PER"), ("max", "I-LOC"), ("simple", None)]
)
def test_strategies_choose_the_label_of_a_word_each_in_its_way(
    make: Callable[..., Any], strategy: str, label: str | None
) -> None:
    tagger = by_token(make("token-classification"), 5, 64)
    pieces = tagger.tokenizer("Bratislava", add_special_tokens=False)["input_ids"]
    assert len(pieces) == 5
    tagger.runner.table[:] = 0
    # The first piece says O, most say B-PER with some doubt, one is sure of I-LOC.
    tagger.runner.table[pieces, 1] = 2.0
    tagger.runner.table[pieces[0]] = [3, 0, 0, 0, 0]
    tagger.runner.table[pieces[3]] = [0, 0, 0, 0, 9]
    found = tagger("Bratislava", aggregation_strategy=strategy, ignore_labels=[])
    if label is None:
        assert len(found) > 1
    else:
        assert [(each["entity_group"], each["start"], each["end"]) for each in found] == [
            (label.removeprefix("B-").removeprefix("I-"), 0, 10)
        ]


def test_words_given_apart_are_the_words_of_the_answer(make: Callable[..., Any]) -> None:
    words = ["don't", "New York", "e-mail", "3.5", "東京"]
    options = {
        "is_split_into_words": True,
        "aggregation_strategy": "max",
        "merge_neighbours": False,
        "ignore_labels": [],
    }
    found = make("token-classification")(words, **options)
    text = " ".join(words)
    assert [text[each["start"] : each["end"]] for each in found] == words
    both = make("token-classification")([words, words[:2]], **options)
    assert both[0] == [{**each, "score": pytest.approx(each["score"], abs=1e-5)} for each in found]
    assert len(both[1]) == 2


@pytest.mark.parametrize(
    ("inputs", "options", "error", "message"),
    [
        (3, {}, TypeError, "inputs must be a string, or many of them, got int"),
        (["a", 3], {}, TypeError, r"inputs\[1\] must be a string, got int"),
        ("\n", {}, ValueError, r"the input must have some text, got '\\n'"),
        ("a cat", {"is_split_into_words": True}, TypeError, "inputs must be a list of words, or many of them, got str"),
        (
            [["a"], []],
            {"is_split_into_words": True},
            ValueError,
            r"inputs\[1\] must have some words, got an empty list",
        ),
        (["a", ""], {"is_split_into_words": True}, ValueError, r"the input\[1\] must have some text, got ''"),
        ("a", {"stride": 46}, ValueError, "stride must be below the 46 tokens of a window, got 46"),
        ("a", {"ignore_labels": "O"}, ValueError, "ignore_labels must be a list of labels, got 'O'"),
        ("a", {"aggregation_strategy": "all"}, ValueError, "aggregation_strategy must be one of 'none', 'simple'"),
    ],
)
def test_bad_input_is_refused(
    make: Callable[..., Any], inputs: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make("token-classification")(inputs, **options)
