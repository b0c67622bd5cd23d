"""The arguments that the calls of all models share, described once for the three frameworks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeVar

Call = TypeVar("Call", bound=Callable)

_DESCRIPTIONS = {
    "input_ids": """integers of shape {shape}, ids of vocabulary pieces; or give ``inputs_embeds``.""",
    "attention_mask": """1 for tokens to attend to, 0 for padding, of shape {shape}{more_masks}. Without
    it every token is attended to, and attention kernels that take no mask can be used.""",
    "token_type_ids": """integers of shape {shape}: 0 for the first segment, 1 for the second; all 0 when absent.""",
    "position_ids": """integers of shape {shape}; 0, 1, 2 ... when absent.""",
    "inputs_embeds": """float of shape {embeds}, used instead of looking ``input_ids`` up.""",
    "output_attentions": """return the attention probabilities of every layer, which takes the ``"eager"``
    implementation for this call; ``config.output_attentions`` when absent.""",
    "output_hidden_states": """return the states of every layer; ``config.output_hidden_states`` when absent.""",
    "return_dict": """return an output object, not a tuple; ``config.return_dict`` when absent.""",
    "validate": """also check every value (ids, masks, labels) and raise for what is out of range; this waits for the
    device, so it is off by default.""",
}

_RAISES = """
TypeError: ids are no integer tensor.
ValueError: both or neither of ``input_ids`` and ``inputs_embeds``, shapes that do not go together, more tokens
    than ``max_position_embeddings``, or, with ``validate``, a value out of range.
"""


def documents_inputs(call: Call, **descriptions: str) -> Call:
    """Complete the docstring of a model's call: every shared argument of its signature in place, then the errors.

    The docstring of ``call`` has an ``Args:`` section with the arguments of its own only (possibly empty) followed by
    ``Returns:`` and ``Example:``. Arguments are listed in the order of the signature.

    Args:
        call: the function to document.
        **descriptions: texts by argument, for what one framework has or says differently; ``{shape}`` and
            ``{embeds}`` stand for the shapes.

    Example:
        >>> from albert_docs_pkg.call_arguments import documents_inputs
        >>> def call(input_ids, labels):
        ...     '''Do.
        ...
        ...         Args:
        ...             labels: integers.
        ...
        ...         Returns:
        ...             Logits.
        ...
        ...         Example:
        ...             None.
        ...     '''
        >>> documents_inputs(call).__doc__.splitlines()[3].strip()
        'input_ids: integers of shape (batch, length), ids of vocabulary pieces; or give ``inputs_embeds``.'
    """
    shapes = {
        "shape": "(batch, length)",
        "embeds": "(batch, length, embedding_size)",
        "more_masks": ", or (batch, length, length)",
    }
    return _complete(call, shapes, descriptions)


def documents_choices(call: Call, **descriptions: str) -> Call:
    """As :func:`documents_inputs`, for inputs that have one more dimension, the choices.

    Example:
        >>> from albert_docs_pkg.call_arguments import documents_choices
        >>> def choose(input_ids):
        ...     '''Do.
        ...
        ...         Args:
        ...
        ...         Returns:
        ...             Logits.
        ...
        ...         Example:
        ...             None.
        ...     '''
        >>> "(batch, choices, length)" in documents_choices(choose).__doc__
        True
    """
    shapes = {
        "shape": "(batch, choices, length)",
        "embeds": "(batch, choices, length, embedding_size)",
        "more_masks": "",
    }
    return _complete(call, shapes, descriptions)


def _complete(call: Call, shapes: dict[str, str], descriptions: dict[str, str]) -> Call:
    texts = _DESCRIPTIONS | descriptions
    doc = call.__doc__ or ""
    before, rest = doc.split("        Args:\n", 1)
    own, after = rest.split("\n        Returns:\n", 1)
    returns, example = after.split("\n        Example:\n", 1)
    # What the call describes itself stands where the first argument without a shared text stands in the signature.
    lines: list[str] = []
    own_lines = own.rstrip("\n")
    for name in inspect.signature(call).parameters:
        if name in texts:
            lines.append(_indented(f"{name}: {texts[name].format(**shapes)}"))
        elif name != "self" and own_lines:
            lines.append(f"{own_lines}\n")
            own_lines = ""
    call.__doc__ = (
        f"{before}        Args:\n{''.join(lines)}\n        Returns:\n{returns}\n"
        f"        Raises:\n{_indented(_RAISES)}\n        Example:\n{example}"
    )
    return call


def _indented(lines: str) -> str:
    return "".join(f"            {line}\n" for line in lines.strip().splitlines())
