"""Check what a tokenizer call asks for, before any work is done."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

from albert_docs_pkg.tokenizers.padding import PADDING, Padding
from albert_docs_pkg.tokenizers.rows import TRUNCATION, Truncation

UNLIMITED = int(1e30)
"""``model_max_length`` of a tokenizer that knows no limit."""


@dataclass(frozen=True)
class Request:
    """The options of one call, checked."""

    add_special_tokens: bool = True
    padding: Padding = field(default_factory=Padding)
    truncation: Truncation = field(default_factory=Truncation)
    return_tensors: str | None = None
    return_token_type_ids: bool = True
    return_attention_mask: bool = True
    return_special_tokens_mask: bool = False
    return_offsets_mapping: bool = False
    return_length: bool = False
    words: bool = False


def read_lengths(
    *,
    padding: bool | str | Any,
    truncation: bool | str | Any | None,
    max_length: int | None,
    stride: int,
    pad_to_multiple_of: int | None,
    padding_side: str,
    truncation_side: str,
    overflow: bool,
    model_max_length: int,
) -> tuple[Padding, Truncation]:
    """Return how rows are filled up and cut.

    Raises:
        ValueError: an option is not one of the allowed values; the message names it, the value and what is allowed.
    """
    pad = _strategy(padding, yes="longest", no="do_not_pad")
    if pad not in PADDING:
        raise ValueError(f"padding must be True, False or one of {', '.join(map(repr, PADDING))}, got {padding!r}")
    cut = _strategy(truncation, yes="longest_first", no="do_not_truncate")
    if cut not in TRUNCATION:
        raise ValueError(
            f"truncation must be True, False or one of {', '.join(map(repr, TRUNCATION))}, got {truncation!r}"
        )
    _check_whole("max_length", max_length, 1)
    _check_whole("stride", stride, 0)
    _check_whole("pad_to_multiple_of", pad_to_multiple_of, 1)
    for name, side in (("padding_side", padding_side), ("truncation_side", truncation_side)):
        if side not in ("left", "right"):
            raise ValueError(f"{name} must be 'left' or 'right', got {side!r}")
    if max_length is not None and truncation is None and pad == "do_not_pad":
        warnings.warn("max_length without truncation or padding: truncation=True is assumed", stacklevel=4)
        cut = "longest_first"
    limit = max_length if max_length is not None else model_max_length
    if pad == "max_length" and limit >= UNLIMITED:
        raise ValueError("padding='max_length' needs max_length: this tokenizer has no model_max_length")
    cut_and_padded = pad != "do_not_pad" and cut != "do_not_truncate" and limit < UNLIMITED
    if pad_to_multiple_of and cut_and_padded and limit % pad_to_multiple_of:
        raise ValueError(
            f"max_length must be a multiple of pad_to_multiple_of={pad_to_multiple_of} when rows are cut and padded, "
            f"got {limit}"
        )
    known = limit if limit < UNLIMITED else None
    return (
        Padding(pad, known, pad_to_multiple_of, padding_side),  # type: ignore[arg-type]
        Truncation(cut, known, stride, truncation_side, overflow),  # type: ignore[arg-type]
    )


def read_texts(text: Any, text_pair: Any, *, words: bool, batch: bool | None = None) -> tuple[list, list | None, bool]:
    """Return the first texts, the second ones or ``None``, and whether the call was a batch.

    Args:
        text: a text or a list of texts; pre-split, a list of words or a list of such lists.
        text_pair: ``None`` or the same shape as ``text``.
        words: whether the input is pre-split.
        batch: whether ``text`` must be a batch, ``None`` to tell from its shape.

    Raises:
        ValueError: something else was given; the message names the argument, what it holds and what is allowed.
    """
    single = _is_words if words else _is_text
    if batch is None:
        batch = not single(text)
    one = "a list of words" if words else "a text"
    if not batch:
        _check(single(text), "text", text, one)
        _check(text_pair is None or single(text_pair), "text_pair", text_pair, f"{one}, as text is")
        return [text], None if text_pair is None else [text_pair], False
    _check(isinstance(text, list | tuple), "text", text, f"{one} or a list of them")
    for name, texts in (("text", text), ("text_pair", text_pair if text_pair is not None else ())):
        _check(isinstance(texts, list | tuple), name, texts, "a list of the same length as text")
        for index, item in enumerate(texts):
            if not single(item):
                _check(False, f"{name}[{index}]", item, one)
    if text_pair is not None and len(text_pair) != len(text):
        raise ValueError(f"text_pair must have as many items as text, {len(text)}, got {len(text_pair)}")
    return list(text), None if text_pair is None else list(text_pair), True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_words(value: Any) -> bool:
    # An empty list is a batch of nothing only when nobody says it is pre-split.
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)


def _check(fine: bool, name: str, value: Any, allowed: str) -> None:
    if not fine:
        shown = repr(value)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        raise ValueError(f"{name} must be {allowed}, got {type(value).__name__} {shown}")


def _strategy(value: Any, *, yes: str, no: str) -> Any:
    if isinstance(value, bool) or value is None:
        return yes if value else no
    return getattr(value, "value", value)


def _check_whole(name: str, value: Any, least: int) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
