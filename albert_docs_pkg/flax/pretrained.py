"""What all Flax models share: building, calling, loading and saving, and switches."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array

from albert_docs_pkg.checkpoints.flax_names import (
    canonical_path,
    canonical_shapes,
    deferred_weights,
    flat_tree,
    leaf_value,
    nested_tree,
)
from albert_docs_pkg.checkpoints.loading import (
    WEIGHT_FILES,
    Fit,
    fit_weights,
    no_such_device,
    open_checkpoint,
    report,
    stored_dtype,
    write_checkpoint,
)
from albert_docs_pkg.checkpoints.push import PushToHub, check_push_options
from albert_docs_pkg.checkpoints.weights import StoredWeights
from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.flax.parameters import FlaxAlbertParameters, Params
from albert_docs_pkg.flax.validation import as_array, check_shapes, check_values
from albert_docs_pkg.model_output import ModelOutput

logger = logging.getLogger(__name__)

INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "inputs_embeds")
"""Names of a call's inputs, in the order in which the modules take them."""


class Switches(NamedTuple):
    """What is fixed when a call is compiled.

    Args:
        output_attentions: return the attention probabilities of every layer.
        output_hidden_states: return the states of every layer.
        implementation: ``"sdpa"`` or ``"eager"`` attention.
        deterministic: no dropout.
        recompute: compute the inside of each layer again on the way back.
        problem_type: of the sequence classifier.
        choices: number of choices of multiple choice, whose inputs come as batch times choices rows.

    Example:
        >>> from albert_docs_pkg.flax.pretrained import Switches
        >>> Switches().implementation
        'sdpa'
    """

    output_attentions: bool = False
    output_hidden_states: bool = False
    implementation: str = "sdpa"
    deterministic: bool = True
    recompute: bool = False
    problem_type: str | None = None
    choices: int = 1


PLAIN = Switches()
"""What a call without arguments of that kind is compiled for."""


