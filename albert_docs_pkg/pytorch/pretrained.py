"""What all PyTorch models share: building, loading and saving, the embedding matrix, and switches."""

from __future__ import annotations

import logging
import os
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from albert_docs_pkg.checkpoints.deferred import Deferred, DeferredWeights
from albert_docs_pkg.checkpoints.loading import (
    WEIGHT_FILES,
    Fit,
    fit_weights,
    no_such_device,
    open_checkpoint,
    report,
    stored_dtype,
    vocabulary_size,
    write_checkpoint,
)
from albert_docs_pkg.checkpoints.names import ENCODER_PREFIX
from albert_docs_pkg.checkpoints.push import PushToHub, check_push_options
from albert_docs_pkg.checkpoints.weights import StoredWeights
from albert_docs_pkg.configuration import AlbertConfig

logger = logging.getLogger(__name__)


class AlbertPreTrainedModel(nn.Module, PushToHub):
    """Base of the seven model classes; not to be built itself.

    Args:
        config: the model's sizes; checked again here, in case a field was changed by hand.

    Example:
        >>> from albert_docs_pkg import AlbertConfig, AlbertModel, AlbertPreTrainedModel
        >>> issubclass(AlbertModel, AlbertPreTrainedModel)
        True
    """

    config_class = AlbertConfig
    base_model_prefix = ENCODER_PREFIX.removesuffix(".")
    main_input_name = "input_ids"
    _obsolete_on_hub = WEIGHT_FILES

    def __init__(self, config: AlbertConfig) -> None:
        if not isinstance(config, AlbertConfig):
            raise TypeError(f"config must be an AlbertConfig, got {type(config).__name__}; see from_pretrained")
        config.validate()
        super().__init__()
        self.config = config

    # ------------------------------------------------------------------------------------------------ load and save

    @classmethod
    def from_pretrained(
        cls,
        name_or_path: str | os.PathLike[str],
        *,
        config: AlbertConfig | None = None,
        dtype: torch.dtype | str | None = None,
        torch_dtype: torch.dtype | str | None = None,
        device: torch.device | str | int | None = None,
        ignore_mismatched_sizes: bool = False,
        output_loading_info: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Build a model in evaluation mode with the weights of a checkpoint.

        What the checkpoint lacks (the head of a new task, say) is initialised and reported in one log message, as
        is what the model has no place for.

        Args:
            name_or_path: ``"albert-wordnet-nano"`` (bundled), a folder, or a hub id such as
                ``"albert/albert-base-v2"``.
            config: used instead of the checkpoint's ``config.json``.
            dtype: a floating dtype, its name, or ``"auto"`` for the one of the file; ``torch.float32`` when absent.
            torch_dtype: older spelling of ``dtype``.
            device: where the weights go, such as ``"cuda:0"``; the default device when absent.
            ignore_mismatched_sizes: initialise weights whose shape differs instead of raising.
            output_loading_info: also return what was missing, unexpected and mismatched.
            **kwargs: ``revision``, ``token``, ``cache_dir``, ``local_files_only``, ``force_download``,
                ``subfolder`` as for :func:`albert_docs_pkg.checkpoints.find_files`; ``from_pt``, ``from_tf`` and
                ``from_flax``, which change nothing, because every format is loaded without them;
                ``add_pooling_layer`` for ``AlbertModel``; all others replace fields of the config (``num_labels=5``,
                ``attn_implementation="eager"``).

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
            >>> from albert_docs_pkg import AlbertForSequenceClassification
            >>> model = AlbertForSequenceClassification.from_pretrained("albert-wordnet-nano", num_labels=5)
            >>> model.config.num_labels, model.training
            (5, False)
        """
        options = {key: kwargs.pop(key) for key in tuple(kwargs) if key == "add_pooling_layer"}
        config, weights = open_checkpoint(name_or_path, config, kwargs)
        target = _floating_dtype(dtype if dtype is not None else torch_dtype, weights)
        place = usable_device(device)
        with torch.device("meta"):
            model = cls(config, **options)
        fit = model._fill(weights, target, place, ignore_mismatched_sizes)
        report(logger, cls.__name__, name_or_path, fit)
        model.eval()
        return (model, fit.info) if output_loading_info else model

    def save_pretrained(
        self,
        folder: str | os.PathLike[str],
        *,
        state_dict: dict[str, Tensor] | None = None,
        max_shard_size: int | str = "5GB",
        push_to_hub: bool = False,
        **push_options: Any,
    ) -> None:
        """Write ``config.json`` and ``model.safetensors`` (or shards and their index) into ``folder``.

        Who looks, and whatever crashes, finds the older checkpoint or the new one, never a mixture; see
        :func:`albert_docs_pkg.checkpoints.staged_folder`. Weights that are the same as others are stored once, as on
        the hub.

        Args:
            folder: made when missing.
            state_dict: weights to write instead of the model's own.
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
            ...     AlbertForSequenceClassification.from_pretrained(folder).config.num_labels
            5
        """
        check_push_options(push_to_hub, push_options)
        weights = self.state_dict() if state_dict is None else state_dict
        write_checkpoint(
            folder,
            self.config,
            DeferredWeights({name: _deferred(tensor) for name, tensor in weights.items()}),
            architecture=type(self).__name__,
            dtype=str(self.dtype).removeprefix("torch."),
            max_shard_size=max_shard_size,
        )
        self._push_if(push_to_hub, folder, push_options, state_dict=state_dict, max_shard_size=max_shard_size)

    def _fill(
        self, weights: StoredWeights, dtype: torch.dtype, device: torch.device, ignore_mismatched_sizes: bool
    ) -> Fit:
        """Replace the parameters, which are on the meta device, by those of a file or by initial values."""
        expected = {name: tuple(parameter.shape) for name, parameter in self.named_parameters()}
        tied = self.config.tie_word_embeddings
        fit = fit_weights(weights, expected, tied=tied, ignore_mismatched_sizes=ignore_mismatched_sizes)
        loaded = {
            name: _to_tensor(weights[source]).to(device=device, dtype=dtype) for name, source in fit.sources.items()
        }
        new = {
            name: torch.empty(shape, dtype=dtype, device=device)
            for name, shape in expected.items()
            if name not in loaded
        }
        self.load_state_dict(loaded | new, strict=False, assign=True)
        # assign=True keeps the flag of the meta parameters; shared weights have to be joined again.
        self.tie_weights()
        if new:
            self._initialise(only=set(new))
        return fit

    # ----------------------------------------------------------------------------------------------- initial values

    def init_weights(self) -> None:
        """Draw all weights anew: normal with ``initializer_range``, biases and the padding row zero.

        Example:
            >>> fresh = AlbertModel(AlbertConfig(hidden_size=64, num_attention_heads=4, intermediate_size=64))
            >>> fresh.init_weights()
            >>> float(fresh.embeddings.word_embeddings.weight[0].abs().sum())
            0.0
        """
        self._initialise(only=None)
        self.tie_weights()

    @torch.no_grad()
    def _initialise(self, only: set[str] | None) -> None:
        done: set[Tensor] = set()
        for path, module in self.named_modules():
            for name, parameter in module.named_parameters(recurse=False):
                if parameter in done or (only is not None and f"{path}.{name}" not in only):
                    continue
                done.add(parameter)
                if isinstance(module, nn.LayerNorm):
                    parameter.fill_(1.0 if name == "weight" else 0.0)
                elif name == "bias":
                    parameter.zero_()
                else:
                    parameter.normal_(0.0, self.config.initializer_range)
                    if isinstance(module, nn.Embedding) and module.padding_idx is not None:
                        parameter[module.padding_idx].zero_()

    # ------------------------------------------------------------------------------------------ the embedding matrix

    def get_input_embeddings(self) -> nn.Embedding:
        """Return the table of word embeddings, whose weight has shape (vocab_size, embedding_size).

        Example:
            >>> model.get_input_embeddings().embedding_dim == model.config.embedding_size
            True
        """
        return self.base_model.embeddings.word_embeddings

    def set_input_embeddings(self, embeddings: nn.Embedding) -> None:
        """Replace the table of word embeddings; a tied output matrix follows.

        Example:
            >>> model.set_input_embeddings(model.get_input_embeddings())
        """
        self.base_model.embeddings.word_embeddings = embeddings
        self.tie_weights()

    def get_output_embeddings(self) -> nn.Linear | None:
        """Return the linear layer that scores pieces, ``None`` for models without a masked-token head.

        Example:
            >>> model.get_output_embeddings() is None
            True
        """
        return self.predictions.decoder if hasattr(self, "predictions") else None  # type: ignore[return-value, union-attr]

    def tie_weights(self) -> None:
        """Make the masked-token head use the word embeddings (if the config says so) and a single bias.

        Example:
            >>> model.tie_weights()
        """
        decoder = self.get_output_embeddings()
        if decoder is None:
            return
        decoder.bias = self.predictions.bias  # type: ignore[union-attr, assignment]
        if self.config.tie_word_embeddings:
            decoder.weight = self.get_input_embeddings().weight

    @torch.no_grad()
    def resize_token_embeddings(
        self, new_num_tokens: int | None = None, pad_to_multiple_of: int | None = None
    ) -> nn.Embedding:
        """Make the vocabulary longer or shorter; new rows start as the mean of the old ones.

        The output matrix and its bias are resized with it (a new piece has bias 0), and ``config.vocab_size``
        follows.

        Args:
            new_num_tokens: number of pieces, as they are now when absent.
            pad_to_multiple_of: round the number up to a multiple of this.

        Returns:
            The new table.

        Raises:
            ValueError: a number below 1, or one that would cut off the padding piece.

        Example:
            >>> model.resize_token_embeddings(model.config.vocab_size + 2).num_embeddings == model.config.vocab_size
            True
        """
        old = self.get_input_embeddings()
        count = vocabulary_size(old.num_embeddings, new_num_tokens, pad_to_multiple_of, old.padding_idx)
        if count == old.num_embeddings:
            return old
        table = nn.Embedding(count, old.embedding_dim, padding_idx=old.padding_idx, _weight=_resized(old.weight, count))
        decoder = self.get_output_embeddings()
        if decoder is not None:
            bias = nn.Parameter(_resized(self.predictions.bias, count, fill=0.0))  # type: ignore[union-attr, arg-type]
            self.predictions.bias = bias  # type: ignore[union-attr]
            decoder.out_features = count
            decoder.weight = nn.Parameter(_resized(decoder.weight, count))
        self.config.vocab_size = count
        self.set_input_embeddings(table)
        return table

    # ------------------------------------------------------------------------------------------- switches and facts

    @property
    def base_model(self) -> Any:
        """The encoder, ``self.albert`` of a model with a head, the model itself otherwise.

        Example:
            >>> type(model.base_model).__name__
            'AlbertModel'
        """
        return getattr(self, self.base_model_prefix, self)

    @property
    def device(self) -> torch.device:
        """Device of the weights.

        Example:
            >>> model.device == next(model.parameters()).device
            True
        """
        return next(self.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the weights.

        Example:
            >>> model.dtype
            torch.float32
        """
        return next(self.parameters()).dtype

    def num_parameters(self, only_trainable: bool = False) -> int:
        """Count the parameters, each shared one once.

        Example:
            >>> model.num_parameters() == sum(weight.numel() for weight in model.parameters())
            True
        """
        return sum(p.numel() for p in self.parameters() if p.requires_grad or not only_trainable)

    def gradient_checkpointing_enable(self) -> None:
        """Keep only the states between layers in training and compute the rest again on the way back.

        Example:
            >>> model.gradient_checkpointing_enable()
            >>> model.is_gradient_checkpointing
            True
        """
        self.base_model.encoder.gradient_checkpointing = True

    def gradient_checkpointing_disable(self) -> None:
        """Keep everything the backward pass needs, as at the start.

        Example:
            >>> model.gradient_checkpointing_disable()
            >>> model.is_gradient_checkpointing
            False
        """
        self.base_model.encoder.gradient_checkpointing = False

    @property
    def is_gradient_checkpointing(self) -> bool:
        """Whether :meth:`gradient_checkpointing_enable` is in force.

        Example:
            >>> model.is_gradient_checkpointing
            False
        """
        return self.base_model.encoder.gradient_checkpointing


def _floating_dtype(dtype: torch.dtype | str | None, weights: StoredWeights) -> torch.dtype:
    if dtype is None:
        return torch.float32
    if dtype == "auto":
        dtype = stored_dtype(weights)
    found = getattr(torch, dtype.removeprefix("torch."), None) if isinstance(dtype, str) else dtype
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise ValueError(f"dtype must be a floating dtype of torch, its name, or 'auto', got {dtype!r}")
    return found


def usable_device(device: torch.device | str | int | None) -> torch.device:
    """Return a device that this machine has, by its name in the framework's own words.

    Raises:
        ValueError: there is no such device.

    Example:
        >>> from albert_docs_pkg.pytorch.pretrained import usable_device
        >>> usable_device("cpu").type
        'cpu'
    """
    if device is None:
        return torch.get_default_device()
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except Exception as error:  # what a missing device raises differs from one kind to the next
        present = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
        present += ["mps"] if torch.backends.mps.is_available() else []
        allowed = "a torch.device, its name such as 'cpu' or 'cuda:0', or a number"
        raise no_such_device(device, allowed, present) from error
    return found


def _deferred(tensor: Tensor) -> Deferred:
    return Deferred(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), lambda: _to_numpy(tensor))


def _to_tensor(array: np.ndarray) -> Tensor:
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def _to_numpy(tensor: Tensor) -> np.ndarray:
    tensor = tensor.detach().cpu().contiguous()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view("bfloat16")
    return tensor.numpy()


def _resized(weight: Tensor, count: int, fill: float | None = None) -> Tensor:
    added = count - weight.shape[0]
    if added <= 0:
        return weight[:count].clone()
    row = weight.mean(0, keepdim=True) if fill is None else weight.new_full((1, *weight.shape[1:]), fill)
    return torch.cat([weight, row.expand(added, *weight.shape[1:])])
