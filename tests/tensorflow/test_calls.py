"""How the TensorFlow models are called: forms of arguments, bad input, switches, tracing."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from albert_docs_pkg import AlbertTokenizer, TFAlbertForSequenceClassification, TFAlbertModel
from albert_docs_pkg.tensorflow import attention, backbone
from tests.tensorflow.conftest import HEADS, IDS, loaded, model_class, recorded_inputs, recorded_output, small_config


@pytest.fixture(scope="module")
def model() -> Any:
    return loaded("Model")


def test_inputs_come_as_arguments_as_a_dictionary_or_as_a_list(model: Any) -> None:
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]])
    segments = np.array([[0, 0, 0, 1, 1]] * 2)
    expected = model(input_ids=IDS, attention_mask=mask, token_type_ids=segments).pooler_output.numpy()
    for found in (
        model(IDS, mask, segments),
        model({"input_ids": IDS, "attention_mask": mask, "token_type_ids": segments}),
        model({"input_ids": IDS, "attention_mask": mask}, token_type_ids=segments),
        model([IDS, mask, segments]),
        model((tf.constant(IDS), tf.constant(mask)), token_type_ids=tf.constant(segments)),
    ):
        np.testing.assert_array_equal(found.pooler_output, expected)


def test_a_batch_of_the_tokenizer_is_an_input() -> None:
    tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
    nano = TFAlbertModel.from_pretrained("albert-wordnet-nano")
    batch = tokenizer(["a cat", "a large body of water"], padding=True, return_tensors="tf")
    np.testing.assert_array_equal(nano(batch).pooler_output, nano(**batch).pooler_output)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "give either input_ids or inputs_embeds, got neither"),
        ({"input_ids": IDS.astype(np.float32)}, TypeError, "input_ids must be a tensor of int64 or int32, got float32"),
        ({"input_ids": [[2, 5, 3]]}, TypeError, "a list of inputs holds tensors.*got list"),
        ({"input_ids": "text"}, TypeError, "input_ids must be a tensor of int64 or int32, got str"),
        ({"input_ids": IDS[0]}, ValueError, r"input_ids must have shape \(batch, length\), got \(5,\)"),
        ({"input_ids": IDS, "token_type_ids": IDS[:, :3]}, ValueError, r"token_type_ids must have shape \(2, 5\)"),
        ({"input_ids": IDS, "attention_mask": IDS[:, :3]}, ValueError, "attention_mask must have 2 rows and 5 keys"),
        ({"inputs_embeds": np.zeros((1, 3, 7))}, ValueError, r"inputs_embeds must have shape .*embedding_size = 8"),
        ({"input_ids": IDS, "attention_mask": [[1]]}, TypeError, "attention_mask must be a tensor, got list"),
        ({"input_ids": IDS + 200}, ValueError, r"input_ids must be between 0 and 149 \(vocab_size 150\), got 202"),
        ({"input_ids": IDS, "attention_mask": IDS}, ValueError, "attention_mask must be 0 or 1 everywhere, got 2"),
        ({"input_ids": IDS, "labels": IDS}, TypeError, "labels"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(model: Any, arguments: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        model(**arguments)


def test_an_argument_given_twice_is_refused(model: Any) -> None:
    with pytest.raises(TypeError, match=r"keyword arguments that it lacks, got also \['attention_mask'\]"):
        model({"input_ids": IDS, "attention_mask": IDS}, attention_mask=IDS)


def test_values_of_tensors_are_checked_where_that_is_asked_for(model: Any) -> None:
    with pytest.raises(ValueError, match=r"input_ids must be between 0 and 149 \(vocab_size 150\), got 150"):
        model(tf.constant([[2, 150]]), validate=True)
    with pytest.raises(ValueError, match="validate=True reads values: call the model eagerly"):
        tf.function(lambda ids: model(ids, validate=True))(tf.constant([[2, 5]]))


@pytest.mark.parametrize(
    ("head", "labels", "message"),
    [
        ("ForSequenceClassification", {"labels": np.array([0, 9])}, "labels must be between 0 and 1"),
        ("ForTokenClassification", {"labels": IDS}, "labels must be between 0 and"),
        ("ForSequenceClassification", {"labels": np.array([0])}, r"labels must have shape \(2,\), got \(1,\)"),
        ("ForQuestionAnswering", {"start_positions": np.array([0, 1])}, "give both start_positions and end_positions"),
    ],
)
def test_labels_that_do_not_fit_are_refused(head: str, labels: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model_class(head)(small_config())(IDS, **labels)


def test_choices_need_three_dimensions() -> None:
    with pytest.raises(ValueError, match=r"inputs of shape \(batch, choices, length\), got shape \(2, 5\)"):
        loaded("ForMultipleChoice")(IDS)


def test_config_switches_are_defaults_that_a_call_overrides() -> None:
    model = TFAlbertModel(small_config(output_hidden_states=True, output_attentions=True, return_dict=False))
    assert [len(part) for part in model(IDS)[2:]] == [3, 2]
    output = model(IDS, output_hidden_states=False, output_attentions=False, return_dict=True)
    assert output.keys() == ["last_hidden_state", "pooler_output"]


def test_embeddings_can_be_given_instead_of_ids(model: Any) -> None:
    table = model.state_dict()["embeddings.word_embeddings.weight"]
    found = model(inputs_embeds=table[IDS]).last_hidden_state
    np.testing.assert_allclose(found, model(IDS).last_hidden_state, atol=1e-6)


@pytest.mark.parametrize("head", HEADS)
def test_compiled_by_xla_every_head_gives_the_recorded_outputs(head: str) -> None:
    model = loaded(head)
    compiled = tf.function(lambda inputs: model(inputs), jit_compile=True)
    inputs = {name: tf.constant(array) for name, array in recorded_inputs(head).items()}
    expected = recorded_output(head)
    found = compiled(inputs)
    assert set(found) <= set(expected)
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], atol=2e-5, err_msg=name)


def test_one_trace_serves_every_batch_and_length(model: Any) -> None:
    traces = []

    def call(ids: tf.Tensor) -> tf.Tensor:
        traces.append(ids.shape)
        return model(ids).last_hidden_state

    graph = tf.function(call, input_signature=[tf.TensorSpec((None, None), tf.int64)])
    for ids in (IDS, IDS[:1, :3]):
        np.testing.assert_allclose(graph(ids), call(tf.constant(ids)), atol=1e-5)
    assert sum(shape.as_list() == [None, None] for shape in traces) == 1
    with pytest.raises(tf.errors.InvalidArgumentError):
        graph(np.ones((1, 33), np.int64))


def test_no_mask_is_added_when_none_is_given_and_projections_are_joined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = TFAlbertModel(small_config(num_hidden_layers=4, num_hidden_groups=2))
    joined, masks = [], []
    join, make = attention.AlbertAttention.join_projections, backbone.additive_mask
    monkeypatch.setattr(attention.AlbertAttention, "join_projections", lambda self: joined.append(self) or join(self))
    monkeypatch.setattr(backbone, "additive_mask", lambda *args: masks.append(make(*args)) or masks[-1])
    model(IDS)
    assert len(joined) == 2
    assert masks == [None]


def test_models_are_parts_of_functional_models() -> None:
    encoder = TFAlbertForSequenceClassification(small_config(num_labels=3))
    ids = keras.Input((None,), dtype="int32")
    probabilities = keras.layers.Softmax()(encoder(ids).logits)
    whole = keras.Model(ids, probabilities)
    expected = tf.nn.softmax(encoder(IDS).logits)
    np.testing.assert_allclose(whole(IDS.astype(np.int32)), expected, atol=1e-6)
