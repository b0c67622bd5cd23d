"""The arguments that all model calls share, documented once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Call = TypeVar("Call", bound=Callable)

_FIRST = """
input_ids: integers of shape {shape}, ids of vocabulary pieces; or give ``inputs_embeds``.
attention_mask: 1 for tokens to attend to, 0 for padding, of shape {shape}{more_masks}. Without
    it every token is attended to, and attention kernels that take no mask can be used.
token_type_ids: integers of shape {shape}: 0 for the first segment, 1 for the second; all 0 when absent.
position_ids: integers of shape {shape}; 0, 1, 2 ... when absent.
inputs_embeds: float of shape {embeds}, used instead of looking ``input_ids`` up.
"""

_LAST = """
output_attentions: return the attention probabilities of every layer, which takes the ``"eager"``
    implementation for this call; ``config.output_attentions`` when absent.
output_hidden_states: return the states of every layer; ``config.output_hidden_states`` when absent.
return_dict: return an output object, not a tuple; ``config.return_dict`` when absent.
validate: also check every value (ids, masks, labels) and raise for what is out of range; this waits for the
    device, so it is off by default.
"""

_RAISES = """
TypeError: ids are no integer tensor.
ValueError: both or neither of ``input_ids`` and ``inputs_embeds``, shapes that do not go together, more tokens
    than ``max_position_embeddings``, or, with ``validate``, a value out of range.
"""


def documents_inputs(call: Call) -> Call:
    """Complete the docstring of a model's forward: inputs before its own arguments, switches after, then errors.

    The docstring of ``call`` has an ``Args:`` section with the label arguments only (possibly empty) followed by
    ``Returns:``.
    """
    return _complete(call, "(batch, length)", "(batch, length, embedding_size)", ", or (batch, length, length)")


def documents_choices(call: Call) -> Call:
    """As :func:`documents_inputs`, for inputs that have one more dimension, the choices."""
    return _complete(call, "(batch, choices, length)", "(batch, choices, length, embedding_size)", "")


def _complete(call: Call, shape: str, embeds: str, more_masks: str) -> Call:
    doc = call.__doc__ or ""
    before, rest = doc.split("        Args:\n", 1)
    own, after = rest.split("\n        Returns:\n", 1)
    returns, example = after.split("\n        Example:\n", 1)
    first = _indented(_FIRST.format(shape=shape, embeds=embeds, more_masks=more_masks))
    call.__doc__ = (
        f"{before}        Args:\n{first}{own}{_indented(_LAST)}\n        Returns:\n{returns}\n"
        f"        Raises:\n{_indented(_RAISES)}\n        Example:\n{example}"
    )
    return call


def _indented(lines: str) -> str:
    return "".join(f"            {line}\n" for line in lines.strip().splitlines())
