"""Where the weights of a model go and in which dtype: what ``from_pretrained`` is told, checked before any work."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from albert_docs_pkg.checkpoints.loading import no_such_device, stored_dtype
from albert_docs_pkg.checkpoints.weights import StoredWeights


def usable_device(device: Any) -> str:
    """Return TensorFlow's full name of a device that this machine has.

    Args:
        device: such as ``"CPU"``, ``"GPU:1"`` or ``"/device:GPU:0"``.

    Raises:
        ValueError: it is no such name, or the machine does not have it.

    Example:
        >>> from albert_docs_pkg.tensorflow.placement import usable_device
        >>> usable_device("CPU").endswith("CPU:0")
        True
    """
    present = [logical.name for logical in tf.config.list_logical_devices()]
    try:
        wanted = tf.DeviceSpec.from_string(device if isinstance(device, str) and ":" in device else f"{device}:0")
    except (ValueError, TypeError):
        wanted = None
    # TensorFlow itself would take another device without a word.
    for name in present if isinstance(device, str) and wanted is not None else ():
        found = tf.DeviceSpec.from_string(name)
        if (found.device_type, found.device_index) == (wanted.device_type, wanted.device_index):
            return name
    allowed = "the name of a device such as '/GPU:0' or 'CPU'"
    raise no_such_device(device, allowed, [name.removeprefix("/device:") for name in present])


def dtype_policy(dtype: Any, weights: StoredWeights) -> str | keras.DTypePolicy | None:
    """Return what a model's ``dtype`` is to be, ``None`` for Keras' global policy.

    Args:
        dtype: a floating dtype, its name, a policy or its name, or ``"auto"``.
        weights: the checkpoint's, which ``"auto"`` looks at.

    Raises:
        ValueError: it is none of these.

    Example:
        >>> from albert_docs_pkg.checkpoints import load_weights
        >>> from albert_docs_pkg.tensorflow.placement import dtype_policy
        >>> dtype_policy("auto", load_weights("albert-wordnet-nano"))
        'float16'
    """
    if dtype is None or isinstance(dtype, keras.DTypePolicy):
        return dtype
    wanted = stored_dtype(weights) if dtype == "auto" else dtype
    name = wanted if isinstance(wanted, str) else str(getattr(wanted, "name", getattr(wanted, "__name__", wanted)))
    if name.removeprefix("mixed_") not in ("float16", "bfloat16", "float32", "float64"):
        raise ValueError(
            f"dtype must be a floating dtype of TensorFlow, its name, a Keras dtype policy, or 'auto', got {dtype!r}"
        )
    return name
