"""How the calls of the TensorFlow models take their arguments, and how these are described."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from albert_docs_pkg import call_arguments
from albert_docs_pkg.call_arguments import Call

_OWN = {
    "input_ids": """integers of shape {shape}, ids of vocabulary pieces; or give ``inputs_embeds``. Instead of it, a
    dictionary with any of the arguments, or a list of tensors in their order.""",
    "output_attentions": """return the attention probabilities of every layer; ``config.output_attentions`` when
    absent.""",
    "validate": """also check every value (ids, masks, labels) and raise for what is out of range; this waits for the
    device and takes an eager call. What comes as a NumPy array is always checked.""",
    "training": """apply dropout.""",
}


def documents_inputs(call: Call) -> Call:
    """Complete a docstring as :func:`albert_docs_pkg.call_arguments.documents_inputs` does, for Keras calls."""
    return call_arguments.documents_inputs(call, **_OWN)


def documents_choices(call: Call) -> Call:
    """Complete a docstring as :func:`albert_docs_pkg.call_arguments.documents_choices` does, for Keras calls."""
    return call_arguments.documents_choices(call, **_OWN)


def bind_arguments(call: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by name, whichever way they came.

    Args:
        call: the function whose signature counts.
        args: positional arguments; the first may be a dictionary of arguments or a list in their order.
        kwargs: keyword arguments.

    Raises:
        TypeError: an argument is unknown, is given twice, or the list holds something that is no array.

    Example:
        >>> from albert_docs_pkg.tensorflow.call_arguments import bind_arguments
        >>> def call(input_ids=None, attention_mask=None, training=None): ...
        >>> bind_arguments(call, [{"input_ids": 1}], {"training": True})
        {'input_ids': 1, 'training': True}
    """
    first = args[0] if args else kwargs.get("input_ids")
    if isinstance(first, Mapping):
        rest = {name: value for name, value in kwargs.items() if name != "input_ids"}
        twice = [name for name in first if name in rest]
        if len(args) > 1 or twice:
            raise TypeError(
                f"a dictionary of inputs goes with keyword arguments that it lacks, got also {twice or args[1:]}"
            )
        args, kwargs = (), {**dict(first.items()), **rest}
    elif isinstance(first, list | tuple):
        wrong = [type(part).__name__ for part in first if part is not None and not _is_array(part)]
        if wrong:
            raise TypeError(f"a list of inputs holds tensors in the order of the arguments, got {', '.join(wrong)}")
        rest = {name: value for name, value in kwargs.items() if name != "input_ids"}
        args, kwargs = (*first, *args[1:]), rest
    return dict(inspect.signature(call).bind(*args, **kwargs).arguments)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | tf.Variable) or tf.is_tensor(value) or hasattr(value, "dtype")
