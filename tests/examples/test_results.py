"""What the READMEs of the scripts say: numbers from kept metrics, links that lead somewhere, commands that parse."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from examples.tasks.results import EXAMPLES, HEADLINES, RESULTS, keep, kept, pages, with_tables

PAGES = pages()
REPORTS = sorted(RESULTS.rglob("*.json"))

GUESSES = {
    "text-classification": "most frequent label",
    "token-classification": "most frequent label",
    "masked-language-modeling": "most frequent pieces",
    "question-answering": "first sentence",
    "multiple-choice": "most frequent place",
    "pretraining": "most frequent pieces, order as found",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_tables_of_a_page_are_those_of_the_kept_metrics(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert with_tables(text) == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_kept_metrics_say_what_ran_where_and_when(path: Path) -> None:
    report = json.loads(path.read_text(encoding="utf-8"))
    assert path.stem == f"{report['framework']}-{report['task']}"
    for metrics in report["results"].values():
        assert set(HEADLINES[report["task"]]) <= metrics.keys()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", report["environment"]["date"])
    assert report["environment"]["processor"]
    assert report["training"]["processor_seconds"] > 0
    script = shlex.split(report["command"])[1]
    assert (EXAMPLES.parent / script).is_file()
    assert script.startswith(f"examples/{report['framework']}/")
    # Neither the machine's name nor its folders.
    assert not re.search(r"/(home|root|tmp|work)/", path.read_text(encoding="utf-8"))


def test_every_task_has_a_full_run_and_beats_guessing() -> None:
    for task, names in HEADLINES.items():
        assert kept(task), f"no full run of {task} is kept"
        for report in kept(task):
            split = "test" if "test" in report["results"] else "validation"
            found = report["results"][split][names[0]]
            guess = report["baselines"][GUESSES[task]][split].get(names[0], 0.0)
            assert found > guess, (task, report["framework"])


def test_more_of_the_same_text_teaches_nothing_as_the_page_says() -> None:
    for report in kept("masked-language-modeling"):
        before = report["baselines"]["before this training"]["test"]
        assert report["results"]["test"]["perplexity"] == pytest.approx(before["perplexity"], rel=0.05)


def test_the_comparison_with_a_bag_of_words_is_as_the_page_says() -> None:
    report = kept("text-classification")[0]
    assert (report["framework"], report["data"]["train"]) == ("pytorch", 30_000)
    model, bag = report["results"]["test"], report["baselines"]["bag of words"]["test"]
    assert model["accuracy"] > bag["accuracy"]
    assert model["macro_f1"] < bag["macro_f1"]


def test_the_comparison_with_shared_words_is_as_the_page_says() -> None:
    for report in kept("question-answering"):
        closest = report["baselines"]["sentence with most shared words"]["test"]
        assert closest["f1"] > report["results"]["test"]["f1"] + 0.2
        assert closest["exact_match"] == 0
        assert report["results"]["test"]["exact_match"] < 0.3  # one of four entries, at random, is 0.25
    for report in kept("question-answering", longer=True):
        assert report["results"]["test"]["exact_match"] > 0.5


def test_models_label_more_words_than_looking_them_up() -> None:
    for report in kept("token-classification"):
        looked_up = report["baselines"]["most frequent label of the word"]["test"]
        assert report["results"]["test"]["accuracy"] > looked_up["accuracy"]


def test_models_choose_better_than_by_shared_words() -> None:
    for report in kept("multiple-choice"):
        closest = report["baselines"]["most shared words"]["test"]["accuracy"]
        assert report["results"]["test"]["accuracy"] > closest


def test_metrics_are_kept_without_the_points_of_the_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("examples.tasks.results.RESULTS", tmp_path / "results")
    report = json.loads(REPORTS[0].read_text(encoding="utf-8"))
    (tmp_path / "metrics.json").write_text(json.dumps(report | {"history": [{"step": 1, "loss": 2.0}]}))
    assert json.loads(keep(tmp_path).read_text(encoding="utf-8")) == report


def test_a_marker_without_an_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="has no <!-- end --> after it"):
        with_tables("<!-- results: pretraining -->\n| old |\n")
    assert with_tables("no table here\n") == "no table here\n"
