"""The tiny models of the pipelines' tests, written once, and one pipeline per task over them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from albert_docs_pkg import pipeline
from tests.pipelines.tiny_models import write_models

HEAD_OF_TASK = {
    "fill-mask": "ForMaskedLM",
    "text-classification": "ForSequenceClassification",
    "token-classification": "ForTokenClassification",
    "question-answering": "ForQuestionAnswering",
    "multiple-choice": "ForMultipleChoice",
    "feature-extraction": "Model",
}
TASKS = tuple(HEAD_OF_TASK)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of each head's tiny model."""
    return write_models(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def make(folders: dict[str, Path]) -> Callable[..., Any]:
    """Make the pipeline of a task over its tiny model; one that was made before is used again."""

    @cache
    def made(task: str, framework: str = "pt") -> Any:
        return pipeline(task, folders[HEAD_OF_TASK[task]], framework=framework)

    return made
