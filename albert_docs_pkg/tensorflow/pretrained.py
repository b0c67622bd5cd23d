"""What all TensorFlow models share: building, calling, loading and saving, export, and the embedding matrix."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow import Tensor

from albert_docs_pkg.call_checks import check_label_values
from albert_docs_pkg.checkpoints.deferred import Deferred, DeferredWeights
from albert_docs_pkg.checkpoints.loading import (
    WEIGHT_FILES,
    Fit,
    fit_weights,
    open_checkpoint,
    report,
    vocabulary_size,
    write_checkpoint,
)
from albert_docs_pkg.checkpoints.names import ENCODER_PREFIX
from albert_docs_pkg.checkpoints.push import PushToHub, check_push_options
from albert_docs_pkg.checkpoints.weights import StoredWeights
from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.tensorflow.call_arguments import bind_arguments
from albert_docs_pkg.tensorflow.layers import EmbeddingTable
from albert_docs_pkg.tensorflow.placement import dtype_policy, usable_device
from albert_docs_pkg.tensorflow.training import HeadLossModel
from albert_docs_pkg.tensorflow.validation import check_dtypes, check_shapes, check_values
from albert_docs_pkg.tensorflow.variables import NamedVariable, named_variables

logger = logging.getLogger(__name__)


class TFAlbertPreTrainedModel(HeadLossModel, PushToHub):
    """Base of the seven model classes; not to be built itself.

    Args:
        config: the model's sizes; checked again here, in case a field was changed by hand.
        dtype: dtype or Keras dtype policy of the layers, such as ``"mixed_bfloat16"``; the global policy when absent.
        **options: ``name`` and ``trainable`` as for any Keras model.

    Example:
        >>> from albert_docs_pkg import AlbertConfig, TFAlbertModel, TFAlbertPreTrainedModel
        >>> issubclass(TFAlbertModel, TFAlbertPreTrainedModel)
        True
    """

    config_class = AlbertConfig
    base_model_prefix = ENCODER_PREFIX.removesuffix(".")
    main_input_name = "input_ids"
    _obsolete_on_hub = WEIGHT_FILES
    takes_choices = False

    def __init__(self, config: AlbertConfig, *, dtype: Any = None, **options: Any) -> None:
        if not isinstance(config, AlbertConfig):
            raise TypeError(f"config must be an AlbertConfig, got {type(config).__name__}; see from_pretrained")
        config.validate()
        super().__init__(dtype=dtype, autocast=False, **options)
        self.config = config

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # What the host can tell is told here, before Keras and TensorFlow see the call.
        arguments = bind_arguments(self.call, args, kwargs)
        check_dtypes(arguments, labels=self.spec.labels if self.spec else ())
        check_shapes(self.config, arguments, choices=self.takes_choices)
        known = check_values(self.config, arguments, validate=arguments.pop("validate", False))
        for name, count in self._label_counts(arguments).items():
            check_label_values(name, known.get(name), count)
        return super().__call__(arguments.pop("input_ids", None), **arguments)

    def _label_counts(self, arguments: Mapping[str, Any]) -> dict[str, int]:
        """Return the number of classes of each label argument that has classes."""
        return {}

    # ------------------------------------------------------------------------------------------------ load and save

    @classmethod
    def from_pretrained(
        cls,
        name_or_path: str | os.PathLike[str],
        *,
        config: AlbertConfig | None = None,
        dtype: Any = None,
        torch_dtype: Any = None,
        device: str | None = None,
        ignore_mismatched_sizes: bool = False,
        output_loading_info: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Build a model with the weights of a checkpoint, whichever framework wrote it.

        What the checkpoint lacks (the head of a new task, say) is initialised and reported in one log message, as
        is what the model has no place for.

        Args:
            name_or_path: ``"albert-wordnet-nano"`` (bundled), a folder, or a hub id such as
                ``"albert/albert-base-v2"``.
            config: used instead of the checkpoint's ``config.json``.
            dtype: a floating dtype, its name, a Keras dtype policy such as ``"mixed_float16"``, or ``"auto"`` for the
                dtype of the file; Keras' global policy when absent, which is float32 unless set.
            torch_dtype: older spelling of ``dtype``.
            device: where the weights go, such as ``"/GPU:0"`` or ``"CPU"``; TensorFlow's default when absent.
            ignore_mismatched_sizes: initialise weights whose shape differs instead of raising.
            output_loading_info: also return what was missing, unexpected and mismatched.
            **kwargs: ``revision``, ``token``, ``cache_dir``, ``local_files_only``, ``force_download``,
                ``subfolder`` as for :func:`albert_docs_pkg.checkpoints.find_files`; ``from_pt``, ``from_tf`` and
                ``from_flax``, which change nothing, because every format is loaded without them;
                ``add_pooling_layer`` for ``TFAlbertModel``; all others replace fields of the config (``num_labels=5``).

        Returns:
            The model, or the model and a dictionary with ``missing_keys``, ``unexpected_keys`` and
            ``mismatched_keys``.

        Raises:
            FileNotFoundError: there is no such checkpoint, or it has no weights.
            OSError: the hub could not be reached or refused.
            TypeError: a keyword that is neither a field of the config nor known here.
            ValueError: a damaged file, a config value that is not allowed, an unknown dtype, or weights of another
                shape, all listed.

        Example:
            >>> from albert_docs_pkg import TFAlbertForSequenceClassification
            >>> model = TFAlbertForSequenceClassification.from_pretrained("albert-wordnet-nano", num_labels=5)
            >>> model.config.num_labels
            5
        """
        options = {key: kwargs.pop(key) for key in tuple(kwargs) if key == "add_pooling_layer"}
        config, weights = open_checkpoint(name_or_path, config, kwargs)
        policy = dtype_policy(dtype if dtype is not None else torch_dtype, weights)
        with nullcontext() if device is None else tf.device(usable_device(device)):
            with _without_initial_values():
                model = cls(config, dtype=policy, **options)
            fit = model._fill(weights, ignore_mismatched_sizes)
        report(logger, cls.__name__, name_or_path, fit)
        return (model, fit.info) if output_loading_info else model

    def save_pretrained(
        self,
        folder: str | os.PathLike[str],
        *,
        state_dict: Mapping[str, np.ndarray] | None = None,
        max_shard_size: int | str = "5GB",
        push_to_hub: bool = False,
        **push_options: Any,
    ) -> None:
        """Write ``config.json`` and ``model.safetensors`` (or shards and their index) into ``folder``.

        The models of all frameworks load the folder. Who looks, and whatever crashes, finds the older checkpoint or
        the new one, never a mixture; see :func:`albert_docs_pkg.checkpoints.staged_folder`.

        Args:
            folder: made when missing.
            state_dict: weights by canonical name to write instead of the model's own.
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
            ...     TFAlbertForSequenceClassification.from_pretrained(folder).config.num_labels
            5
        """
        check_push_options(push_to_hub, push_options)
        write_checkpoint(
            folder,
            self.config,
            self._deferred_weights() if state_dict is None else state_dict,
            architecture=type(self).__name__.removeprefix("TF"),
            dtype=self.variable_dtype,
            max_shard_size=max_shard_size,
        )
        self._push_if(push_to_hub, folder, push_options, state_dict=state_dict, max_shard_size=max_shard_size)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return all weights as NumPy arrays under the names and in the layout of checkpoints.

        Example:
            >>> model.state_dict()["classifier.weight"].shape == (5, model.config.hidden_size)
            True
        """
        return {name: variable.canonical() for name, variable in self.named_variables().items()}

    def _deferred_weights(self) -> DeferredWeights:
        variables = self.named_variables().items()
        return DeferredWeights(
            {name: Deferred(each.shape, each.variable.dtype, each.canonical) for name, each in variables}
        )

    def named_variables(self) -> dict[str, NamedVariable]:
        """Return the variables by canonical name, each with its place in a checkpoint.

        Example:
            >>> model.named_variables()["classifier.weight"].transposed
            True
        """
        return dict(named_variables(self))

    def _fill(self, weights: StoredWeights, ignore_mismatched_sizes: bool) -> Fit:
        """Set the variables from a file; those that it lacks get initial values."""
        variables = self.named_variables()
        expected = {name: variable.shape for name, variable in variables.items()}
        tied = self.config.tie_word_embeddings
        fit = fit_weights(weights, expected, tied=tied, ignore_mismatched_sizes=ignore_mismatched_sizes)
        for name in fit.sources:
            variables[name].release()
        for name, source in fit.sources.items():
            variables[name].fill(weights[source])
        self._initialise(set(fit.new))
        return fit

    def get_config(self) -> dict[str, Any]:
        """Return what Keras writes into a ``.keras`` file to build the model again.

        Example:
            >>> type(model).from_config(model.get_config()).config == model.config
            True
        """
        return {"config": self.config.to_dict(), "name": self.name, "dtype": self.dtype_policy.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Build a model from what :meth:`get_config` returned.

        Example:
            >>> type(model).from_config(model.get_config()).name == model.name
            True
        """
        fields = dict(config)
        return cls(AlbertConfig.from_dict(fields.pop("config")), **fields)

    # ------------------------------------------------------------------------------------------------------- export

    def serving(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Answer a dictionary of inputs with a dictionary of tensors: what an exported model computes.

        Example:
            >>> import tensorflow as tf
            >>> sorted(model.serving({"input_ids": tf.constant([[2, 5, 3]])}))
            ['logits']
        """
        output = self(inputs, training=False, return_dict=True)
        return {name: value for name, value in output.items() if not isinstance(value, tuple)}

    def export(
        self,
        filepath: str | os.PathLike[str],
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Write a SavedModel that serves without this package.

        Args:
            filepath: folder to write.
            format: ``"tf_saved_model"``; others are left to Keras.
            verbose: print a summary.
            input_signature: dictionary of ``tf.TensorSpec`` by input name; ``input_ids``, ``attention_mask`` and
                ``token_type_ids``, int32 of any batch and length, when absent.
            **kwargs: as for ``keras.Model.export``.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.export(folder, verbose=False)
            ...     served = tf.saved_model.load(folder)
            >>> ids = tf.constant([[2, 5, 3]])
            >>> inputs = {"input_ids": ids, "attention_mask": tf.ones_like(ids), "token_type_ids": tf.zeros_like(ids)}
            >>> served.serve(inputs)["logits"].shape
            TensorShape([1, 5])
        """
        if input_signature is None:
            shape = (None,) * (3 if self.takes_choices else 2)
            names = ("input_ids", "attention_mask", "token_type_ids")
            input_signature = {name: tf.TensorSpec(shape, tf.int32, name) for name in names}
        if format != "tf_saved_model":
            super().export(filepath, format, verbose, input_signature=[input_signature], **kwargs)
            return
        archive = keras.export.ExportArchive()
        archive.track(self)
        archive.add_endpoint("serve", self.serving, [input_signature])
        archive.write_out(os.fspath(filepath), verbose=verbose)

    # ----------------------------------------------------------------------------------------------- initial values

    def init_weights(self) -> None:
        """Draw all weights anew: normal with ``initializer_range``, biases and the padding row zero.

        ``keras.utils.set_random_seed`` makes them the same each time.

        Example:
            >>> fresh = TFAlbertModel(AlbertConfig(hidden_size=64, num_attention_heads=4, intermediate_size=64))
            >>> fresh.init_weights()
            >>> float(abs(fresh.state_dict()["embeddings.word_embeddings.weight"][0]).sum())
            0.0
        """
        self._initialise(set(self.named_variables()))

    def _draw_own(self, names: set[str]) -> None:
        """Give a model that was just built its initial values, unless a file is about to fill it."""
        if not _LOADING.get():
            self._initialise(names)

    def _initialise(self, names: set[str]) -> None:
        generator = np.random.default_rng(np.random.randint(2**31))
        for name, variable in self.named_variables().items():
            if name in names:
                variable.fill(variable.initial(generator, self.config.initializer_range))

    # ------------------------------------------------------------------------------------------ the embedding matrix

    def get_input_embeddings(self) -> EmbeddingTable:
        """Return the table of word embeddings, whose ``weight`` has shape (vocab_size, embedding_size).

        Example:
            >>> model.get_input_embeddings().output_dim == model.config.embedding_size
            True
        """
        return self.base_model.embeddings.word_embeddings

    def set_input_embeddings(self, embeddings: EmbeddingTable) -> None:
        """Take over the word embeddings of another table of the same size; a tied output matrix follows.

        Example:
            >>> model.set_input_embeddings(model.get_input_embeddings())
        """
        self.get_input_embeddings().weight.assign(embeddings.weight)

    def resize_token_embeddings(
        self, new_num_tokens: int | None = None, pad_to_multiple_of: int | None = None
    ) -> EmbeddingTable:
        """Make the vocabulary longer or shorter; new rows start as the mean of the old ones.

        The output matrix and its bias are resized with it (a new piece has bias 0), and ``config.vocab_size``
        follows. Compile the model again afterwards.

        Args:
            new_num_tokens: number of pieces, as they are now when absent.
            pad_to_multiple_of: round the number up to a multiple of this.

        Returns:
            The table.

        Raises:
            ValueError: a number below 1, or one that would cut off the padding piece.

        Example:
            >>> model.resize_token_embeddings(model.config.vocab_size + 2).input_dim == model.config.vocab_size
            True
        """
        table = self.get_input_embeddings()
        count = vocabulary_size(table.input_dim, new_num_tokens, pad_to_multiple_of, self.config.pad_token_id)
        if count == table.input_dim:
            return table
        table.resize(count)
        predictions = getattr(self, "predictions", None)
        if predictions is not None:
            predictions.resize(count)
        self.config.vocab_size = count
        return table

    # ------------------------------------------------------------------------------------------- switches and facts

    @property
    def base_model(self) -> Any:
        """The encoder, ``self.albert`` of a model with a head, the model itself otherwise.

        Example:
            >>> type(model.base_model).__name__
            'TFAlbertModel'
        """
        return getattr(self, self.base_model_prefix, self)

    def __dir__(self) -> list[str]:
        # Keras looks for parts of a model to save among its attributes; a model is no part of itself.
        return [name for name in super().__dir__() if name != "base_model"]

    def num_parameters(self, only_trainable: bool = False) -> int:
        """Count the parameters, each shared one once.

        Example:
            >>> model.num_parameters() == sum(weight.size for weight in model.state_dict().values())
            True
        """
        variables = [named.variable for named in self.named_variables().values()]
        return sum(int(np.prod(v.shape)) for v in variables if v.trainable or not only_trainable)


_LOADING: ContextVar[bool] = ContextVar("loading", default=False)


@contextmanager
def _without_initial_values() -> Iterator[None]:
    """Build models whose weights stay zero, because they are about to be filled."""
    token = _LOADING.set(True)
    try:
        yield
    finally:
        _LOADING.reset(token)
