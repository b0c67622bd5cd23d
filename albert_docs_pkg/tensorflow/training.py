"""How ``fit``, ``evaluate`` and ``predict`` treat ALBERT: the head's own loss where ``compile`` got none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from tensorflow import Tensor

from albert_docs_pkg.heads import HeadSpec
from albert_docs_pkg.model_output import ModelOutput
from albert_docs_pkg.tensorflow.call_arguments import bind_arguments


class HeadLossModel(keras.Model):
    """A Keras model that is trained on the loss it returns, or on the loss it is compiled with.

    Labels come in the dictionary of inputs, under the names of the call's arguments, or as the second member of
    ``(inputs, labels)``. A loss given to ``compile`` is handed the logits: one tensor, or a dictionary of tensors where
    the head has two. Metrics are too.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> from albert_docs_pkg import AlbertConfig, TFAlbertForTokenClassification
        >>> sizes = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 16, "num_hidden_layers": 1}
        >>> tagger = TFAlbertForTokenClassification(AlbertConfig(vocab_size=50, embedding_size=4, **sizes))
        >>> tagger.compile(keras.optimizers.Adam(0.01), jit_compile=False)
        >>> ids = np.array([[2, 9, 3]])
        >>> history = tagger.fit({"input_ids": ids, "labels": ids % 2}, epochs=2, verbose=0)
        >>> sorted(history.history)
        ['loss']
    """

    spec: HeadSpec | None = None

    def train_step(self, data: Any) -> dict[str, Any]:
        """Take one step; Keras calls this in ``fit``.

        Example:
            >>> sorted(tagger.train_step({"input_ids": ids, "labels": ids % 2}))
            ['loss']
        """
        return super().train_step(self._prepared(data))

    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluate one batch; Keras calls this in ``evaluate``.

        Example:
            >>> sorted(tagger.test_step(({"input_ids": ids}, ids % 2)))
            ['loss']
        """
        return super().test_step(self._prepared(data))

    def predict_step(self, data: Any) -> Any:
        """Answer one batch; Keras calls this in ``predict``, which returns an output object of NumPy arrays.

        Example:
            >>> tagger.predict({"input_ids": ids}, verbose=0).logits.shape
            (1, 3, 2)
        """
        return super().predict_step((self._named(keras.utils.unpack_x_y_sample_weight(data)[0]), None, None))

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """Return the loss of a batch: that of ``compile``, or the one among the outputs.

        Raises:
            ValueError: neither exists, or ``sample_weight`` is given for the head's own loss.

        Example:
            >>> output = tagger({"input_ids": ids, "labels": ids % 2})
            >>> bool(tagger.compute_loss(y_pred=output) == output.loss)
            True
        """
        if self.loss is not None:
            labels = self._labels_among(x) if y is None else y
            return super().compute_loss(x, labels, _scores(y_pred), sample_weight, training)
        if sample_weight is not None:
            raise ValueError("sample_weight needs a loss given to compile(); a head's own loss is a mean over labels")
        own = y_pred.get("loss") if isinstance(y_pred, ModelOutput) else None
        if own is None:
            names = " and ".join(self.spec.labels) if self.spec else "(no labels: this model has no head)"
            raise ValueError(f"there is no loss: give labels as {names}, or a loss to compile()")
        # Keras adds up what the replicas of a distribution strategy return.
        return own / tf.cast(tf.distribute.get_strategy().num_replicas_in_sync, own.dtype)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Update the compiled metrics with labels and logits, and return all values.

        Example:
            >>> sorted(tagger.compute_metrics({"input_ids": ids}, None, tagger(ids)))
            ['loss']
        """
        labels = self._labels_among(x) if y is None else y
        return super().compute_metrics(x, labels, _scores(y_pred), sample_weight)

    def _prepared(self, data: Any) -> tuple[Any, Any, Any]:
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        x = self._named(x)
        if y is not None and self.loss is None:
            x = x | self._as_arguments(y)
        return x, y, sample_weight

    def _named(self, x: Any) -> dict[str, Any]:
        return bind_arguments(self.call, (x,), {"return_dict": True})

    def _as_arguments(self, y: Any) -> dict[str, Any]:
        names = self.spec.labels if self.spec else ()
        if isinstance(y, Mapping):
            return dict(y)
        parts = tuple(y) if isinstance(y, list | tuple) else (y,)
        if len(parts) > len(names):
            raise ValueError(f"this model takes {len(names)} labels ({', '.join(names)}), got {len(parts)}")
        return dict(zip(names, parts, strict=False))

    def _labels_among(self, x: Any) -> Any:
        names = self.spec.labels if self.spec else ()
        if not isinstance(x, Mapping) or not any(name in x for name in names):
            return None
        if len(names) == 1:
            return x[names[0]]
        # In the order of the table of heads, labels go with the logits of the same place.
        fields = ("start_logits", "end_logits") if "start_positions" in names else ("prediction_logits", "sop_logits")
        return {field: x[name] for field, name in zip(fields, names, strict=True) if name in x}


def _scores(output: Any) -> Any:
    """Return the logits of an output: one tensor, or a dictionary where there are several."""
    if not isinstance(output, ModelOutput):
        return output
    found = {name: value for name, value in output.items() if name.endswith("logits")}
    return next(iter(found.values())) if len(found) == 1 else found
