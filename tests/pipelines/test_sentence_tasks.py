"""Texts, pairs and choices: labels, pieces, vectors and choices with the scores that the model gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from albert_docs_pkg import pipeline
from tests.pipelines.tiny_models import tiny_model, tokenizer

LONG = "a large cat of water " * 30


def logits(model: Any, *texts: str) -> torch.Tensor:
    """Return what the model itself says of one text or pair."""
    with torch.no_grad():
        return model(**tokenizer()(*texts, return_tensors="pt")).logits[0]


def with_problem(problem_type: str | None, **changes: Any) -> Any:
    """Return a classifier of texts for one kind of problem."""
    model = tiny_model("ForSequenceClassification")
    model.config.problem_type = problem_type
    return pipeline("text-classification", model, tokenizer(), **changes)


# ------------------------------------------------------------------------------------------------- text classification


@pytest.mark.parametrize(
    ("problem_type", "function"),
    [
        (None, lambda scores: scores.softmax(-1)),
        ("single_label_classification", lambda scores: scores.softmax(-1)),
        ("multi_label_classification", torch.sigmoid),
        ("regression", lambda scores: scores),
    ],
)
def test_scores_follow_the_kind_of_problem(problem_type: str | None, function: Callable[..., Any]) -> None:
    classifier = with_problem(problem_type)
    found = {each["label"]: each["score"] for each in classifier("a dog", top_k=None)}
    expected = function(logits(classifier.model, "a dog")).tolist()
    assert [found[label] for label in ("animal", "plant", "place")] == pytest.approx(expected, abs=1e-5)


def test_a_function_that_is_asked_for_wins() -> None:
    classifier = with_problem("regression", function_to_apply="sigmoid", top_k=None)
    expected = torch.sigmoid(logits(classifier.model, "a dog")).sort(descending=True).values.tolist()
    assert [each["score"] for each in classifier("a dog")] == pytest.approx(expected, abs=1e-5)
    raw = classifier("a dog", function_to_apply="none")
    assert [each["score"] for each in raw] == pytest.approx([math.log(p / (1 - p)) for p in expected], abs=1e-4)


def test_one_string_gives_a_list_and_other_inputs_what_they_are(make: Callable[..., Any]) -> None:
    classifier = make("text-classification")
    (best,) = classifier("a dog")
    assert set(best) == {"label", "score"}
    assert classifier(["a dog"]) == [best]
    assert classifier({"text": "a dog"}) == best
    assert classifier("a dog", top_k=1) == [best]
    assert classifier(["a dog"], top_k=1) == [[best]]
    assert list(classifier(iter(["a dog"]))) == [best]


def test_dropout_never_touches_an_answer_and_the_mode_is_left_alone() -> None:
    classifier = with_problem(None)
    quiet = classifier("a dog")
    classifier.model.train()
    assert classifier("a dog") == quiet
    assert classifier.model.training


# --------------------------------------------------------------------------------------------------------------- masks


def test_scores_are_the_probabilities_of_pieces_at_the_mask(make: Callable[..., Any]) -> None:
    filler = make("fill-mask")
    text = "a large [MASK] of water"
    ids = filler.tokenizer(text)["input_ids"]
    probabilities = logits(filler.model, text)[ids.index(filler.tokenizer.mask_token_id)].softmax(-1)
    answers = filler(text, top_k=7)
    assert [answer["token"] for answer in answers] == probabilities.topk(7).indices.tolist()
    assert [answer["score"] for answer in answers] == pytest.approx(probabilities.topk(7).values.tolist(), abs=1e-6)
    for answer in answers:
        assert answer["token_str"] == filler.tokenizer.decode([answer["token"]])


def test_each_mask_has_answers_of_its_own_and_the_others_stay(make: Callable[..., Any]) -> None:
    first, second = make("fill-mask")("[MASK] cat of [MASK].", top_k=2)
    assert len(first) == len(second) == 2
    assert all(answer["sequence"].endswith("cat of [MASK] .") for answer in first)
    assert all(answer["sequence"].startswith("[MASK] cat of") for answer in second)
    assert all("[CLS]" not in answer["sequence"] for answer in first + second)


def test_a_target_is_the_piece_that_starts_a_word(make: Callable[..., Any]) -> None:
    filler = make("fill-mask")
    text = "a large [MASK] of water"
    (answer,) = filler(text, targets="The")
    assert filler.tokenizer.convert_ids_to_tokens(answer["token"]) == "▁the"
    assert filler(text, targets=["▁the"]) == [answer]
    (inside,) = filler(text, targets="ers")
    assert filler.tokenizer.convert_ids_to_tokens(inside["token"]) == "ers"


def test_targets_are_all_given_once_and_best_first(make: Callable[..., Any]) -> None:
    filler = make("fill-mask")
    words = ["the", "new", "plant", "is", "at", "large", "water", "The"]
    answers = filler("a [MASK]", targets=words)
    assert sorted(answer["token_str"] for answer in answers) == sorted(words[:-1])
    assert [answer["score"] for answer in answers] == sorted((a["score"] for a in answers), reverse=True)
    assert filler("a [MASK]", targets=words, top_k=2) == answers[:2]


def test_unknown_targets_are_left_out_with_a_warning(make: Callable[..., Any]) -> None:
    filler = make("fill-mask")
    with pytest.warns(UserWarning, match="left out: 'Bratislava', '▁zzz'"):
        answers = filler("a [MASK]", targets=["the", "Bratislava", "▁zzz"])
    assert [answer["token_str"] for answer in answers] == ["the"]
    with pytest.raises(ValueError, match="targets must be single pieces of the vocabulary, got 'Bratislava'"):
        filler("a [MASK]", targets=["Bratislava"])


def test_a_mask_that_truncation_cuts_off_is_an_error(make: Callable[..., Any]) -> None:
    filler = make("fill-mask")
    assert filler(f"[MASK] {LONG}", truncation=True)
    with pytest.raises(ValueError, match=r"inputs\[0\] has no mask among the 48 tokens that truncation leaves"):
        filler([f"{LONG} [MASK]"], truncation=True)


def test_a_pretraining_model_fills_masks_too() -> None:
    bundled = pipeline("fill-mask")
    import albert_docs_pkg

    model = albert_docs_pkg.AlbertForPreTraining.from_pretrained("albert-wordnet-nano")
    text = "the capital and largest [MASK] of france"
    assert pipeline("fill-mask", model, bundled.tokenizer)(text) == bundled(text)


# ------------------------------------------------------------------------------------------------------------- choices


def test_choices_have_the_probabilities_of_the_model(make: Callable[..., Any]) -> None:
    chooser = make("multiple-choice")
    question, choices = "a large cat", ["the lion", "water", "a very long choice of words", "one"]
    batch = tokenizer()([question] * 4, choices, padding=True, return_tensors="pt")
    with torch.no_grad():
        scores = chooser.model(**{name: column[None] for name, column in batch.items()}).logits[0].softmax(-1)
    answers = chooser({"question": question, "choices": choices, "label": 3})
    assert [answer["score"] for answer in answers] == pytest.approx(
        scores.sort(descending=True).values.tolist(), abs=1e-5
    )
    assert [answer["index"] for answer in answers] == scores.argsort(descending=True).tolist()
    assert all(choices[answer["index"]] == answer["choice"] for answer in answers)
    assert chooser({"question": question, "choices": choices}, top_k=2) == answers[:2]


# ------------------------------------------------------------------------------------------------------------ features


def test_features_are_the_states_of_the_encoder(make: Callable[..., Any]) -> None:
    encoder = make("feature-extraction")
    with torch.no_grad():
        output = encoder.model(**tokenizer()("a large cat", return_tensors="pt"))
    states = output.last_hidden_state[0].numpy()
    run = lambda pooling: encoder("a large cat", pooling=pooling, return_tensors="np")
    np.testing.assert_allclose(run("none")[0], states, atol=1e-5)
    np.testing.assert_allclose(run("first"), states[0], atol=1e-5)
    np.testing.assert_allclose(run("mean"), states[1:-1].mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(run("pooler"), output.pooler_output[0].numpy(), atol=1e-5)


def test_a_model_with_a_head_gives_the_states_below_it() -> None:
    model = tiny_model("ForMaskedLM")
    found = pipeline("feature-extraction", model, tokenizer(), return_tensors="np")("a large cat")
    with torch.no_grad():
        states = model.albert(**tokenizer()("a large cat", return_tensors="pt")).last_hidden_state
    np.testing.assert_allclose(found, states.numpy(), atol=1e-5)


def test_vectors_of_a_missing_pooler_are_refused(folders: dict[str, Path]) -> None:
    for model in (tiny_model("ForMaskedLM"), folders["ForMaskedLM"]):
        with pytest.raises(ValueError, match="pooling='pooler' needs a model with a pooler"):
            pipeline("feature-extraction", model, tokenizer(), pooling="pooler")


# ----------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("task", "inputs", "options", "error", "message"),
    [
        ("fill-mask", "no mask here", {}, ValueError, r"the input must have at least one \[MASK\], got 'no mask here'"),
        ("fill-mask", ["a [MASK]", "b"], {}, ValueError, r"inputs\[1\] must have at least one \[MASK\], got 'b'"),
        (
            "fill-mask",
            f"[MASK] {LONG}",
            {},
            ValueError,
            r"the input has \d+ tokens, the model takes at most 48: pass trunc",
        ),
        ("fill-mask", "[MASK]", {"targets": []}, ValueError, r"targets must be one or more words, got \[\]"),
        ("fill-mask", "[MASK]", {"top_k": 0}, ValueError, "top_k must be a whole number of at least 1 or None, got 0"),
        ("text-classification", "", {}, ValueError, "the input must have some text, got ''"),
        ("text-classification", ["a", b"b"], {}, TypeError, r"inputs\[1\] must be a string, got bytes"),
        ("text-classification", None, {}, TypeError, "inputs must be a string or .* or many of them, got NoneType"),
        ("text-classification", ["a", LONG], {}, ValueError, r"inputs\[1\] has \d+ tokens, the model takes at most 48"),
        ("text-classification", {"txt": "a"}, {}, ValueError, r"must have the key 'text'.*got \['txt'\]"),
        ("text-classification", "a", {"truncation": "yes"}, ValueError, "truncation must be True or False, got 'yes'"),
        ("text-classification", "a", {"batch_size": 0}, ValueError, "batch_size must be a whole number of at least 1"),
        (
            "text-classification",
            "a",
            {"topk": 1},
            TypeError,
            "text-classification has no option 'topk'; it has batch_size",
        ),
        ("text-classification", "\u0301", {}, ValueError, "which leaves no token"),
        ("multiple-choice", "a", {}, TypeError, "inputs must be {'question': ..., 'choices':"),
        ("multiple-choice", {"question": "a"}, {}, ValueError, "must have the keys 'question' and 'choices', got"),
        ("multiple-choice", {"question": "a", "choices": ["b"]}, {}, ValueError, "at least 2 choices, got 1"),
        ("multiple-choice", {"question": "a", "choices": "bc"}, {}, TypeError, "must be a list of strings, got str"),
        (
            "multiple-choice",
            {"question": "a", "choices": ["b", ""]},
            {},
            ValueError,
            r"\['choices'\]\[1\] must have some",
        ),
        ("multiple-choice", {"question": LONG, "choices": ["b", "c"]}, {}, ValueError, "with choice 0 has"),
        ("feature-extraction", 3, {}, TypeError, "inputs must be a string, or many of them, got int"),
        ("feature-extraction", "a", {"pooling": "max"}, ValueError, "pooling must be one of 'none', 'mean'"),
    ],
)
def test_bad_input_is_refused(
    make: Callable[..., Any], task: str, inputs: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make(task)(inputs, **options)


@pytest.mark.parametrize("task", ["text-classification", "feature-extraction"])
def test_truncation_is_the_way_out_of_a_text_that_is_too_long(make: Callable[..., Any], task: str) -> None:
    assert make(task)(LONG, truncation=True)


def test_nothing_runs_before_all_of_a_list_is_checked(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = make("text-classification")
    monkeypatch.setattr(type(classifier.runner), "__call__", lambda *_: pytest.fail("the model ran"))
    with pytest.raises(ValueError, match=r"inputs\[900\] must have some text"):
        classifier(["a cat"] * 900 + [""])
