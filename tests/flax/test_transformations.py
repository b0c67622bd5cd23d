"""The transformations of JAX on Flax models: jit, grad, vmap, scan, sharding, dropout, bfloat16, host checks."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from albert_docs_pkg import FlaxAlbertForMultipleChoice, FlaxAlbertForSequenceClassification, FlaxAlbertModel
from albert_docs_pkg.flax.backbone import FlaxAlbertModule
from albert_docs_pkg.flax.embeddings import FlaxAlbertEmbeddings
from albert_docs_pkg.flax.encoder import FlaxAlbertLayer, FlaxAlbertLayerGroup, FlaxAlbertTransformer
from albert_docs_pkg.flax.heads import cross_entropy
from tests.flax.conftest import IDS, LABELS, load, small_config

ROOT = Path(__file__).parents[2]


def equations(jaxpr: Any) -> int:
    """Count the equations of a jaxpr and of those inside it."""
    inner = [value for equation in jaxpr.eqns for value in jax.tree.leaves(list(equation.params.values()))]
    return len(jaxpr.eqns) + sum(equations(value.jaxpr) for value in inner if hasattr(value, "jaxpr"))


def test_the_program_does_not_grow_with_depth() -> None:
    sizes = []
    for layers in (2, 24):
        module = FlaxAlbertModule(small_config(num_hidden_layers=layers))
        params = jax.eval_shape(lambda module=module: module.init(jax.random.key(0), IDS))
        sizes.append(equations(jax.make_jaxpr(module.apply)(params, IDS).jaxpr))
    assert sizes[0] == sizes[1]


def test_each_layer_is_its_group_applied_to_the_states_before(encoder: Any) -> None:
    output = encoder(IDS, output_hidden_states=True, output_attentions=True)
    trees = encoder.params["encoder"]["albert_layer_groups"]
    apply = jax.jit(partial(FlaxAlbertLayerGroup(encoder.config).apply, return_probabilities=True))
    states = output.hidden_states[0]
    for layer, expected in enumerate(output.hidden_states[1:]):
        group = trees[str(layer * len(trees) // encoder.config.num_hidden_layers)]
        states, probabilities = apply({"params": group}, states)
        np.testing.assert_allclose(states, expected, atol=1e-5)
        for inner, found in enumerate(probabilities):
            np.testing.assert_allclose(found, output.attentions[2 * layer + inner], atol=1e-6)


def test_jit_around_a_call_gives_what_the_call_gives(classifier: Any) -> None:
    def call(params: Any, ids: jax.Array, labels: jax.Array) -> Any:
        return classifier(ids, params=params, labels=labels)

    found, wanted = jax.jit(call)(classifier.params, IDS, LABELS), classifier(IDS, labels=LABELS)
    assert found.keys() == wanted.keys() == ["loss", "logits"]
    np.testing.assert_allclose(found.logits, wanted.logits, atol=1e-6)


def test_vmap_over_sequences_equals_the_batch(classifier: Any) -> None:
    one_by_one = jax.vmap(lambda ids: classifier(ids[None]).logits[0])(jnp.asarray(IDS))
    np.testing.assert_allclose(one_by_one, classifier(IDS).logits, atol=1e-5)


def test_gradients_are_the_same_with_recomputation(classifier: Any) -> None:
    def new_loss() -> Any:
        # A new function each time: JAX remembers what it made of one.
        return lambda params: classifier(IDS, params=params, labels=LABELS).loss

    def recomputes() -> bool:
        # An option that only the primitive of recomputation has, whose name changes between versions.
        return "prevent_cse" in str(jax.make_jaxpr(new_loss())(classifier.params))

    plain = jax.tree.leaves(jax.grad(new_loss())(classifier.params))
    assert not recomputes()
    try:
        classifier.gradient_checkpointing_enable()
        assert classifier.is_gradient_checkpointing
        assert recomputes()
        recomputed = jax.tree.leaves(jax.grad(new_loss())(classifier.params))
    finally:
        classifier.gradient_checkpointing_disable()
    for one, other in zip(plain, recomputed, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_gradient_descent_lowers_the_loss(classifier: Any) -> None:
    @jax.jit
    def step(params: Any) -> tuple[jax.Array, Any]:
        value, gradient = jax.value_and_grad(lambda tree: classifier(IDS, params=tree, labels=LABELS).loss)(params)
        return value, jax.tree.map(lambda weight, slope: weight - 0.05 * slope, params, gradient)

    losses, params = [], classifier.params
    for _ in range(8):
        value, params = step(params)
        losses.append(float(value))
    assert losses[-1] < 0.7 * losses[0]


def test_the_padding_piece_is_not_trained_through_the_input() -> None:
    embeddings = FlaxAlbertEmbeddings(small_config())
    ids = np.array([[2, 9, 0, 0]])
    variables = embeddings.init(jax.random.key(0), ids)
    gradient = jax.grad(lambda tree: jnp.square(embeddings.apply(tree, ids)[..., 0]).sum())(variables)
    table = gradient["params"]["word_embeddings"]["embedding"]
    assert not table[0].any()
    assert table[9].any()


def test_each_rate_changes_the_output_in_training_and_follows_its_key() -> None:
    plain = FlaxAlbertModel(small_config())
    for rate in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
        model = FlaxAlbertModel(small_config(**{rate: 0.5}), _do_init=False)
        call = partial(model, IDS, params=plain.params)
        kept = np.asarray(call().pooler_output)
        first, same, other = (
            np.asarray(call(dropout_rng=jax.random.key(seed), train=True).pooler_output) for seed in (0, 0, 1)
        )
        assert np.array_equal(first, same)
        assert not np.array_equal(first, other)
        assert not np.array_equal(first, kept)
        with pytest.raises(ValueError, match="pass a random key as dropout_rng"):
            call(train=True)


def test_the_feed_forward_output_is_dropped_out() -> None:
    layer = FlaxAlbertLayer(small_config(hidden_dropout_prob=1.0))
    inputs = jax.random.normal(jax.random.key(0), (1, 3, 16))
    variables = layer.init(jax.random.key(1), inputs)
    # With everything dropped only residuals and normalisations are left.
    dropped, _ = layer.apply(variables, inputs, deterministic=False, rngs={"dropout": jax.random.key(2)})
    bare = (inputs - inputs.mean(-1, keepdims=True)) / inputs.std(-1, keepdims=True)
    np.testing.assert_allclose(dropped, bare, atol=1e-4)


def test_layers_of_a_scan_drop_out_differently() -> None:
    transformer = FlaxAlbertTransformer(small_config(hidden_dropout_prob=0.5, num_hidden_layers=3))
    inputs = jnp.ones((1, 3, 8))
    params = jax.tree.map(jnp.zeros_like, transformer.init(jax.random.key(0), inputs)["params"])
    layer = params["albert_layer_groups"]["0"]["albert_layers"]["0"]
    layer["ffn_output"]["bias"] += 1e3
    layer["full_layer_layer_norm"]["scale"] += 1
    # Of all parameters only one large bias is left: the sign of a state says whether it was dropped.
    rngs = {"dropout": jax.random.key(1)}
    output = transformer.apply({"params": params}, inputs, None, False, True, deterministic=False, rngs=rngs)
    first, second, third = (np.asarray(states) > 0 for states in output.hidden_states[1:])
    assert 0.2 < first.mean() < 0.8
    assert (first != second).any()
    assert (second != third).any()


def test_training_without_any_dropout_needs_no_key(encoder: Any) -> None:
    assert np.isfinite(encoder(IDS, train=True).pooler_output).all()


def test_bfloat16_computes_with_float32_parameters(classifier: Any) -> None:
    half = load("shared-params-ForSequenceClassification", dtype=jnp.bfloat16)
    output = half(IDS, labels=LABELS)
    assert output.logits.dtype == jnp.bfloat16
    assert output.loss.dtype == jnp.float32
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(half.params)} == {"float32"}
    wanted = classifier(IDS).logits
    np.testing.assert_allclose(output.logits.astype(jnp.float32), wanted, atol=0.05 * float(jnp.abs(wanted).max()))
    gradient = jax.grad(lambda params: half(IDS, params=params, labels=LABELS).loss)(half.params)
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(gradient)} == {"float32"}


def test_a_tuple_is_returned_where_asked_for(encoder: Any) -> None:
    states, pooled = encoder(IDS, return_dict=False)
    assert (states.shape, pooled.shape) == ((2, 5, 24), (2, 24))


def test_embeddings_can_be_given_instead_of_ids(encoder: Any) -> None:
    words = encoder.get_input_embeddings()[IDS]
    np.testing.assert_allclose(encoder(inputs_embeds=words)[0], encoder(IDS)[0], atol=1e-6)


@pytest.mark.parametrize("make", [np.asarray, jnp.asarray, lambda ids: np.asarray(ids).tolist()])
def test_values_out_of_range_are_named_before_anything_runs(encoder: Any, make: Any) -> None:
    with pytest.raises(ValueError, match=r"input_ids must be between 0 and 149 \(vocab_size 150\), got 150"):
        encoder(make([[2, 150, 3]]))
    with pytest.raises(ValueError, match=r"position_ids must be between 0 and 31 .*got 32"):
        encoder(make([[2, 5, 3]]), position_ids=make([[0, 1, 32]]))
    with pytest.raises(ValueError, match=r"attention_mask must be 0 or 1 everywhere, got 2"):
        encoder(make([[2, 5, 3]]), attention_mask=make([[0, 1, 2]]))


def test_values_are_not_read_when_told_so_nor_when_traced(encoder: Any) -> None:
    ids = np.array([[2, 150, 3]])
    assert encoder(ids, validate=False)[0].shape == (1, 3, 24)
    assert jax.eval_shape(encoder, jnp.asarray(ids))[0].shape == (1, 3, 24)
    with pytest.raises(ValueError, match="33 tokens"):
        jax.eval_shape(encoder, jnp.zeros((1, 33), jnp.int32))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "either input_ids or inputs_embeds, got neither"),
        ({"input_ids": [[0.5]]}, TypeError, "input_ids must be an array of integers, got float64"),
        ({"input_ids": [2, 5]}, ValueError, r"input_ids must have shape \(batch, length\), got \(2,\)"),
        ({"input_ids": IDS, "token_type_ids": IDS[:, :2]}, ValueError, r"token_type_ids must have shape \(2, 5\)"),
        ({"input_ids": IDS, "labels": np.array([0, 9])}, ValueError, "labels must be between 0 and .*, got 9"),
    ],
)
def test_bad_calls_are_named(classifier: Any, arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        classifier(**arguments)


def test_bad_calls_of_multiple_choice_and_of_half_an_answer_are_named() -> None:
    chooser = FlaxAlbertForMultipleChoice(small_config(), _do_init=False)
    with pytest.raises(ValueError, match=r"inputs of shape \(batch, choices, length\), got shape \(2, 5\)"):
        chooser(IDS)
    with pytest.raises(ValueError, match="labels must be between 0 and 1, or -100 to be ignored, got 2"):
        chooser(IDS[None], labels=[2])
    reader = load("shared-params-ForQuestionAnswering", _do_init=False)[0]
    with pytest.raises(ValueError, match="both start_positions and end_positions, or neither"):
        reader(IDS, start_positions=LABELS)


def test_a_traced_label_out_of_range_gives_nan_not_a_number_that_looks_right() -> None:
    for label in (3, -1):
        assert np.isnan(jax.jit(cross_entropy)(jnp.zeros((1, 3)), jnp.array([label])))


_TWO_DEVICES = """
import jax, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from tests.flax.conftest import load

