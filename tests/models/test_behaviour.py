"""What every model of every framework does with masks, labels, segments and bad input."""

from __future__ import annotations

import numpy as np
import pytest

from tests.models.conftest import GOLDEN, loaded, recorded
from tests.models.frameworks import Framework

CONFIGS = ("shared-params", "two-groups")
HEADS = (
    "Model",
    "ForPreTraining",
    "ForMaskedLM",
    "ForSequenceClassification",
    "ForMultipleChoice",
    "ForTokenClassification",
    "ForQuestionAnswering",
)
TOKEN_OUTPUT = {
    "Model": "last_hidden_state",
    "ForPreTraining": "prediction_logits",
    "ForMaskedLM": "logits",
    "ForTokenClassification": "logits",
    "ForQuestionAnswering": "start_logits",
}
IDS = np.array([[2, 9, 41, 17, 3], [2, 88, 5, 63, 3]])


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("head", TOKEN_OUTPUT)
def test_padding_does_not_change_the_outputs_of_real_tokens(framework: Framework, config: str, head: str) -> None:
    model = loaded(framework, f"{config}-{head}")
    padded = np.pad(IDS, ((0, 0), (0, 4)))
    mask = np.pad(np.ones_like(IDS), ((0, 0), (0, 4)))
    short = framework.call(model, {"input_ids": IDS})[TOKEN_OUTPUT[head]]
    long = framework.call(model, {"input_ids": padded, "attention_mask": mask})[TOKEN_OUTPUT[head]]
    np.testing.assert_allclose(long[:, : IDS.shape[1]], short, atol=2e-5, rtol=1e-5)


def test_a_row_with_nothing_to_attend_to_stays_finite(framework: Framework) -> None:
    mask = np.ones_like(IDS)
    mask[1] = 0
    for attentions in (False, True):
        output = framework.call(
            loaded(framework, "shared-params-Model"),
            {"input_ids": IDS, "attention_mask": mask},
            output_attentions=attentions,
        )
        assert all(np.isfinite(array).all() for array in output.values())


def test_a_mask_per_query_hides_keys_from_that_query_alone(framework: Framework) -> None:
    model = loaded(framework, "shared-params-Model")
    mask = np.ones((2, 5, 5), dtype=np.int64)
    mask[:, 1, 3] = 0
    attention = framework.call(model, {"input_ids": IDS, "attention_mask": mask}, output_attentions=True)
    first = attention["attentions.0"]
    assert first[:, :, 1, 3].max() == 0
    assert first[:, :, 0, 3].min() > 0


def test_positions_and_segments_given_by_hand_equal_the_default(framework: Framework) -> None:
    model = loaded(framework, "two-groups-Model")
    by_hand = {"input_ids": IDS, "position_ids": np.arange(5)[None].repeat(2, 0), "token_type_ids": np.zeros_like(IDS)}
    found = framework.call(model, by_hand)["last_hidden_state"]
    np.testing.assert_allclose(found, framework.call(model, {"input_ids": IDS})["last_hidden_state"], atol=1e-6)


@pytest.mark.parametrize("head", ["ForMaskedLM", "ForTokenClassification", "ForPreTraining"])
def test_labels_of_minus_100_do_not_count(framework: Framework, head: str) -> None:
    model = loaded(framework, f"shared-params-{head}")
    labels = np.full_like(IDS, -100)
    assert framework.call(model, {"input_ids": IDS, "labels": labels})["loss"] == 0
    labels[0, 2] = 1
    one = framework.call(model, {"input_ids": IDS, "labels": labels})
    logits = one["prediction_logits" if head == "ForPreTraining" else "logits"][0, 2].astype(np.float64)
    expected = np.log(np.exp(logits).sum()) - logits[1]
    np.testing.assert_allclose(one["loss"], expected, rtol=1e-5)


