"""The names of ALBERT's weights: older spellings, the ``albert.`` prefix, weights that are stored once and used twice.

Canonical names are those of the PyTorch checkpoints on the Hugging Face hub, seen from a model with a head:
``albert.embeddings.word_embeddings.weight``, ``predictions.bias`` and so on. A file of the bare encoder has them
without ``albert.``; files of TensorFlow origin say ``gamma`` and ``beta``; early ones carry index buffers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

ENCODER_PREFIX = "albert."
"""What the encoder's names start with inside a model with a head."""

SHARED_NAMES = {
    "predictions.decoder.bias": "predictions.bias",
    "predictions.decoder.weight": "albert.embeddings.word_embeddings.weight",
}
"""Weights that are the same as another one; the second is only when ``tie_word_embeddings`` is on."""

_OLD_SPELLINGS = {".gamma": ".weight", ".beta": ".bias"}
_BUFFERS = ("embeddings.position_ids", "embeddings.token_type_ids")
_ENCODER_ROOMS = ("embeddings.", "encoder.", "pooler.")


@dataclass(frozen=True)
class NameMatch:
    """How the names of a file and those of a model go together.

    Args:
        found: ``{name in the model: name in the file}``.
        missing: names of the model that the file has nothing for.
        unexpected: names of the file that the model has no place for.
    """

    found: dict[str, str]
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)


def canonical_name(name: str) -> str | None:
    """Return the canonical spelling of a name in a file, ``None`` for a buffer that is no weight.

    Example:
        >>> from albert_docs_pkg.checkpoints.names import canonical_name
        >>> canonical_name("embeddings.LayerNorm.gamma")
        'albert.embeddings.LayerNorm.weight'
    """
    for old, new in _OLD_SPELLINGS.items():
        if name.endswith(old):
            name = name.removesuffix(old) + new
    if name.startswith(_ENCODER_ROOMS):
        name = ENCODER_PREFIX + name
    return None if name.removeprefix(ENCODER_PREFIX) in _BUFFERS else name


def match_names(in_file: Iterable[str], in_model: Iterable[str], tied: bool = True) -> NameMatch:
    """Find for each weight of a model the one in the file that fills it.

    Args:
        in_file: names as the file spells them.
        in_model: names as the model spells them, with or without ``albert.``.
        tied: the model uses its token embeddings as output matrix.

    Raises:
        ValueError: two names of the file mean the same weight.

    Example:
        >>> from albert_docs_pkg.checkpoints.names import match_names
        >>> match_names(["pooler.weight", "extra"], ["albert.pooler.weight", "albert.pooler.bias"])
        NameMatch(found={'albert.pooler.weight': 'pooler.weight'}, missing=['albert.pooler.bias'], unexpected=['extra'])
    """
    file_names: dict[str, str] = {}
    for name in in_file:
        canonical = canonical_name(name)
        if canonical is None:
            continue
        if canonical in file_names:
            raise ValueError(f"the checkpoint has one weight twice: as {file_names[canonical]!r} and as {name!r}")
        file_names[canonical] = name
    shared = {name: twin for name, twin in SHARED_NAMES.items() if tied or name != "predictions.decoder.weight"}
    found, missing, used = {}, [], set()
    for name in in_model:
        canonical = canonical_name(name) or name
        # Either of two shared weights fills the other; the file may have one or both.
        twins = [shared.get(canonical), *(first for first, second in shared.items() if second == canonical)]
        candidates = [canonical, *(twin for twin in twins if twin is not None)]
        source = next((candidate for candidate in candidates if candidate in file_names), None)
        if source is None:
            missing.append(name)
        else:
            found[name] = file_names[source]
        used.update(candidates)
    return NameMatch(found, missing, [name for canonical, name in file_names.items() if canonical not in used])
