"""Compare the sizes that a config names with those that stored weights have, before a model is built."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

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


class Shapes(Protocol):
    """Names with shapes, such as :class:`albert_docs_pkg.checkpoints.StoredWeights`."""

    def __iter__(self) -> Iterator[str]: ...

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a weight."""


def encoder_parameters(fields: Mapping[str, Any]) -> int:
    """Return about how many parameters the encoder of a config has; biases and heads are left out.

    Args:
        fields: the config, as :meth:`albert_docs_pkg.AlbertConfig.to_dict` returns it.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.checkpoints.sizes import encoder_parameters
        >>> encoder_parameters(AlbertConfig().to_dict())
        205756672
    """
    hidden = fields["hidden_size"]
    rows = fields["vocab_size"] + fields["max_position_embeddings"] + fields["type_vocab_size"] + hidden
    layer = 4 * hidden**2 + 2 * hidden * fields["intermediate_size"]
    return rows * fields["embedding_size"] + fields["num_hidden_groups"] * fields["inner_group_num"] * layer


def check_growth(fields: Mapping[str, Any], weights: Shapes) -> None:
    """Refuse a config that contradicts the weights and makes a model many times their size.

    Weights of another shape are otherwise reported one by one, or initialised, once the model is there; this is about
    models that there is no memory for.

    Args:
        fields: the config, as :meth:`albert_docs_pkg.AlbertConfig.to_dict` returns it.
        weights: names in any spelling, and shapes.

    Raises:
        ValueError: the model has more than ten times the parameters of the weights; all sizes that differ are listed.

    Example:
        >>> from albert_docs_pkg.checkpoints.sizes import check_growth
        >>> from albert_docs_pkg.checkpoints import load_weights
        >>> weights = load_weights("albert-wordnet-nano")
        >>> check_growth(AlbertConfig.from_pretrained("albert-wordnet-nano").to_dict(), weights)
    """
    conflicts = size_conflicts(fields, weights)
    if not conflicts:
        return
    stored = sum(math.prod(weights.shape(name)) for name in weights)
    wanted = encoder_parameters(fields)
    if wanted > 10 * stored + 2**20:
        lines = "\n".join(f"  {line}" for line in conflicts)
        raise ValueError(f"the config makes {wanted:,} parameters, the checkpoint has {stored:,}:\n{lines}")


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
