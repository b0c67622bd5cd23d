"""ALBERT in PyTorch."""

from albert_docs_pkg.pytorch.backbone import AlbertModel
from albert_docs_pkg.pytorch.models import (
    AlbertForMaskedLM,
    AlbertForMultipleChoice,
    AlbertForPreTraining,
    AlbertForQuestionAnswering,
    AlbertForSequenceClassification,
    AlbertForTokenClassification,
)
from albert_docs_pkg.pytorch.outputs import AlbertForPreTrainingOutput
from albert_docs_pkg.pytorch.pretrained import AlbertPreTrainedModel

__all__ = [
    "AlbertForMaskedLM",
    "AlbertForMultipleChoice",
    "AlbertForPreTraining",
    "AlbertForPreTrainingOutput",
    "AlbertForQuestionAnswering",
    "AlbertForSequenceClassification",
    "AlbertForTokenClassification",
    "AlbertModel",
    "AlbertPreTrainedModel",
]
