"""Records from every kind of source, and what is said about data that do not fit."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from examples.tasks.masked_language_modeling import MaskedLanguageModeling
from examples.tasks.multiple_choice import MultipleChoice
from examples.tasks.question_answering import QuestionAnswering
from examples.tasks.records import DataError, label_ids, read_file
from examples.tasks.task import Task
from examples.tasks.text_classification import TextClassification
from examples.tasks.token_classification import TokenClassification
from tests.examples.scripts import small_records, write_csv, write_json_lines

TASKS: dict[str, type[Task]] = {
    "text-classification": TextClassification,
    "token-classification": TokenClassification,
    "masked-language-modeling": MaskedLanguageModeling,
    "question-answering": QuestionAnswering,
    "multiple-choice": MultipleChoice,
}


def load(task: str, train: Path, *more: str) -> Task:
    arguments = ["--output_dir", str(train.parent / "run"), "--train_file", str(train), *more]
    return TASKS[task].from_command_line("A script.", arguments)


def refusal(capsys: pytest.CaptureFixture[str], task: str, *arguments: str) -> str:
    """Return what a script says about arguments that it refuses."""
    with pytest.raises(SystemExit) as stop:
        TASKS[task].from_command_line("A script.", arguments)
    assert stop.value.code == 2
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("task", TASKS)
def test_csv_and_json_lines_give_the_same_features(task: str, tmp_path: Path) -> None:
    records = small_records(task, 12)
    lines = load(task, write_json_lines(tmp_path / "train.jsonl", records))
    table = load(task, write_csv(tmp_path / "train.csv", records))
    assert lines.features == table.features
    assert {split: len(rows) for split, rows in lines.source.splits.items()} == {"train": 11, "validation": 1}
    (tmp_path / "list.json").write_text(json.dumps(records))
    assert load(task, tmp_path / "list.json").features == lines.features


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    records = [{"stars": "5", "review": "good", "more": "very"}, {"stars": "1", "review": "bad", "more": "not"}] * 6
    path = write_csv(tmp_path / "train.csv", records)
    task = load(
        "text-classification", path, "--text_column", "review", "--text_pair_column", "more", "--label_column", "stars"
    )
    assert task.config_fields["id2label"] == {0: "0", 1: "1", 2: "2", 3: "3", 4: "4", 5: "5"}
    assert 1 in task.features["train"][0]["token_type_ids"]


def test_choices_and_answers_may_have_a_column_each(tmp_path: Path) -> None:
    quiz = [{"question": "which?", "a": "this", "b": "that", "right": str(number % 2)} for number in range(4)]
    path = write_csv(tmp_path / "quiz.csv", quiz)
    more = ["--choices_columns", "a", "b", "--label_column", "right"]
    choice = load("multiple-choice", path, *more)
    assert choice.choices["train"] == [["this", "that"]] * 3
    asked = [{"question": "who?", "context": "it was Ann.", "answer": "Ann", "at": "7"}] * 3
    asked.append({"question": "who?", "context": "nobody knows.", "answer": "", "at": ""})
    path = write_csv(tmp_path / "asked.csv", asked)
    answering = load("question-answering", path, "--answer_text_column", "answer", "--answer_start_column", "at")
    assert answering.may_have_none
    texts = [answer for split in answering.answers.values() for answer in split]
    assert sorted(texts) == [[], ["Ann"], ["Ann"], ["Ann"]]


def test_limits_cut_every_split(tmp_path: Path) -> None:
    path = write_json_lines(tmp_path / "train.jsonl", small_records("text-classification", 30))
    limits = ["--validation_file", str(path), "--test_file", str(path)]
    limits += ["--max_train_samples", "9", "--max_validation_samples", "2", "--max_test_samples", "3"]
    task = load("text-classification", path, *limits)
    assert {split: len(rows) for split, rows in task.features.items()} == {"train": 9, "validation": 2, "test": 3}
    assert task.measured_splits == ("validation", "test")


@pytest.mark.parametrize(
    ("task", "name", "text", "message"),
    [
        (
            "text-classification",
            "t.jsonl",
            '{"words": "a", "label": 1}\n',
            "record 1 has no column 'text'; it has 'words', 'label'",
        ),
        ("text-classification", "t.jsonl", '{"text": "a", "label": "x"}\n', "must have two labels or more, found"),
        ("text-classification", "t.csv", "text,label\na\n", "t.csv, line 2: 1 cells under 2 columns"),
        ("text-classification", "t.csv", "", "t.csv is empty; it needs a header and records"),
        ("text-classification", "t.csv", "text,label\n", "the split 'train' has no records"),
        ("text-classification", "t.jsonl", '{"text": \n', "t.jsonl, line 1: not JSON"),
        ("text-classification", "t.jsonl", "[1]", "record 1 must be an object of columns, got int"),
        ("token-classification", "t.csv", "words,labels\na b,x\n", "record 1: 2 words and 1 labels"),
        ("token-classification", "t.jsonl", '{"words": 3, "labels": [1]}', "must be a list, got 3"),
        ("token-classification", "t.jsonl", '{"words": ["a"], "labels": [-100]}', "has no label but -100"),
        ("multiple-choice", "t.jsonl", '{"question": "a", "choices": ["b"], "label": 0}', "two or more; found [1]"),
        ("multiple-choice", "t.jsonl", '{"question": "a", "choices": "b c", "label": 0}', "must be a list, got 'b c'"),
        (
            "multiple-choice",
            "t.jsonl",
            '{"question": "a", "choices": ["b", "c"], "label": 2}',
            "'label' must be 0 to 1, the number of a choice, got 2",
        ),
        (
            "question-answering",
            "t.jsonl",
            '{"question": "a", "context": "b c", "answers": {"text": ["c"], "answer_start": [0]}}',
            "the answer 'c' is not at character 0 of the context, where 'b' is",
        ),
        (
            "question-answering",
            "t.jsonl",
            '{"question": "a", "context": "b c", "answers": {"text": ["c"]}}',
            "answers must have the lists 'text' and 'answer_start'",
        ),
        ("masked-language-modeling", "t.jsonl", '{"text": " "}', "the texts of train are all empty"),
    ],
)
def test_data_that_do_not_fit_are_refused_by_place(
    task: str, name: str, text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(text)
    files = ["--train_file", str(path), "--validation_file", str(path)]
    assert message in refusal(capsys, task, "--output_dir", str(tmp_path / "run"), *files)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--batch_size", "0"], "--batch_size must be above 0, got 0"),
        (["--epochs", "nan"], "--epochs must be above 0, got nan"),
        (["--seed", "-1"], "--seed must be at least 0, got -1"),
        (["--warmup_share", "1"], "--warmup_share must be at least 0 and below 1, got 1.0"),
        (["--weight_decay", "-1"], "--weight_decay must be at least 0, got -1.0"),
        (["--max_length", "4"], "--max_length must be at least 8, got 4"),
        (["--max_length", "1000"], "--max_length must be at most 128, the positions of the model, got 1000"),
        (["--mixed_precision", "fp16"], "invalid choice: 'fp16'"),
        (["--train_file", "absent.csv"], "--train_file absent.csv is no file"),
        (["--train_file", __file__], "--train_file must end in .csv, .json, .jsonl"),
        (["--validation_file", __file__], "--validation_file needs --train_file"),
        (["--train_file", __file__, "--dataset_name", "x"], "--dataset_name and --train_file name two sources"),
        (["--dataset_config_name", "x"], "--dataset_config_name needs --dataset_name"),
        (["--resume"], "has no training_state; leave --resume out to begin"),
        (["--model_name_or_path", "no/such-folder/here"], "no/such-folder/here"),
    ],
)
def test_arguments_that_cannot_work_are_refused(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refusal(capsys, "text-classification", "--output_dir", str(tmp_path / "run"), *arguments)


def test_a_folder_with_the_state_of_another_run_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "training_state.pt").write_bytes(b"")
    assert "add --resume, or remove training_state.pt" in refusal(
        capsys, "text-classification", "--output_dir", str(tmp_path)
    )


def test_a_missing_datasets_library_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    said = refusal(capsys, "text-classification", "--output_dir", str(tmp_path), "--dataset_name", "imdb")
    assert "--dataset_name needs the datasets library: pip install datasets" in said


class _Split(list):
    """Rows with features, as a split of the library has them."""

    features = {"text": SimpleNamespace(), "label": SimpleNamespace(names=["bad", "good"])}  # noqa: RUF012

    def __getitem__(self, key: Any) -> Any:
        return [row[key] for row in self] if isinstance(key, str) else super().__getitem__(key)


def test_data_sets_of_the_library_bring_their_label_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _Split([{"text": "fine", "label": 1}, {"text": "awful", "label": 0}])
    hidden = _Split([{"text": "so so", "label": -1}])
    library = ModuleType("datasets")
    library.load_dataset = lambda name, config: {"train": rows, "validation": rows, "test": hidden}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "datasets", library)
    task = TextClassification.from_command_line("", ["--output_dir", str(tmp_path), "--dataset_name", "reviews"])
    assert task.config_fields["label2id"] == {"bad": 0, "good": 1}
    assert task.measured_splits == ("validation",)


def test_labels_are_numbered_by_name_and_numbers_are_kept() -> None:
    assert label_ids({"train": ["b", "a"], "validation": ["a"]}, None, "label") == (["a", "b"], {"a": 0, "b": 1})
    assert label_ids({"train": [0, 2]}, None, "label") == (["0", "1", "2"], {0: 0, 2: 2})
    assert label_ids({"train": ["1", "0"]}, ["no", "yes"], "label")[0] == ["no", "yes"]
    with pytest.raises(DataError, match="validation has labels that train has not: c"):
        label_ids({"train": ["a", "b"], "validation": ["c"]}, None, "label")
    with pytest.raises(DataError, match="labels must be 0 to 1, found 0 to 5"):
        label_ids({"train": [0, 5]}, ["no", "yes"], "label")


def test_numbers_that_cannot_be_labels_are_refused() -> None:
    with pytest.raises(DataError, match="numbers of labels go from 0 to 9999 at most, found 20261122; use names"):
        label_ids({"train": [20261121, 20261122]}, None, "day")


def test_files_in_other_encodings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("text,label\ncaf\xe9,1\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.csv is not UTF-8 text: byte 14"):
        read_file(path)
    path.write_bytes(b'\xef\xbb\xbftext,label\n"a, b\nc",1\n')
    assert read_file(path) == [{"text": "a, b\nc", "label": "1"}]