class FlaxAlbertPreTrainedModel(FlaxAlbertParameters, PushToHub):
    """Base of the seven model classes; not to be built itself.

    A model is a linen module (``model.module``), which has no parameters, and a tree of parameters
    (``model.params``), which every call can replace by its argument ``params``: that is what ``jax.grad`` and
    training loops need.

    Args:
        config: the model's sizes; checked again here, in case a field was changed by hand.
        input_shape: shape of the inputs that initial parameters are made with; any will do.
        seed: of the initial parameters.
        dtype: dtype of the computation, ``jnp.bfloat16`` for example. The parameters are float32 in any case;
            ``to_bf16`` and its like change them.
        _do_init: make initial parameters. With ``False`` the model has none, and each call is given some.

    Example:
        >>> from albert_docs_pkg import FlaxAlbertModel, FlaxAlbertPreTrainedModel
        >>> issubclass(FlaxAlbertModel, FlaxAlbertPreTrainedModel)
        True
    """

    config_class = AlbertConfig
    main_input_name = "input_ids"
    _obsolete_on_hub = WEIGHT_FILES

    def __init__(
        self,
        config: AlbertConfig,
        input_shape: tuple[int, ...] = (1, 1),
        seed: int = 0,
        dtype: Any = jnp.float32,
        _do_init: bool = True,
        **options: Any,
    ) -> None:
        if not isinstance(config, AlbertConfig):
            raise TypeError(f"config must be an AlbertConfig, got {type(config).__name__}; see from_pretrained")
        config.validate()
        self.config = config
        self.dtype = _floating_dtype(dtype)
        self.key = jax.random.key(seed)
        self.input_shape = tuple(input_shape)
        self.is_gradient_checkpointing = False
        self.module = self._module(**options)
        self._params: Params | None = self.init_weights(self.key, self.input_shape) if _do_init else None

    def _module(self, **options: Any) -> nn.Module:
        """Return the linen module of ``self.config`` and ``self.dtype``."""
        raise TypeError(f"{type(self).__name__} is the base of the models; build one of those")

    # ------------------------------------------------------------------------------------------------ load and save

    @classmethod
    def from_pretrained(
        cls,
        name_or_path: str | os.PathLike[str],
        *,
        config: AlbertConfig | None = None,
        dtype: Any = None,
        torch_dtype: Any = None,
        device: jax.Device | str | None = None,
        seed: int = 0,
        ignore_mismatched_sizes: bool = False,
        output_loading_info: bool = False,
        _do_init: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Build a model with the weights of a checkpoint, the same folder that PyTorch and TensorFlow read.

        What the checkpoint lacks (the head of a new task, say) is initialised and reported in one log message, as
        is what the model has no place for.

        Args:
            name_or_path: ``"albert-wordnet-nano"`` (bundled), a folder, or a hub id such as
                ``"albert/albert-base-v2"``.
            config: used instead of the checkpoint's ``config.json``.
            dtype: dtype of the computation, its name, or ``"auto"`` for the one of the file; ``jnp.float32`` when
                absent. The parameters are float32 in any case.
            torch_dtype: another spelling of ``dtype``, for code that comes from PyTorch.
            device: where the parameters go: a device, or its name such as ``"cpu"`` or ``"gpu:1"``; JAX's default
                device when absent.
            seed: of what is initialised.
            ignore_mismatched_sizes: initialise weights whose shape differs instead of raising.
            output_loading_info: also return what was missing, unexpected and mismatched.
            _do_init: with ``False`` the parameters are returned beside a model that has none.
            **kwargs: ``revision``, ``token``, ``cache_dir``, ``local_files_only``, ``force_download``,
                ``subfolder`` as for :func:`albert_docs_pkg.checkpoints.find_files`; ``from_pt``, ``from_tf`` and
                ``from_flax``, which change nothing, because every format is loaded without them;
                ``add_pooling_layer`` for ``FlaxAlbertModel``, ``input_shape``; all others replace fields of the
                config (``num_labels=5``, ``attn_implementation="eager"``).

        Returns:
            The model; or a tuple of the model, the parameters with ``_do_init=False``, and, with
            ``output_loading_info``, a dictionary with ``missing_keys``, ``unexpected_keys`` and
            ``mismatched_keys``.

        Raises:
            FileNotFoundError: there is no such checkpoint, or it has no weights.
            OSError: the hub could not be reached or refused.
            TypeError: a keyword that is neither a field of the config nor known here.
            ValueError: a damaged file, a config value that is not allowed, an unknown dtype, or weights of another
                shape, all listed.

        Example:
            >>> from albert_docs_pkg import FlaxAlbertForSequenceClassification
            >>> model = FlaxAlbertForSequenceClassification.from_pretrained("albert-wordnet-nano", num_labels=5)
            >>> model.config.num_labels
            5
        """
        options = {key: kwargs.pop(key) for key in tuple(kwargs) if key in ("add_pooling_layer", "input_shape")}
        config, weights = open_checkpoint(name_or_path, config, kwargs)
        wanted = next((kind for kind in (dtype, torch_dtype) if kind is not None), jnp.float32)
        target = stored_dtype(weights) if isinstance(wanted, str) and wanted == "auto" else wanted
        place = usable_device(device)
        model = cls(config, seed=seed, dtype=target, _do_init=False, **options)
        params, fit = model._load(weights, place, ignore_mismatched_sizes)
        report(logger, cls.__name__, name_or_path, fit)
        if _do_init:
            model._params = params
        returned = (model, *(() if _do_init else (params,)), *((fit.info,) if output_loading_info else ()))
        return returned if len(returned) > 1 else model

    def save_pretrained(
        self,
        folder: str | os.PathLike[str],
        params: Params | None = None,
        *,
        max_shard_size: int | str = "5GB",
        push_to_hub: bool = False,
        **push_options: Any,
    ) -> None:
        """Write ``config.json`` and ``model.safetensors`` (or shards and their index) into ``folder``.

        The weights are written under the names of PyTorch checkpoints: the folder serves all three frameworks. Who
        looks, and whatever crashes, finds the older checkpoint or the new one, never a mixture; see
        :func:`albert_docs_pkg.checkpoints.staged_folder`.

        Args:
            folder: made when missing.
            params: tree of parameters to write instead of the model's own.
            max_shard_size: bytes, or a size such as ``"200MB"``, from which on weights are split over files.
            push_to_hub: call ``push_to_hub`` afterwards, with the same options.
            **push_options: arguments of :meth:`albert_docs_pkg.checkpoints.push.PushToHub.push_to_hub`;
                ``repo_id`` is the name of the folder when absent.

        Raises:
            NotADirectoryError: ``folder`` is a file.
            TypeError: a keyword is unknown, or needs ``push_to_hub=True``.
            ValueError: ``max_shard_size`` is no size.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save_pretrained(folder)
            ...     FlaxAlbertForSequenceClassification.from_pretrained(folder).config.num_labels
            5
        """
        check_push_options(push_to_hub, push_options)
        weights = deferred_weights(self.params if params is None else params)
        dtype = weights.dtype(next(iter(weights))).name
        architecture = type(self).__name__.removeprefix("Flax")
        write_checkpoint(
            folder, self.config, weights, architecture=architecture, dtype=dtype, max_shard_size=max_shard_size
        )
        self._push_if(push_to_hub, folder, push_options, params=params, max_shard_size=max_shard_size)

    def _load(self, weights: StoredWeights, device: Any, ignore_mismatched_sizes: bool) -> tuple[Params, Fit]:
        """Return a tree of parameters from a file, and from initial values where the file has none."""
        shapes = self.params_shape_tree
        fit = fit_weights(
            weights,
            canonical_shapes(shapes),
            tied=self.config.tie_word_embeddings,
            ignore_mismatched_sizes=ignore_mismatched_sizes,
        )

        paths = {canonical_path(path): path for path, _ in flat_tree(shapes)}
        filled = dict(flat_tree(shapes))

        def placed(name: str, source: str) -> Array:
            leaf = leaf_value(paths[name], weights[source], np.float32)
            # Without waiting, the copies of many weights would be in memory at once.
            return jax.block_until_ready(jax.device_put(leaf, device))

        for name, source in fit.sources.items():
            filled[paths[name]] = placed(name, source)
        given = {paths[name]: filled[paths[name]] for name in fit.sources}
        drawn = self._initial(self.key, self.input_shape, given) if fit.new else {}
        return nested_tree(filled | {path: jax.device_put(leaf, device) for path, leaf in drawn.items()}), fit

    # ---------------------------------------------------------------------------------------------------- switches

    def gradient_checkpointing_enable(self) -> None:
        """Keep only the states between layers in training and compute the rest again on the way back.

        A function of yours that ``jax.jit`` has compiled already stays as it was compiled.

        Example:
            >>> model.gradient_checkpointing_enable()
            >>> model.is_gradient_checkpointing
            True
        """
        self.is_gradient_checkpointing = True

    def gradient_checkpointing_disable(self) -> None:
        """Keep everything the backward pass needs, as at the start.

        Example:
            >>> model.gradient_checkpointing_disable()
            >>> model.is_gradient_checkpointing
            False
        """
        self.is_gradient_checkpointing = False

    # ------------------------------------------------------------------------------------------------------ calling

    def _run(
        self,
        inputs: Sequence[Any],
        labels: Mapping[str, Any],
        params: Params | None,
        dropout_rng: Array | None,
        train: bool,
        output_attentions: bool | None,
        output_hidden_states: bool | None,
        return_dict: bool | None,
        validate: bool | None,
        choices: int = 1,
    ) -> Any:
        """Check a call on the host, run its compiled form and return the output in the form asked for."""
        config = self.config
        arrays = {name: as_array(name, value) for name, value in zip(INPUTS, inputs, strict=True)}
        check_shapes(config, arrays)
        check_values(config, arrays, validate)
        targets = {name: as_array(name, value) for name, value in labels.items()}
        self._check_labels(targets, choices, validate)
        if train and dropout_rng is None and any(self._dropout_rates()):
            raise ValueError("train=True drops out at random: pass a random key as dropout_rng")
        switches = Switches(
            config.output_attentions if output_attentions is None else output_attentions,
            config.output_hidden_states if output_hidden_states is None else output_hidden_states,
            config.attn_implementation,
            not train,
            self.is_gradient_checkpointing,
            config.problem_type,
            choices,
        )
        tree = self.params if params is None else params
        output: ModelOutput = self._compiled(tree, arrays, targets, dropout_rng if train else None, switches)
        wanted = config.return_dict if return_dict is None else return_dict
        return output if wanted else output.to_tuple()

    def _check_labels(self, labels: Mapping[str, Any], choices: int, validate: bool | None) -> None:
        """Refuse labels that are no class of the head."""

    def _dropout_rates(self) -> tuple[float, ...]:
        """Return every rate that a training call uses."""
        return self.config.hidden_dropout_prob, self.config.attention_probs_dropout_prob

    @cached_property
    def _compiled(self) -> Any:
        def apply(params: Params, inputs: Any, labels: Any, dropout_rng: Array | None, switches: Switches) -> Any:
            rngs = {} if dropout_rng is None else {"dropout": dropout_rng}
            return self.module.apply({"params": params}, **inputs, **labels, switches=switches, rngs=rngs)

        return jax.jit(apply, static_argnums=4)

    def __getstate__(self) -> dict[str, Any]:
        # What is compiled cannot be copied or pickled, and is compiled again when it is needed.
        return {name: value for name, value in vars(self).items() if name != "_compiled"}


def _floating_dtype(dtype: Any) -> Any:
    try:
        found = jnp.dtype(dtype.removeprefix("jnp.") if isinstance(dtype, str) else dtype)
    except TypeError:
        found = None
    if found is None or not jnp.issubdtype(found, jnp.floating):
        raise ValueError(f"dtype must be a floating dtype of JAX, its name, or 'auto', got {dtype!r}")
    return found


def usable_device(device: Any) -> Any:
    """Return a device that this machine has, by its name in the framework's own words.

    Raises:
        ValueError: there is no such device.

    Example:
        >>> from albert_docs_pkg.flax.pretrained import usable_device
        >>> usable_device("cpu:0").platform
        'cpu'
    """
    if device is None or isinstance(device, jax.Device | jax.sharding.Sharding):
        return device
    kind, _, number = device.partition(":") if isinstance(device, str) else ("no name", "", "")
    try:
        return jax.devices(kind)[int(number or 0)]
    except (RuntimeError, ValueError, IndexError):
        present = [f"{found.platform}:{found.id}" for found in jax.devices()]
        allowed = "a jax.Device or its name such as 'cpu' or 'gpu:0'"
        raise no_such_device(device, allowed, present) from None
