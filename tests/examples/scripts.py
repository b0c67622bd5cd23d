"""The training scripts as modules, and small data that suit each of them."""

from __future__ import annotations

import csv
import importlib.util
import json
import random
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"

SCRIPTS = {
    "text-classification": ("text-classification", "run_text_classification"),
    "token-classification": ("token-classification", "run_token_classification"),
    "masked-language-modeling": ("language-modeling", "run_masked_language_modeling"),
    "question-answering": ("question-answering", "run_question_answering"),
    "multiple-choice": ("multiple-choice", "run_multiple_choice"),
}
"""Folder and name of each task's script."""

ANIMALS = ("cat", "dog", "horse", "sheep", "goat", "lion")
TOOLS = ("hammer", "saw", "knife", "spade", "needle", "rake")


def path_of(framework: str, task: str) -> Path:
    """Return the file of a script."""
    folder, name = SCRIPTS[task]
    return EXAMPLES / framework / folder / f"{name}.py"


@cache
def script(framework: str, task: str) -> ModuleType:
    """Return a script as a module."""
    path = path_of(framework, task)
    spec = importlib.util.spec_from_file_location(f"{framework}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def small_records(task: str, count: int = 24, seed: int = 0) -> list[dict[str, Any]]:
    """Return records of a task about animals and tools."""
    draw = random.Random(seed)
    return [_record(task, draw) for _ in range(count)]


def write_json_lines(path: Path, records: list[dict[str, Any]]) -> Path:
    """Write one JSON object a line."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def write_csv(path: Path, records: list[dict[str, Any]]) -> Path:
    """Write a CSV file; lists and dictionaries become JSON cells."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        for record in records:
            writer.writerow({k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in record.items()})
    return path


def _record(task: str, draw: random.Random) -> dict[str, Any]:
    kind, words = draw.choice([("animal", ANIMALS), ("tool", TOOLS)])
    word, end = draw.choice(words), draw.choice(["near the old barn", "here", "in a small garden today"])
    text = f"the {word} is {end}"
    if task == "text-classification":
        return {"text": text, "label": kind}
    if task == "masked-language-modeling":
        return {"text": text}
    if task == "token-classification":
        parts = text.split()
        return {"words": parts, "labels": [kind if part == word else "other" for part in parts]}
    if task == "question-answering":
        context = f"a {draw.choice(ANIMALS)} sleeps. {text}."
        return {
            "question": f"where is the {word}?",
            "context": context,
            "answers": {"text": [end], "answer_start": [context.rindex(end)]},
        }
    choices = [draw.choice(ANIMALS), draw.choice(TOOLS)]
    label = draw.randrange(2)
    return {"question": f"the {'animal' if label == 0 else 'tool'} is here", "choices": choices, "label": label}
