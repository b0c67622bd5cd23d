"""A pipeline is made of what belongs together, or not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import albert_docs_pkg
from albert_docs_pkg import AlbertTokenizer, AlbertTokenizerFast, pipeline
from tests.pipelines.conftest import HEAD_OF_TASK, TASKS
from tests.pipelines.tiny_models import VOCABULARY, tiny_model, tokenizer


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_its_class_among_the_names_of_the_package(make: Callable[..., Any], task: str) -> None:
    name = type(make(task)).__name__
    assert getattr(albert_docs_pkg, name) is type(make(task))
    assert name.lower() == task.replace("-", "") + "pipeline"


@pytest.mark.parametrize(
    ("alias", "task"), [("ner", "token-classification"), ("sentiment-analysis", "text-classification")]
)
def test_aliases_mean_their_task(folders: dict[str, Path], alias: str, task: str) -> None:
    assert pipeline(alias, folders[HEAD_OF_TASK[task]]).task == task


@pytest.mark.parametrize("task", ["fill-mask", "feature-extraction"])
def test_without_a_model_the_bundled_one_is_used(task: str) -> None:
    made = pipeline(task)
    assert made.framework == "pt"
    assert made.tokenizer.name_or_path == "albert-wordnet-nano"


@pytest.mark.parametrize(
    "task", ["text-classification", "token-classification", "question-answering", "multiple-choice"]
)
def test_a_checkpoint_without_the_head_is_refused(task: str) -> None:
    with pytest.raises(ValueError, match=f"{task} needs a model trained for it, got 'albert-wordnet-nano', an Albert"):
        pipeline(task)


def test_a_head_of_another_task_with_the_same_shapes_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match=r"token-classification needs a model trained for it.*AlbertForSequenceClass"):
        pipeline("token-classification", folders["ForSequenceClassification"])


def test_a_folder_that_names_no_head_needs_the_weights_of_one(folders: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match=r"text-classification needs trained weights that .* lacks: classifier.weight"):
        pipeline("text-classification", folders["Model"])


def test_a_model_object_of_another_head_is_refused() -> None:
    with pytest.raises(ValueError, match=r"fill-mask needs a model with its head, AlbertForMaskedLM or AlbertForPre"):
        pipeline("fill-mask", tiny_model("ForQuestionAnswering"), tokenizer())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"task": "translation"}, ValueError, "task must be one of 'fill-mask', .*'ner', got 'translation'"),
        ({"task": ["fill-mask"]}, ValueError, r"task must be one of .* got \['fill-mask'\]"),
        ({"task": "fill-mask", "framework": "keras"}, ValueError, "framework must be one of 'pt', .* got 'keras'"),
        ({"task": "fill-mask", "model": 3}, TypeError, "model must be the name or folder .* got int"),
        (
            {"task": "fill-mask", "device": "gpu9"},
            ValueError,
            "device must be a torch.device, .* got 'gpu9'; this",
        ),
        ({"task": "fill-mask", "top_p": 1}, TypeError, "fill-mask has no option 'top_p'; it has batch_size, top_k"),
        ({"task": "fill-mask", "top_k": -1}, ValueError, "top_k must be a whole number"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        pipeline(**arguments)


def test_a_model_object_needs_a_tokenizer_of_its_size() -> None:
    model = tiny_model("ForMaskedLM")
    with pytest.raises(ValueError, match="tokenizer must be given with a model object"):
        pipeline("fill-mask", model)
    with pytest.raises(ValueError, match="the tokenizer has 6000 pieces, the model 2000"):
        pipeline("fill-mask", model, "albert-wordnet-nano")


def test_a_framework_that_is_not_that_of_the_model_is_refused() -> None:
    with pytest.raises(ValueError, match="framework 'tf' does not go with a AlbertForMaskedLM"):
        pipeline("fill-mask", tiny_model("ForMaskedLM"), tokenizer(), framework="tf")


def test_settings_of_the_pipeline_hold_until_a_call_says_otherwise(folders: dict[str, Path]) -> None:
    filler = pipeline("fill-mask", folders["ForMaskedLM"], top_k=2)
    assert len(filler("a [MASK]")) == 2
    assert len(filler("a [MASK]", top_k=3)) == 3
    assert len(filler("a [MASK]")) == 2


@pytest.mark.parametrize("task", TASKS)
def test_both_tokenizers_give_the_same_answers(folders: dict[str, Path], task: str) -> None:
    inputs: Any = "The Bratislava, lions 東京 café. [MASK]"
    if task == "question-answering":
        inputs = {"question": "what", "context": inputs}
    if task == "multiple-choice":
        inputs = {"question": inputs, "choices": ["a", "b"]}
    slow, fast = (
        pipeline(task, folders[HEAD_OF_TASK[task]], kind(VOCABULARY, model_max_length=48))(inputs)
        for kind in (AlbertTokenizer, AlbertTokenizerFast)
    )
    assert slow == fast


def test_making_no_pipeline_imports_no_framework() -> None:
    code = (
        "import sys, albert_docs_pkg; albert_docs_pkg.pipeline; "
        "sys.exit(bool({'torch', 'tensorflow', 'jax', 'sentencepiece', 'tokenizers'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_missing_framework_is_told_with_the_command_that_brings_it(folders: dict[str, Path]) -> None:
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from albert_docs_pkg import pipeline\n"
        "try:\n    pipeline('fill-mask', framework='tf')\n"
        "except ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True)
    assert 'pip install "albert-docs-pkg[tensorflow]"' in done.stdout
