"""What needs a process of its own: TensorFlow missing, not imported, or on several devices."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    """Run Python code in a new process and return what it printed."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_without_tensorflow_the_extra_to_install_is_named() -> None:
    printed = run(
        """
import sys
sys.modules["tensorflow"] = None
from albert_docs_pkg import AlbertConfig
try:
    from albert_docs_pkg import TFAlbertModel
except ImportError as error:
    print(error)
"""
    )
    assert 'pip install "albert-docs-pkg[tensorflow]"' in printed


def test_another_keras_backend_is_named() -> None:
    printed = run(
        """
import os, sys, types
keras = types.ModuleType("keras")
keras.backend = types.SimpleNamespace(backend=lambda: "jax")
sys.modules.update(tensorflow=types.ModuleType("tensorflow"), keras=keras)
try:
    from albert_docs_pkg import TFAlbertModel
except ImportError as error:
    print(error)
"""
    )
    assert "Keras uses 'jax'; set the environment variable KERAS_BACKEND=tensorflow" in printed


def test_pytorch_models_do_not_import_tensorflow() -> None:
    printed = run(
        "import sys; from albert_docs_pkg import AlbertForMaskedLM; print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    assert printed.strip() == "set()"


def test_two_devices_train_as_one() -> None:
    printed = run(
        """
import keras, numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from albert_docs_pkg import AlbertConfig, TFAlbertForTokenClassification
config = AlbertConfig(vocab_size=50, embedding_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                      intermediate_size=24, max_position_embeddings=8, num_labels=3, classifier_dropout_prob=0.0)
rng = np.random.default_rng(0)
ids = rng.integers(1, 50, (8, 6))
labels = np.where(rng.random(ids.shape) < 0.5, ids % 3, -100)
labels[::4] = -100  # so that the replicas have different numbers of labels
def trained():
    keras.utils.set_random_seed(5)
    model = TFAlbertForTokenClassification(config)
    model.compile(keras.optimizers.SGD(0.5), jit_compile=False)
    data = tf.data.Dataset.from_tensor_slices({"input_ids": ids, "labels": labels}).batch(4)
    losses = model.fit(data, epochs=2, verbose=0, shuffle=False).history["loss"]
    return losses, model.evaluate(data, verbose=0), model.state_dict()
alone = trained()
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    assert tf.distribute.get_strategy().num_replicas_in_sync == 2
    both = trained()
np.testing.assert_allclose(both[0], alone[0], rtol=1e-5)
np.testing.assert_allclose(both[1], alone[1], rtol=1e-5)
for name, array in alone[2].items():
    np.testing.assert_allclose(both[2][name], array, atol=1e-6, err_msg=name)
print("same")
"""
    )
    assert printed.strip().endswith("same")
