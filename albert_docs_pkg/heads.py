"""What each head of ALBERT is made of: one table that the models of every framework are built from.

A head reads either the pooled vector of ``[CLS]`` or the vector of every token, may drop out some of it, and maps it
to a number of outputs; labels and a loss go with it. The frameworks differ in how they spell a layer, not in any of
this, so it stands here once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from albert_docs_pkg.configuration import AlbertConfig

IGNORED_LABEL = -100
"""Label of a token that a loss leaves out."""


@dataclass(frozen=True, kw_only=True)
class HeadSpec:
    """One head: what it reads, how wide it is, what it is trained on.

    Args:
        pooler: the encoder below has a pooler, which this head reads; otherwise it reads every token.
        projection: name of the final linear layer in checkpoints, ``None`` when the head has rooms of its own
            (masked tokens, sentence order).
        dropout: ``classifier_dropout_prob`` is applied in front of the projection.
        width: outputs of the projection, ``"num_labels"`` for as many as the config has labels.
        labels: names of the label arguments.
        loss: ``"tokens"`` is cross entropy over labelled tokens, ``"sequence"`` follows ``problem_type``, ``"choice"``
            is cross entropy over choices, ``"span"`` is the mean cross entropy of start and end, ``"pretraining"``
            adds masked tokens and sentence order.

    Example:
        >>> from albert_docs_pkg.heads import HEADS
        >>> HEADS["ForQuestionAnswering"].labels
        ('start_positions', 'end_positions')
    """

    pooler: bool
    projection: str | None
    dropout: bool
    width: int | Literal["num_labels"]
    labels: tuple[str, ...]
    loss: Literal["tokens", "sequence", "choice", "span", "pretraining"]

    def output_width(self, config: AlbertConfig) -> int:
        """Return the number of outputs of the projection under ``config``.

        Example:
            >>> from albert_docs_pkg import AlbertConfig
            >>> HEADS["ForTokenClassification"].output_width(AlbertConfig(num_labels=9))
            9
        """
        return config.num_labels if self.width == "num_labels" else self.width


HEADS: dict[str, HeadSpec] = {
    "ForPreTraining": HeadSpec(
        pooler=True,
        projection=None,
        dropout=True,
        width=2,
        labels=("labels", "sentence_order_label"),
        loss="pretraining",
    ),
    "ForMaskedLM": HeadSpec(
        pooler=False, projection=None, dropout=False, width="num_labels", labels=("labels",), loss="tokens"
    ),
    "ForSequenceClassification": HeadSpec(
        pooler=True, projection="classifier", dropout=True, width="num_labels", labels=("labels",), loss="sequence"
    ),
    "ForMultipleChoice": HeadSpec(
        pooler=True, projection="classifier", dropout=True, width=1, labels=("labels",), loss="choice"
    ),
    "ForTokenClassification": HeadSpec(
        pooler=False, projection="classifier", dropout=True, width="num_labels", labels=("labels",), loss="tokens"
    ),
    "ForQuestionAnswering": HeadSpec(
        pooler=False,
        projection="qa_outputs",
        dropout=False,
        width=2,
        labels=("start_positions", "end_positions"),
        loss="span",
    ),
}
"""The six heads by the end of their class names."""


def classifier_dropout(config: AlbertConfig) -> float:
    """Return the dropout rate in front of a classification head.

    Example:
        >>> from albert_docs_pkg.heads import classifier_dropout
        >>> classifier_dropout(AlbertConfig(classifier_dropout_prob=None, hidden_dropout_prob=0.2))
        0.2
    """
    rate = config.classifier_dropout_prob
    return config.hidden_dropout_prob if rate is None else rate


def infer_problem_type(logits_shape: Sequence[int], labels_shape: Sequence[int], integer_labels: bool) -> str:
    """Return the kind of problem that a sequence classifier's labels stand for, when the config does not say.

    One score per sequence is a regression; one integer per sequence names a class; anything else is many labels.

    Args:
        logits_shape: (batch, num_labels).
        labels_shape: shape of the labels.
        integer_labels: the labels are integers.

    Example:
        >>> from albert_docs_pkg.heads import infer_problem_type
        >>> infer_problem_type((8, 3), (8,), integer_labels=True)
        'single_label_classification'
    """
    if logits_shape[-1] == 1:
        return "regression"
    one_each = len(labels_shape) == 1 or (len(labels_shape) == 2 and labels_shape[1] == 1)
    return "single_label_classification" if integer_labels and one_each else "multi_label_classification"
