"""Training the TensorFlow models with Keras: own losses, data sets, precision, callbacks, dropout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from albert_docs_pkg import TFAlbertForSequenceClassification, TFAlbertForTokenClassification, TFAlbertModel
from albert_docs_pkg.heads import HEADS as SPECS
from albert_docs_pkg.tensorflow.encoder import AlbertLayer
from tests.tensorflow.conftest import IDS, model_class, small_config

PARITY = (IDS.sum(1) % 2).astype(np.int64)


def labelled(head: str) -> dict[str, np.ndarray]:
    """Return inputs and labels of a head."""
    labels = {
        "ForPreTraining": {"labels": IDS, "sentence_order_label": PARITY},
        "ForMaskedLM": {"labels": IDS},
        "ForSequenceClassification": {"labels": PARITY},
        "ForMultipleChoice": {"labels": PARITY},
        "ForTokenClassification": {"labels": IDS % 2},
        "ForQuestionAnswering": {"start_positions": PARITY, "end_positions": PARITY + 1},
    }[head]
    ids = np.stack([IDS, IDS[:, ::-1]], axis=1) if head == "ForMultipleChoice" else IDS
    return {"input_ids": ids, **labels}


@pytest.mark.parametrize("head", SPECS)
def test_compiled_without_a_loss_a_model_trains_on_its_own(head: str) -> None:
    keras.utils.set_random_seed(1)
    model = model_class(head)(small_config(num_hidden_layers=1))
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    data = labelled(head)
    before = float(model(data).loss)
    np.testing.assert_allclose(model.evaluate(data, verbose=0), before, rtol=1e-5)
    history = model.fit(data, batch_size=2, epochs=8, verbose=0).history["loss"]
    np.testing.assert_allclose(history[0], before, rtol=1e-5)
    assert history[-1] < 0.8 * before


def test_labels_beside_the_inputs_are_those_among_them() -> None:
    model = TFAlbertForSequenceClassification(small_config())
    model.compile("sgd", run_eagerly=True)
    data = labelled("ForSequenceClassification")
    apart = tf.data.Dataset.from_tensor_slices(({"input_ids": IDS}, PARITY)).batch(2)
    np.testing.assert_allclose(model.evaluate(apart, verbose=0), float(model(data).loss), rtol=1e-5)


def test_a_data_set_with_metrics_and_callbacks_trains_under_xla(tmp_path: Path) -> None:
    keras.utils.set_random_seed(2)
    model = TFAlbertForSequenceClassification(small_config(num_hidden_layers=1))
    model.compile(keras.optimizers.Adam(0.02), metrics=["accuracy"], jit_compile=True)
    data = tf.data.Dataset.from_tensor_slices(labelled("ForSequenceClassification")).batch(2).repeat(3)
    best = keras.callbacks.ModelCheckpoint(tmp_path / "best.weights.h5", monitor="loss", save_weights_only=True)
    stop = keras.callbacks.EarlyStopping(monitor="accuracy", patience=20)
    history = model.fit(data, epochs=3, verbose=0, callbacks=[best, stop]).history
    assert history["accuracy"][-1] == 1.0
    restored = TFAlbertForSequenceClassification(small_config(num_hidden_layers=1))
    restored.load_weights(tmp_path / "best.weights.h5")
    np.testing.assert_allclose(restored(IDS).logits, model(IDS).logits, atol=1e-6)


def test_a_loss_given_to_compile_is_used_on_the_logits() -> None:
    model = TFAlbertForTokenClassification(small_config(num_labels=60))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss=loss, run_eagerly=True)
    weights = np.repeat([[1.0], [0.0]], 5, axis=1)
    found = model.evaluate({"input_ids": IDS}, IDS, sample_weight=weights, verbose=0)
    one = float(model(IDS[:1], labels=IDS[:1]).loss)
    np.testing.assert_allclose(found, one / 2, rtol=1e-4)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (({"input_ids": IDS},), "give labels as labels, or a loss to compile"),
        (({"input_ids": IDS}, PARITY, np.ones(2)), "sample_weight needs a loss given to compile"),
    ],
)
def test_training_without_a_loss_to_minimise_is_refused(data: tuple[Any, ...], message: str) -> None:
    model = TFAlbertForSequenceClassification(small_config())
    model.compile("sgd", run_eagerly=True)
    with pytest.raises(ValueError, match=message):
        model.fit(tf.data.Dataset.from_tensors(data), verbose=0)


def test_predict_returns_the_outputs_of_all_batches() -> None:
    model = TFAlbertForSequenceClassification(small_config(output_hidden_states=True))
    rows = np.concatenate([IDS] * 3)
    output = model.predict({"input_ids": rows}, batch_size=4, verbose=0)
    assert isinstance(output.logits, np.ndarray)
    assert [states.shape for states in output.hidden_states] == [(6, 5, 24)] * 3
    np.testing.assert_allclose(output.logits, model(rows).logits, atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_computes_in_half_and_keeps_float32_weights(policy: str) -> None:
    keras.utils.set_random_seed(4)
    keras.mixed_precision.set_global_policy(policy)
    try:
        model = TFAlbertForSequenceClassification(small_config(num_hidden_layers=1))
        model.compile(keras.optimizers.Adam(0.02), jit_compile=False)
        history = model.fit(labelled("ForSequenceClassification"), epochs=8, verbose=0).history["loss"]
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert model(IDS).logits.dtype.name == policy.removeprefix("mixed_")
    assert {named.variable.dtype for named in model.named_variables().values()} == {"float32"}
    assert history[-1] < 0.8 * history[0]


def test_the_feed_forward_output_is_dropped_out_in_training_only() -> None:
    config = small_config(hidden_dropout_prob=0.5)
    layer = AlbertLayer(config)
    layer.attention.output_dropout = keras.layers.Dropout(0.0)
    layer.ffn_output.bias.assign(tf.ones(24))
    states = tf.ones((2, 5, 24)) * tf.range(24.0)
    joined = layer.attention.join_projections()
    quiet, noisy = (layer(states, projection=joined, training=training)[0] for training in (False, True))
    np.testing.assert_array_equal(quiet, layer(states, projection=joined)[0])
    assert not np.allclose(quiet, noisy)


def test_dropout_differs_between_steps_and_is_off_outside_of_training() -> None:
    model = TFAlbertModel(small_config(hidden_dropout_prob=0.3, attention_probs_dropout_prob=0.3))
    first, second = (model(IDS, training=True).pooler_output.numpy() for _ in range(2))
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(model(IDS).pooler_output, model(IDS, training=False).pooler_output)


def test_the_padding_row_gets_no_gradient() -> None:
    model = TFAlbertModel(small_config())
    table = model.named_variables()["embeddings.word_embeddings.weight"]
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(IDS).last_hidden_state[:, :, 0])
    gradient = table.canonical(tape.gradient(total, table.variable.value))
    assert not gradient[0].any()
    assert gradient[IDS[0]].any(axis=1).all()


@pytest.mark.parametrize("head", ["ForPreTraining", "ForMultipleChoice"])
def test_an_exported_model_answers_as_before(head: str, tmp_path: Path) -> None:
    model = model_class(head)(small_config(num_hidden_layers=1))
    model.export(tmp_path, verbose=False)
    ids = labelled(head)["input_ids"].astype(np.int32)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    served = tf.saved_model.load(tmp_path)
    for rows in (1, 2):
        part = {name: tf.constant(array[:rows]) for name, array in inputs.items()}
        expected = model.serving(part)
        found = served.serve(part)
        assert set(found) == set(expected) == set(served.signatures["serving_default"](**part))
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, atol=1e-6)
