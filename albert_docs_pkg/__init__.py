"""ALBERT in PyTorch, TensorFlow and Flax: configuration, tokenizers, models, pipelines; names resolve on first use.

Importing the package imports no framework and no tokenizer library: a name such as ``AlbertModel`` is looked up in
the table below when somebody asks for it (:pep:`562`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from albert_docs_pkg.configuration import AlbertConfig
    from albert_docs_pkg.flax import (
        FlaxAlbertForMaskedLM,
        FlaxAlbertForMultipleChoice,
        FlaxAlbertForPreTraining,
        FlaxAlbertForPreTrainingOutput,
        FlaxAlbertForQuestionAnswering,
        FlaxAlbertForSequenceClassification,
        FlaxAlbertForTokenClassification,
        FlaxAlbertModel,
        FlaxAlbertPreTrainedModel,
    )
    from albert_docs_pkg.pipelines import (
        FeatureExtractionPipeline,
        FillMaskPipeline,
        MultipleChoicePipeline,
        QuestionAnsweringPipeline,
        TextClassificationPipeline,
        TokenClassificationPipeline,
        pipeline,
    )
    from albert_docs_pkg.pytorch import (
        AlbertForMaskedLM,
        AlbertForMultipleChoice,
        AlbertForPreTraining,
        AlbertForPreTrainingOutput,
        AlbertForQuestionAnswering,
        AlbertForSequenceClassification,
        AlbertForTokenClassification,
        AlbertModel,
        AlbertPreTrainedModel,
    )
    from albert_docs_pkg.tensorflow import (
        TFAlbertForMaskedLM,
        TFAlbertForMultipleChoice,
        TFAlbertForPreTraining,
        TFAlbertForPreTrainingOutput,
        TFAlbertForQuestionAnswering,
        TFAlbertForSequenceClassification,
        TFAlbertForTokenClassification,
        TFAlbertModel,
        TFAlbertPreTrainedModel,
    )
    from albert_docs_pkg.tokenizers import AlbertTokenizer, AlbertTokenizerFast, BatchEncoding

__version__ = "0.1.0"

_HOME = {
    "configuration": ("AlbertConfig",),
    "tokenizers": ("AlbertTokenizer", "AlbertTokenizerFast", "BatchEncoding"),
    "pipelines": (
        "pipeline",
        "FeatureExtractionPipeline",
        "FillMaskPipeline",
        "MultipleChoicePipeline",
        "QuestionAnsweringPipeline",
        "TextClassificationPipeline",
        "TokenClassificationPipeline",
    ),
    "pytorch": (
        "AlbertPreTrainedModel",
        "AlbertModel",
        "AlbertForPreTraining",
        "AlbertForMaskedLM",
        "AlbertForSequenceClassification",
        "AlbertForMultipleChoice",
        "AlbertForTokenClassification",
        "AlbertForQuestionAnswering",
        "AlbertForPreTrainingOutput",
    ),
    "tensorflow": (
        "TFAlbertPreTrainedModel",
        "TFAlbertModel",
        "TFAlbertForPreTraining",
        "TFAlbertForMaskedLM",
        "TFAlbertForSequenceClassification",
        "TFAlbertForMultipleChoice",
        "TFAlbertForTokenClassification",
        "TFAlbertForQuestionAnswering",
        "TFAlbertForPreTrainingOutput",
    ),
    "flax": (
        "FlaxAlbertPreTrainedModel",
        "FlaxAlbertModel",
        "FlaxAlbertForPreTraining",
        "FlaxAlbertForMaskedLM",
        "FlaxAlbertForSequenceClassification",
        "FlaxAlbertForMultipleChoice",
        "FlaxAlbertForTokenClassification",
        "FlaxAlbertForQuestionAnswering",
        "FlaxAlbertForPreTrainingOutput",
    ),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "AlbertConfig",
    "AlbertForMaskedLM",
    "AlbertForMultipleChoice",
    "AlbertForPreTraining",
    "AlbertForPreTrainingOutput",
    "AlbertForQuestionAnswering",
    "AlbertForSequenceClassification",
    "AlbertForTokenClassification",
    "AlbertModel",
    "AlbertPreTrainedModel",
    "AlbertTokenizer",
    "AlbertTokenizerFast",
    "BatchEncoding",
    "TFAlbertForMaskedLM",
    "TFAlbertForMultipleChoice",
    "TFAlbertForPreTraining",
    "TFAlbertForPreTrainingOutput",
    "TFAlbertForQuestionAnswering",
    "TFAlbertForSequenceClassification",
    "TFAlbertForTokenClassification",
    "TFAlbertModel",
    "TFAlbertPreTrainedModel",
    "FlaxAlbertForMaskedLM",
    "FlaxAlbertForMultipleChoice",
    "FlaxAlbertForPreTraining",
    "FlaxAlbertForPreTrainingOutput",
    "FlaxAlbertForQuestionAnswering",
    "FlaxAlbertForSequenceClassification",
    "FlaxAlbertForTokenClassification",
    "FlaxAlbertModel",
    "FlaxAlbertPreTrainedModel",
    "FeatureExtractionPipeline",
    "FillMaskPipeline",
    "MultipleChoicePipeline",
    "QuestionAnsweringPipeline",
    "TextClassificationPipeline",
    "TokenClassificationPipeline",
    "pipeline",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
