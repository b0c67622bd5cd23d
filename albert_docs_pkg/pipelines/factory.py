"""``pipeline``: from the name of a task to a pipeline that is ready to use."""

from __future__ import annotations

from typing import Any

from albert_docs_pkg.pipelines.feature_extraction import FeatureExtractionPipeline
from albert_docs_pkg.pipelines.fill_mask import FillMaskPipeline
from albert_docs_pkg.pipelines.multiple_choice import MultipleChoicePipeline
from albert_docs_pkg.pipelines.question_answering import QuestionAnsweringPipeline
from albert_docs_pkg.pipelines.task_pipeline import Pipeline
from albert_docs_pkg.pipelines.text_classification import TextClassificationPipeline
from albert_docs_pkg.pipelines.token_classification import TokenClassificationPipeline

PIPELINES: dict[str, type[Pipeline]] = {
    kind.task: kind
    for kind in (
        FillMaskPipeline,
        TextClassificationPipeline,
        TokenClassificationPipeline,
        QuestionAnsweringPipeline,
        MultipleChoicePipeline,
        FeatureExtractionPipeline,
    )
}
"""The pipeline class of each task."""

ALIASES = {"sentiment-analysis": "text-classification", "ner": "token-classification"}
"""Other names of tasks."""


def pipeline(
    task: str,
    model: Any = None,
    tokenizer: Any = None,
    framework: str | None = None,
    device: Any = None,
    **options: Any,
) -> Pipeline:
    """Make a pipeline: text in, answers out.

    Args:
        task: ``"fill-mask"``, ``"text-classification"`` (or ``"sentiment-analysis"``), ``"token-classification"``
            (or ``"ner"``), ``"question-answering"``, ``"multiple-choice"`` or ``"feature-extraction"``.
        model: name, folder or hub id of a checkpoint, or a model of any framework; the bundled checkpoint when
            ``None``, which can do ``"fill-mask"`` and ``"feature-extraction"``. The other tasks need a model that was
            fine-tuned for them: a new head would give noise that looks like answers.
        tokenizer: a tokenizer or where to load one from; that of the checkpoint when ``None``. A model object needs
            one.
        framework: ``"pt"``, ``"tf"`` or ``"flax"`` (or ``"pytorch"``, ``"tensorflow"``, ``"jax"``); when ``None``
            that of the model object, else the first one installed, PyTorch before TensorFlow before Flax.
        device: where to compute, in the framework's own words (``"cuda:0"``, ``"GPU:0"``, ``"gpu:0"``) or a number
            (0 is the first accelerator, -1 the CPU); where the model is when ``None``.
        **options: settings of the task for all calls, such as ``top_k=3``.

    Returns:
        The pipeline of the task, to be called with one input, a list, or a generator.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ImportError: the framework is not installed.
        TypeError: ``model`` is neither a name nor a model of this package, or the task has no such setting.
        ValueError: an unknown task, framework or device, a model without the head that the task needs, a model and a
            tokenizer that do not go together, or a setting out of range.

    Example:
        >>> from albert_docs_pkg import pipeline
        >>> filler = pipeline("fill-mask", top_k=2)
        >>> filler("the capital and largest [MASK] of france")[0]["token_str"]
        'city'
        >>> pipeline("translation")
        Traceback (most recent call last):
        ...
        ValueError: task must be one of 'fill-mask', 'text-classification', ..., got 'translation'
    """
    name = ALIASES.get(task, task) if isinstance(task, str) else None
    if name is None or name not in PIPELINES:
        known = ", ".join(map(repr, [*PIPELINES, *ALIASES]))
        raise ValueError(f"task must be one of {known}, got {task!r}")
    kind = PIPELINES[name]
    return kind(model, tokenizer, framework=framework, device=device, **options)
