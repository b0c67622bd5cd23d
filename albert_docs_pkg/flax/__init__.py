"""ALBERT in Flax."""

from albert_docs_pkg.extras import require_extra

require_extra("flax", "jax", "flax")

from albert_docs_pkg.flax.backbone import FlaxAlbertModel  # noqa: E402 - after what it needs is known to be there
from albert_docs_pkg.flax.models import (  # noqa: E402
    FlaxAlbertForMaskedLM,
    FlaxAlbertForMultipleChoice,
    FlaxAlbertForPreTraining,
    FlaxAlbertForQuestionAnswering,
    FlaxAlbertForSequenceClassification,
    FlaxAlbertForTokenClassification,
)
from albert_docs_pkg.flax.outputs import FlaxAlbertForPreTrainingOutput  # noqa: E402
from albert_docs_pkg.flax.pretrained import FlaxAlbertPreTrainedModel  # noqa: E402

__all__ = [
    "FlaxAlbertForMaskedLM",
    "FlaxAlbertForMultipleChoice",
    "FlaxAlbertForPreTraining",
    "FlaxAlbertForPreTrainingOutput",
    "FlaxAlbertForQuestionAnswering",
    "FlaxAlbertForSequenceClassification",
    "FlaxAlbertForTokenClassification",
    "FlaxAlbertModel",
    "FlaxAlbertPreTrainedModel",
]
