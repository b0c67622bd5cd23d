"""What the calls of Flax models take beyond the arguments that all frameworks share."""

from __future__ import annotations

from functools import partial

from albert_docs_pkg.call_arguments import documents_choices as _documents_choices
from albert_docs_pkg.call_arguments import documents_inputs as _documents_inputs

_DESCRIPTIONS = {
    "params": "tree of parameters to use instead of ``model.params``.",
    "dropout_rng": "random key for dropout; needed where ``train`` is on and the config has a rate above 0.",
    "train": "apply dropout.",
    "validate": """check every value (ids, masks, labels) and raise for what is out of range, where JAX would give NaN
    without a word. When absent, what is in the memory of the host is checked; ``True`` also waits for arrays on an
    accelerator; ``False`` checks nothing. Values that ``jax.jit`` traces cannot be checked.""",
}

documents_inputs = partial(_documents_inputs, **_DESCRIPTIONS)
"""As :func:`albert_docs_pkg.call_arguments.documents_inputs`, with the arguments that only Flax models have."""

documents_choices = partial(_documents_choices, **_DESCRIPTIONS)
"""As :func:`documents_inputs`, for inputs that have one more dimension, the choices."""
