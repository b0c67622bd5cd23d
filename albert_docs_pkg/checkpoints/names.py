"""The names of ALBERT's weights: every spelling that files have, and the weights that are stored once and used twice.

Canonical names are those of the PyTorch checkpoints on the Hugging Face hub, seen from a model with a head:
``albert.embeddings.word_embeddings.weight``, ``predictions.bias`` and so on. A file of the bare encoder has them
without ``albert.``; files of TensorFlow origin say ``gamma`` and ``beta``; early ones carry index buffers; training on
several GPUs put ``module.`` in front. Keras, Flax and google-research/albert have paths of their own, in which
matrices called ``kernel`` are the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

ENCODER_PREFIX = "albert."
"""What the encoder's names start with inside a model with a head."""

SHARED_NAMES = {
    "predictions.decoder.bias": "predictions.bias",
    "predictions.decoder.weight": "albert.embeddings.word_embeddings.weight",
}
"""Weights that are the same as another one; the second is only when ``tie_word_embeddings`` is on."""

HEADS = ("predictions", "sop_classifier", "classifier", "qa_outputs")
"""What stands beside the encoder in a model with a head; its names start with one of these."""

_LEAVES = {
    "kernel": "weight",
    "gamma": "weight",
    "scale": "weight",
    "embedding": "weight",
    "embeddings": "weight",
    "beta": "bias",
}
_BUFFERS = ("embeddings.position_ids", "embeddings.token_type_ids")
_ROOMS = ("embeddings", "encoder", "pooler")
_ROOTS = ("albert", *HEADS, *_ROOMS)

_GOOGLE = (
    (r"(module/)?bert/embeddings/(word|position|token_type)_embeddings", r"albert.embeddings.\2_embeddings.weight"),
    (r"(module/)?bert/embeddings/LayerNorm", r"albert.embeddings.LayerNorm"),
    (r"(module/)?bert/encoder/embedding_hidden_mapping_in", r"albert.encoder.embedding_hidden_mapping_in"),
    (r"(module/)?bert/pooler/dense", r"albert.pooler"),
    (
        r"(module/)?bert/encoder/transformer/group_(\d+)/inner_group_(\d+)",
        r"albert.encoder.albert_layer_groups.\2.albert_layers.\3",
    ),
    (r"/attention_1/self/(query|key|value)", r".attention.\1"),
    (r"/attention_1/output/dense", r".attention.dense"),
    (r"/ffn_1/intermediate/output/dense", r".ffn_output"),
    (r"/ffn_1/intermediate/dense", r".ffn"),
    (r"/LayerNorm_1", r".full_layer_layer_norm"),
    (r"/LayerNorm", r".attention.LayerNorm"),
    (r"(module/)?cls/predictions/output_bias", r"predictions.bias"),
    (r"(module/)?cls/predictions/transform/(dense|LayerNorm)", r"predictions.\2"),
    (r"(module/)?cls/seq_relationship/output_(weight|bias)s?", r"sop_classifier.classifier.\2"),
    (r"cls/squad/output_(weight|bias)s?", r"qa_outputs.\1"),
    (r"output_(weight|bias)s?", r"classifier.\1"),
)
"""Beginnings of the variables of google-research/albert, taken off one after the other; the leaf remains."""

_NO_WEIGHTS = re.compile(
    r"(.*/)?(global_step|(beta[12]_power|adam_[mv]|Adam(_\d)?|LAMB(_\d)?|lamb_[mv]|Momentum|ExponentialMovingAverage)"
    r"|save_counter/.*|_CHECKPOINTABLE_OBJECT_GRAPH)(/.*)?"
)


class StoredName(NamedTuple):
    """What the name of an array in a file means.

    Args:
        name: canonical name; the name itself where it is none of ALBERT's; ``None`` for what is no weight.
        transposed: the file has the matrix the other way round.
    """

    name: str | None
    transposed: bool = False


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


@lru_cache(maxsize=4096)
def stored_name(spelling: str) -> StoredName:
    """Return what a name in a file of any format means.

    Args:
        spelling: a PyTorch name, or the path that Keras, Flax or google-research/albert give a weight.

    Example:
        >>> from albert_docs_pkg.checkpoints.names import stored_name
        >>> stored_name("bert/encoder/transformer/group_0/inner_group_0/attention_1/self/query/kernel").transposed
        True
        >>> stored_name("tf_albert_model/albert/embeddings/LayerNorm/gamma:0").name
        'albert.embeddings.LayerNorm.weight'
        >>> stored_name("bert/pooler/dense/kernel/adam_m").name is None
        True
    """
    if _NO_WEIGHTS.fullmatch(spelling):
        return StoredName(None)
    if spelling.startswith(("bert/", "cls/", "module/", "output_")):
        return _of_google(spelling)
    path = re.split(r"[/.]", spelling.removesuffix(":0").replace("_._", "."))
    # The wrapper of training on several GPUs, or the name of a Keras model, stands in front.
    if path[0] not in _ROOTS and ("/" in spelling or path[0] == "module"):
        path = path[1:]
    if len(path) < 2 or path[0] not in _ROOTS:
        return StoredName(spelling)
    leaf = _LEAVES.get(path[-1], path[-1])
    if path[0] in _ROOMS:
        path.insert(0, "albert")
    name = ".".join((*path[:-1], leaf))
    return StoredName(None if name.removeprefix(ENCODER_PREFIX) in _BUFFERS else name, path[-1] == "kernel")


def canonical_name(name: str) -> str | None:
    """Return the canonical spelling of a name in a file, ``None`` for a buffer that is no weight.

    Example:
        >>> from albert_docs_pkg.checkpoints.names import canonical_name
        >>> canonical_name("module.embeddings.LayerNorm.gamma")
        'albert.embeddings.LayerNorm.weight'
    """
    return stored_name(name).name


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


def _of_google(spelling: str) -> StoredName:
    rest, name = spelling, ""
    for pattern, replacement in _GOOGLE:
        match = re.match(pattern + r"(?=/|$)", rest)
        if match and (not name) != pattern.startswith("/"):
            name += match.expand(replacement)
            rest = rest[match.end() :]
    if not name or rest.removeprefix("/") not in ("", *_LEAVES, "bias"):
        return StoredName(spelling)
    leaf = rest.removeprefix("/")
    whole = f"{name}.{_LEAVES.get(leaf, leaf)}" if leaf else name
    return StoredName(whole, leaf == "kernel")