assert len(jax.devices()) == 2
model = load("shared-params-ForSequenceClassification")
ids = np.random.default_rng(0).integers(5, 150, (4, 6)).astype(np.int32)
labels = np.array([0, 1, 1, 0], np.int32)
step = jax.jit(jax.value_and_grad(lambda params, ids, labels: model(ids, params=params, labels=labels).loss))
value, gradient = step(model.params, ids, labels)

mesh = Mesh(np.array(jax.devices()), ("batch",))
rows, everywhere = NamedSharding(mesh, PartitionSpec("batch")), NamedSharding(mesh, PartitionSpec())
params = jax.device_put(model.params, everywhere)
on_two, slopes = step(params, jax.device_put(ids, rows), jax.device_put(labels, rows))
assert all(leaf.sharding.is_fully_replicated for leaf in jax.tree.leaves(slopes))
assert len(on_two.devices()) == 2
np.testing.assert_allclose(on_two, value, rtol=1e-5)
for one, other in zip(jax.tree.leaves(gradient), jax.tree.leaves(slopes), strict=True):
    np.testing.assert_allclose(one, other, atol=1e-5)
logits = jax.jit(lambda params, ids: model(ids, params=params).logits)(params, jax.device_put(ids, rows))
assert logits.sharding.spec[0] == "batch"
print("equal")
"""


def test_two_devices_give_the_result_of_one() -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    }
    command = [sys.executable, "-c", _TWO_DEVICES]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "equal", done.stderr


def test_a_missing_framework_is_told_with_the_extra_that_brings_it() -> None:
    for absent in ("jax", "flax"):
        code = (
            f"import sys; sys.modules[{absent!r}] = None\n"
            "import albert_docs_pkg\n"
            "try:\n    albert_docs_pkg.FlaxAlbertModel\n"
            "except ImportError as error:\n    print(error)"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert f'{absent} is not installed; pip install "albert-docs-pkg[flax]"' in done.stdout


def test_the_package_and_its_pytorch_half_import_no_jax() -> None:
    code = "import sys, albert_docs_pkg; albert_docs_pkg.AlbertConfig; print('jax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_initial_weights_can_be_made_under_jit() -> None:
    model = FlaxAlbertForSequenceClassification(small_config(), _do_init=False)
    made = jax.jit(model.init_weights, static_argnums=1)(jax.random.key(0), (1, 1))
    assert made["classifier"]["kernel"].shape == (16, 2)
