"""Text in, answers out: a pipeline for each task, over the models of any framework."""

from albert_docs_pkg.pipelines.factory import pipeline
from albert_docs_pkg.pipelines.feature_extraction import FeatureExtractionOptions, FeatureExtractionPipeline
from albert_docs_pkg.pipelines.fill_mask import FillMaskOptions, FillMaskPipeline
from albert_docs_pkg.pipelines.multiple_choice import MultipleChoiceOptions, MultipleChoicePipeline
from albert_docs_pkg.pipelines.question_answering import QuestionAnsweringOptions, QuestionAnsweringPipeline
from albert_docs_pkg.pipelines.task_pipeline import Pipeline
from albert_docs_pkg.pipelines.text_classification import TextClassificationOptions, TextClassificationPipeline
from albert_docs_pkg.pipelines.token_classification import TokenClassificationOptions, TokenClassificationPipeline

__all__ = [
    "FeatureExtractionOptions",
    "FeatureExtractionPipeline",
    "FillMaskOptions",
    "FillMaskPipeline",
    "MultipleChoiceOptions",
    "MultipleChoicePipeline",
    "Pipeline",
    "QuestionAnsweringOptions",
    "QuestionAnsweringPipeline",
    "TextClassificationOptions",
    "TextClassificationPipeline",
    "TokenClassificationOptions",
    "TokenClassificationPipeline",
    "pipeline",
]
