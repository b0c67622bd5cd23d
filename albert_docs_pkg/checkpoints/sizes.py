"""Compare the sizes that a config names with those that stored weights have, before a model is built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from albert_docs_pkg.checkpoints.names import canonical_name

_LAYER = "albert.encoder.albert_layer_groups.0.albert_layers.0"
_SIZES = {
    "vocab_size": ("albert.embeddings.word_embeddings.weight", 0),
    "embedding_size": ("albert.embeddings.word_embeddings.weight", 1),
    "max_position_embeddings": ("albert.embeddings.position_embeddings.weight", 0),
    "type_vocab_size": ("albert.embeddings.token_type_embeddings.weight", 0),
    "hidden_size": ("albert.encoder.embedding_hidden_mapping_in.weight", 0),
    "intermediate_size": (f"{_LAYER}.ffn.weight", 0),
}


class Shapes(Protocol, Iterable[str]):
    """Names with shapes, such as :class:`albert_docs_pkg.checkpoints.StoredWeights`."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a weight."""


def stored_sizes(weights: Shapes) -> dict[str, int]:
    """Return the fields of a config that weights show, as far as they show any.

    Args:
        weights: names in any spelling, and shapes.

    Example:
        >>> from albert_docs_pkg.checkpoints import load_weights
        >>> from albert_docs_pkg.checkpoints.sizes import stored_sizes
        >>> stored_sizes(load_weights("albert-wordnet-nano"))["embedding_size"]
        128
    """
    spelled = {canonical: name for name in weights if (canonical := canonical_name(name)) is not None}
    sizes = {}
    for field, (name, axis) in _SIZES.items():
        shape = weights.shape(spelled[name]) if name in spelled else ()
        if len(shape) == 2:
            sizes[field] = shape[axis]
    places = [match for name in spelled if (match := re.search(r"layer_groups\.(\d+)\.albert_layers\.(\d+)\.", name))]
    if places:
        sizes["num_hidden_groups"] = 1 + max(int(match[1]) for match in places)
        sizes["inner_group_num"] = 1 + max(int(match[2]) for match in places)
    return sizes


def size_conflicts(fields: Mapping[str, object], weights: Shapes) -> list[str]:
    """Return a line for each size that a config has otherwise than the weights.

    Args:
        fields: the config, as :meth:`albert_docs_pkg.AlbertConfig.to_dict` returns it.
        weights: names in any spelling, and shapes.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.checkpoints.sizes import size_conflicts
        >>> config = AlbertConfig.from_pretrained("albert-wordnet-nano", type_vocab_size=3)
        >>> size_conflicts(config.to_dict(), load_weights("albert-wordnet-nano"))
        ['type_vocab_size: 3 in the config, 2 in the weights']
    """
    return [
        f"{field}: {fields[field]} in the config, {size} in the weights"
        for field, size in stored_sizes(weights).items()
        if field in fields and fields[field] != size
    ]
