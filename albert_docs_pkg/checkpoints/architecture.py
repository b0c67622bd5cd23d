"""Say which model a set of weights belongs to, from what its config names and from the heads it has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from albert_docs_pkg.checkpoints.names import HEADS

_HEAD_OF = {
    "AlbertModel": (),
    "AlbertForPreTraining": ("predictions", "sop_classifier"),
    "AlbertForMaskedLM": ("predictions",),
    "AlbertForSequenceClassification": ("classifier",),
    "AlbertForTokenClassification": ("classifier",),
    "AlbertForMultipleChoice": ("classifier",),
    "AlbertForQuestionAnswering": ("qa_outputs",),
}
"""The parts that each model has beside the encoder."""


def first_names() -> tuple[str, ...]:
    """Return what the canonical names of weights start with, up to the first dot.

    Example:
        >>> from albert_docs_pkg.checkpoints.architecture import first_names
        >>> first_names()[:2]
        ('albert', 'predictions')
    """
    return ("albert", *HEADS)


def guess_architecture(names: Iterable[str], claimed: Any = None) -> str:
    """Return the class name of the PyTorch model that weights belong to.

    Args:
        names: canonical names of the weights.
        claimed: ``architectures`` of the config. It is believed as far as the weights have the heads of that class:
            only the config can tell the three kinds of classifiers apart.

    Example:
        >>> from albert_docs_pkg.checkpoints.architecture import guess_architecture
        >>> guess_architecture(["albert.pooler.bias", "classifier.bias"], ["TFAlbertForMultipleChoice"])
        'AlbertForMultipleChoice'
        >>> guess_architecture(["albert.pooler.bias", "qa_outputs.bias"])
        'AlbertForQuestionAnswering'
    """
    parts = {name.split(".")[0] for name in names}
    for claim in claimed if isinstance(claimed, list | tuple) else ():
        plain = str(claim).removeprefix("TF").removeprefix("Flax")
        if plain in _HEAD_OF and parts.issuperset(_HEAD_OF[plain]):
            return plain
    for architecture, heads in _HEAD_OF.items():
        if heads and parts.issuperset(heads):
            return architecture
    return "AlbertModel"
