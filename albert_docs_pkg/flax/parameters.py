"""The tree of parameters beside a linen module: initial values, shapes, dtypes, the embedding table."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array

from albert_docs_pkg.checkpoints.flax_names import flat_tree, nested_tree
from albert_docs_pkg.checkpoints.loading import vocabulary_size
from albert_docs_pkg.checkpoints.names import ENCODER_PREFIX
from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.flax.validation import check_shapes

Params = Mapping[str, Any]


class FlaxAlbertParameters:
    """The part of every Flax model that holds and makes parameters; base of the models, not to be built itself.

    Example:
        >>> import jax
        >>> from albert_docs_pkg import FlaxAlbertForSequenceClassification
        >>> model = FlaxAlbertForSequenceClassification.from_pretrained("albert-wordnet-nano", num_labels=5)
        >>> model.params["classifier"]["bias"].shape
        (5,)
    """

    base_model_prefix = ENCODER_PREFIX.removesuffix(".")

    config: AlbertConfig
    module: nn.Module
    key: Array
    input_shape: tuple[int, ...]
    _params: Params | None

    def init_weights(
        self, rng: Array, input_shape: tuple[int, ...] | None = None, params: Params | None = None
    ) -> dict[str, Any]:
        """Return a new tree of parameters: normal with ``initializer_range``, biases and the padding row zero.

        Args:
            rng: random key.
            input_shape: as in the constructor, whose value is taken when absent.
            params: parameters to keep; what they lack is initialised.

        Example:
            >>> fresh = model.init_weights(jax.random.key(1))
            >>> float(abs(fresh["albert"]["embeddings"]["word_embeddings"]["embedding"][0]).sum())
            0.0
        """
        kept = {} if params is None else dict(flat_tree(params))
        return nested_tree(self._initial(rng, input_shape or self.input_shape, kept) | kept)

    def _initial(
        self, rng: Array, input_shape: tuple[int, ...], without: Container[tuple[str, ...]] = ()
    ) -> dict[tuple[str, ...], Any]:
        """Return initial values by path, but for those of some paths."""
        input_ids = np.zeros((1, input_shape[-1]), np.int32)
        check_shapes(self.config, {"input_ids": input_ids, "inputs_embeds": None})

        def draw(key: Array) -> list[Any]:
            tree = self.module.init(key, input_ids)["params"]
            paths.extend(path for path, _ in flat_tree(tree) if path not in without)
            return [leaf for path, leaf in flat_tree(tree) if path not in without]

        # Under jit what is not returned is never computed: the forward pass that tells the shapes, for one.
        paths: list[tuple[str, ...]] = []
        return dict(zip(paths, jax.jit(draw)(rng), strict=True))

    @property
    def params(self) -> Params:
        """The tree of parameters; it nests under the names that ``flax_model.msgpack`` files have.

        Setting it checks that no parameter is missing and none is unknown.

        Raises:
            ValueError: the model was built with ``_do_init=False``, or a tree to set has other names.

        Example:
            >>> sorted(model.params)
            ['albert', 'classifier']
        """
        if self._params is None:
            raise ValueError(
                "this model was built with _do_init=False and has no parameters of its own: pass params to the call"
            )
        return self._params

    @params.setter
    def params(self, params: Params) -> None:
        given, required = {path for path, _ in flat_tree(params)}, self.required_params
        for problem, paths in (("lack", required - given), ("have unknown", given - required)):
            if paths:
                raise ValueError(f"params {problem} {', '.join('/'.join(path) for path in sorted(paths))}")
        self._params = params

    @cached_property
    def params_shape_tree(self) -> dict[str, Any]:
        """Shapes and dtypes of all parameters, as a tree of ``jax.ShapeDtypeStruct``.

        Example:
            >>> model.params_shape_tree["classifier"]["bias"].shape
            (5,)
        """
        return nested_tree(jax.eval_shape(lambda: self._initial(self.key, self.input_shape)))

    @property
    def required_params(self) -> set[tuple[str, ...]]:
        """Paths of all parameters.

        Example:
            >>> ("classifier", "kernel") in model.required_params
            True
        """
        return {path for path, _ in flat_tree(self.params_shape_tree)}

    def num_parameters(self) -> int:
        """Count the parameters.

        Example:
            >>> model.num_parameters() == sum(leaf.size for leaf in jax.tree.leaves(model.params))
            True
        """
        return sum(leaf.size for leaf in jax.tree.leaves(self.params_shape_tree))

    def to_bf16(self, params: Params, mask: Params | None = None) -> Params:
        """Return the parameters in bfloat16; the model itself is not changed.

        Args:
            params: tree of parameters.
            mask: tree of the same form with ``True`` where a parameter is to be changed; all when absent.

        Example:
            >>> model.to_bf16(model.params)["classifier"]["kernel"].dtype
            dtype(bfloat16)
        """
        return _cast(params, mask, jnp.bfloat16)

    def to_fp16(self, params: Params, mask: Params | None = None) -> Params:
        """Return the parameters in float16; arguments as for :meth:`to_bf16`.

        Example:
            >>> model.to_fp16(model.params)["classifier"]["kernel"].dtype
            dtype('float16')
        """
        return _cast(params, mask, jnp.float16)

    def to_fp32(self, params: Params, mask: Params | None = None) -> Params:
        """Return the parameters in float32; arguments as for :meth:`to_bf16`.

        Example:
            >>> model.to_fp32(model.to_bf16(model.params))["classifier"]["kernel"].dtype
            dtype('float32')
        """
        return _cast(params, mask, jnp.float32)

    def get_input_embeddings(self) -> Array:
        """Return the table of word embeddings, of shape (vocab_size, embedding_size).

        Example:
            >>> model.get_input_embeddings().shape[1] == model.config.embedding_size
            True
        """
        return self.params.get(self.base_model_prefix, self.params)["embeddings"]["word_embeddings"]["embedding"]

    def resize_token_embeddings(
        self, new_num_tokens: int | None = None, pad_to_multiple_of: int | None = None
    ) -> Array:
        """Make the vocabulary longer or shorter; new rows start as the mean of the old ones.

        The output matrix and its bias are resized with it (a new piece has bias 0), and ``config.vocab_size``
        follows. ``model.params`` becomes a new tree.

        Args:
            new_num_tokens: number of pieces, as they are now when absent.
            pad_to_multiple_of: round the number up to a multiple of this.

        Returns:
            The new table.

        Raises:
            ValueError: a number below 1, or one that would cut off the padding piece.

        Example:
            >>> model.resize_token_embeddings(model.config.vocab_size + 2).shape[0] == model.config.vocab_size
            True
        """
        config = self.config
        count = vocabulary_size(config.vocab_size, new_num_tokens, pad_to_multiple_of, config.pad_token_id)
        resized = {}
        for path, leaf in flat_tree(self.params):
            if path[-2] == "word_embeddings":
                leaf = _resized(leaf, count)
            elif path[-2] == "decoder":
                leaf = _resized(leaf.T, count).T
            elif path == ("predictions", "bias"):
                leaf = jnp.pad(leaf[:count], (0, max(0, count - leaf.shape[0])))
            resized[path] = leaf
        config.vocab_size = count
        vars(self).pop("params_shape_tree", None)
        self._params = nested_tree(resized)
        return self.get_input_embeddings()


def _cast(params: Params, mask: Params | None, dtype: Any) -> Params:
    def cast(leaf: Array, chosen: bool = True) -> Array:
        return leaf.astype(dtype) if chosen and jnp.issubdtype(leaf.dtype, jnp.floating) else leaf

    return jax.tree.map(cast, params) if mask is None else jax.tree.map(cast, params, mask)


def _resized(table: Array, count: int) -> Array:
    added = max(0, count - table.shape[0])
    return jnp.concatenate([table[:count], jnp.broadcast_to(table.mean(0), (added, table.shape[1]))])