def test_pretraining_loss_is_the_sum_of_the_losses_given(framework: Framework) -> None:
    model, case = loaded(framework, "two-groups-ForPreTraining"), recorded("two-groups-ForPreTraining")
    inputs = case.part("in.")
    order = {name: array for name, array in inputs.items() if name != "labels"}
    tokens = {name: array for name, array in inputs.items() if name != "sentence_order_label"}
    parts = framework.call(model, order)["loss"] + framework.call(model, tokens)["loss"]
    np.testing.assert_allclose(parts, case.arrays["out.loss"], rtol=1e-5)


def test_answers_outside_the_sequence_do_not_count(framework: Framework) -> None:
    model = loaded(framework, "shared-params-ForQuestionAnswering")
    inside = {"input_ids": IDS[:1], "start_positions": np.array([1]), "end_positions": np.array([2])}
    both = {"input_ids": IDS[[0, 0]], "start_positions": np.array([1, 99]), "end_positions": np.array([2, -1])}
    np.testing.assert_allclose(framework.call(model, both)["loss"], framework.call(model, inside)["loss"], rtol=1e-5)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.array([0, 1]), "cross entropy"),
        (np.array([[1.0, 0.0], [1.0, 1.0]], dtype=np.float32), "binary cross entropy"),
    ],
)
def test_the_kind_of_problem_is_read_off_the_labels(framework: Framework, labels: np.ndarray, expected: str) -> None:
    model = framework.load("ForSequenceClassification", GOLDEN / "shared-params-Model", num_labels=2)
    output = framework.call(model, {"input_ids": IDS, "labels": labels})
    logits = output["logits"].astype(np.float64)
    if expected == "cross entropy":
        loss = np.mean(np.log(np.exp(logits).sum(1)) - logits[[0, 1], labels])
    else:
        loss = np.mean(np.log1p(np.exp(logits)) - labels * logits)
    np.testing.assert_allclose(output["loss"], loss, rtol=1e-5)
    assert model.config.problem_type is None


def test_a_single_label_is_a_regression(framework: Framework) -> None:
    model = framework.load("ForSequenceClassification", GOLDEN / "shared-params-Model", num_labels=1)
    output = framework.call(model, {"input_ids": IDS, "labels": np.array([0.5, -1.0], dtype=np.float32)})
    np.testing.assert_allclose(output["loss"], np.mean((output["logits"][:, 0] - [0.5, -1.0]) ** 2), rtol=1e-5)


@pytest.mark.parametrize("head", HEADS)
def test_too_long_a_sequence_is_refused(framework: Framework, head: str) -> None:
    shape = (1, 2, 33) if head == "ForMultipleChoice" else (1, 33)
    with pytest.raises(ValueError, match=r"33 tokens.*at most 32 \(max_position_embeddings\)"):
        framework.call(loaded(framework, f"shared-params-{head}"), {"input_ids": np.ones(shape, dtype=np.int64)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input_ids": np.array([[2, 150, 3]])}, r"input_ids must be between 0 and 149 \(vocab_size 150\), got 150"),
        ({"input_ids": np.array([[2, -1, 3]])}, r"input_ids must be between 0 and 149 \(vocab_size 150\), got -1"),
        ({"token_type_ids": np.array([[0, 2, 0]])}, r"token_type_ids must be between 0 and 1"),
        ({"position_ids": np.array([[0, 1, 32]])}, r"position_ids must be between 0 and 31"),
        ({"attention_mask": np.array([[1, 3, 1]])}, r"attention_mask must be 0 or 1 everywhere, got 3"),
        ({"labels": np.array([[-100, 150, 0]])}, r"labels must be between 0 and 149"),
    ],
)
def test_values_out_of_range_are_named_by_validate(
    framework: Framework, change: dict[str, np.ndarray], message: str
) -> None:
    model = loaded(framework, "shared-params-ForMaskedLM")
    with pytest.raises(ValueError, match=message):
        framework.call(model, {"input_ids": np.array([[2, 7, 3]]), **change}, validate=True)


def test_validate_accepts_what_is_right(framework: Framework) -> None:
    for head in HEADS:
        case = recorded(f"shared-params-{head}")
        inputs = case.part("in.")
        plain = framework.call(loaded(framework, case.folder.name), inputs)
        checked = framework.call(loaded(framework, case.folder.name), inputs, validate=True)
        assert set(plain) == set(checked)
