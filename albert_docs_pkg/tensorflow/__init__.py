"""ALBERT in TensorFlow: Keras 3 models that read and write the same checkpoints as those in PyTorch and Flax."""

from albert_docs_pkg.extras import require_extra

require_extra("tensorflow", "tensorflow", "keras")

import keras  # noqa: E402

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"these models run on Keras' TensorFlow backend, but Keras uses {keras.backend.backend()!r}; "
        "set the environment variable KERAS_BACKEND=tensorflow before Keras is imported"
    )

from albert_docs_pkg.tensorflow.backbone import TFAlbertModel  # noqa: E402
from albert_docs_pkg.tensorflow.models import (  # noqa: E402
    TFAlbertForMaskedLM,
    TFAlbertForMultipleChoice,
    TFAlbertForPreTraining,
    TFAlbertForQuestionAnswering,
    TFAlbertForSequenceClassification,
    TFAlbertForTokenClassification,
)
from albert_docs_pkg.tensorflow.outputs import TFAlbertForPreTrainingOutput  # noqa: E402
from albert_docs_pkg.tensorflow.pretrained import TFAlbertPreTrainedModel  # noqa: E402

__all__ = [
    "TFAlbertForMaskedLM",
    "TFAlbertForMultipleChoice",
    "TFAlbertForPreTraining",
    "TFAlbertForPreTrainingOutput",
    "TFAlbertForQuestionAnswering",
    "TFAlbertForSequenceClassification",
    "TFAlbertForTokenClassification",
    "TFAlbertModel",
    "TFAlbertPreTrainedModel",
]
