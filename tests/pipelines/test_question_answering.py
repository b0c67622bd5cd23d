"""Answers are spans of the context as it was given, the best of all windows, on one scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipelines.token_scores import by_token

CONTEXT = "The lion is a large cat. " * 20
ODD = ("café", "cafe\u0301", "東京タワー", "👩‍👩‍👧", "naïve,", "½", "(a)", "  ", "\n", "x\u00a0y", "ﬁne", "नमस्ते", ".")
odd_texts = st.lists(st.sampled_from((*ODD, "the", "large", "water")), min_size=1, max_size=25).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(context=odd_texts.filter(str.strip), top_k=st.integers(1, 4), align=st.booleans())
def test_an_answer_is_what_its_characters_say(make: Callable[..., Any], context: str, top_k: int, align: bool) -> None:
    found = make("question-answering")(
        {"question": "what", "context": context}, top_k=top_k, align_to_words=align, max_seq_len=24, doc_stride=6
    )
    answers = [found] if top_k == 1 else found
    assert answers
    assert len({(answer["start"], answer["end"]) for answer in answers}) == len(answers)
    for answer in answers:
        assert context[answer["start"] : answer["end"]] == answer["answer"] == answer["answer"].strip() != ""
        assert 0 < answer["score"] <= 1 + 1e-9
    assert [answer["score"] for answer in answers] == sorted((a["score"] for a in answers), reverse=True)


@settings(deadline=None, max_examples=40)
@given(
    context=odd_texts.filter(str.strip),
    room=st.integers(8, 30),
    max_answer_len=st.integers(1, 6),
    impossible=st.booleans(),
    normalize=st.booleans(),
)
def test_windows_miss_no_answer_and_change_no_score(
    make: Callable[..., Any], context: str, room: int, max_answer_len: int, impossible: bool, normalize: bool
) -> None:
    whole, cut = (by_token(make("question-answering"), 2, positions) for positions in (4096, room + 5))
    item = {"question": "what", "context": context}
    options = {
        "top_k": 5,
        "max_answer_len": max_answer_len,
        "handle_impossible_answer": impossible,
        "normalize": normalize,
    }
    expected = whole(item, max_seq_len=4096, **options)
    found = cut(item, doc_stride=max_answer_len, **options)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == {**other, "score": pytest.approx(other["score"], abs=1e-9)}


def test_scores_of_all_spans_sum_to_the_share_of_possible_ones(make: Callable[..., Any]) -> None:
    # Start and end are independent, so the probability of every possible pair is what ordered pairs have of all.
    reader = make("question-answering")
    context = "a large cat of water"
    answers = reader(
        {"question": "what", "context": context}, top_k=100, max_answer_len=100, handle_impossible_answer=True
    )
    raw = reader({"question": "what", "context": context}, top_k=100, max_answer_len=100, normalize=False)
    assert sum(answer["score"] for answer in answers) < 1
    ranked = [(answer["start"], answer["end"]) for answer in answers if answer["answer"]]
    assert ranked == [(answer["start"], answer["end"]) for answer in raw]
    ratios = [a["score"] / np.exp(b["score"]) for a, b in zip((a for a in answers if a["answer"]), raw, strict=True)]
    assert ratios == pytest.approx([ratios[0]] * len(ratios))


def test_no_answer_competes_only_when_asked_for(make: Callable[..., Any]) -> None:
    reader, item = make("question-answering"), {"question": "what", "context": "a cat"}
    assert all(answer["answer"] for answer in reader(item, top_k=20))
    with_none = reader(item, top_k=20, handle_impossible_answer=True)
    assert [(a["start"], a["end"]) for a in with_none if not a["answer"]] == [(0, 0)]


def test_answers_are_no_longer_than_allowed(make: Callable[..., Any]) -> None:
    reader = make("question-answering")
    # Each of these words is one token.
    context = "the new plant is at the large water and on a small tree with this form of one who " * 5
    for length in (1, 3):
        answers = reader({"question": "what", "context": context}, top_k=10, max_answer_len=length)
        assert max(len(answer["answer"].split()) for answer in answers) <= length


def test_a_long_question_is_cut(make: Callable[..., Any]) -> None:
    reader = make("question-answering")
    one = reader({"question": "the large cat", "context": CONTEXT}, max_question_len=2)
    assert one == reader({"question": "the large", "context": CONTEXT}, max_question_len=2)


def test_question_and_context_can_be_given_by_name(make: Callable[..., Any]) -> None:
    reader = make("question-answering")
    item = {"question": "what is it", "context": CONTEXT, "id": 7}
    assert reader(question=item["question"], context=CONTEXT) == reader(item)
    assert reader(question=["what is it"] * 2, context=CONTEXT) == reader([item, item])
    assert reader(question=["what is it"], context=[CONTEXT]) == reader([item])


@pytest.mark.parametrize(
    ("inputs", "options", "error", "message"),
    [
        ("what?", {}, TypeError, "inputs must be {'question': ..., 'context': ...}, or many of them, got str"),
        (["what?"], {}, TypeError, r"inputs\[0\] must be {'question'.*got str"),
        (
            [{"question": "what?"}],
            {},
            ValueError,
            r"inputs\[0\] must have the keys 'question' and 'context', got \['qu",
        ),
        ({"question": " ", "context": "a"}, {}, ValueError, r"the input\['question'\] must have some text, got ' '"),
        ({"question": "a", "context": ""}, {}, ValueError, r"the input\['context'\] must have some text, got ''"),
        (
            {"question": "a", "context": CONTEXT},
            {"doc_stride": 60},
            ValueError,
            "doc_stride must be below the 44 tokens",
        ),
        ({"question": CONTEXT, "context": CONTEXT}, {}, ValueError, "doc_stride must be below the -19 tokens"),
        ({"question": "a", "context": "b"}, {"max_answer_len": 0}, ValueError, "max_answer_len must be a whole number"),
        ({"question": "a", "context": "b"}, {"normalize": 1}, ValueError, "normalize must be True or False, got 1"),
        ({"question": "a", "context": "b"}, {"stride": 1}, TypeError, "question-answering has no option 'stride'"),
        (None, {"question": "a"}, ValueError, "give inputs, or both question and context"),
        ({"question": "a", "context": "b"}, {"question": "a"}, ValueError, "got both"),
        (None, {"question": ["a", "b"], "context": ["c"]}, ValueError, "one for each of 2 questions, got 1"),
    ],
)
def test_bad_input_is_refused(
    make: Callable[..., Any], inputs: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make("question-answering")(inputs, **options)
