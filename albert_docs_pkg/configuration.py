"""AlbertConfig: the sizes and rates of one ALBERT, checked when they are set down and kept whole through JSON."""

from __future__ import annotations

import copy
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from albert_docs_pkg.checkpoints import find_files, staged_folder
from albert_docs_pkg.checkpoints.google_config import GOOGLE_CONFIG_FILE, config_fields, find_google_file
from albert_docs_pkg.checkpoints.locate import LOCATION_ARGUMENTS, read_checkpoint
from albert_docs_pkg.checkpoints.push import PushToHub, check_push_options
from albert_docs_pkg.checkpoints.sizes import encoder_parameters
from albert_docs_pkg.configuration_checks import check_choice, check_integer, check_multiple, check_number, label_names

ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "swish", "tanh")
"""Names that ``hidden_act`` takes; ``gelu_new`` and ``gelu_pytorch_tanh`` are the tanh approximation."""

ATTENTION_IMPLEMENTATIONS = ("sdpa", "eager", "packed")
"""Names that ``attn_implementation`` takes."""

PROBLEM_TYPES = ("regression", "single_label_classification", "multi_label_classification")
"""Names that ``problem_type`` takes besides ``None``."""

CONFIG_FILE = "config.json"


class AlbertConfig(PushToHub):
    """Everything that defines the shape of an ALBERT and how its heads are read.

    The defaults are those of ALBERT xxlarge (version 1). Keys this class does not know are kept as attributes and
    written back by :meth:`save_pretrained`, so a file that passes through here loses nothing.

    Args:
        vocab_size: number of pieces in the vocabulary.
        embedding_size: width E of the token embeddings, before they are mapped to ``hidden_size`` (section 3.1 of
            the ALBERT paper).
        hidden_size: width H of the hidden states, a multiple of ``num_attention_heads``.
        num_hidden_layers: number of times a layer group is applied, a multiple of ``num_hidden_groups``.
        num_hidden_groups: number of groups of parameters; layers of one group share them.
        num_attention_heads: number of attention heads.
        intermediate_size: width of the feed-forward layer.
        inner_group_num: number of distinct layers inside a group.
        hidden_act: activation of the feed-forward layer and of the masked-token head, one of ``ACTIVATIONS``.
        hidden_dropout_prob: dropout rate of embeddings, attention output and feed-forward output.
        attention_probs_dropout_prob: dropout rate of attention probabilities.
        max_position_embeddings: longest sequence the model has positions for.
        type_vocab_size: number of segment ids.
        initializer_range: standard deviation of the initial weights.
        layer_norm_eps: epsilon of every layer normalisation.
        classifier_dropout_prob: dropout rate in front of the classification heads; ``None`` means
            ``hidden_dropout_prob``.
        position_embedding_type: ``"absolute"``, the only kind ALBERT was published with.
        pad_token_id: id of ``<pad>``; its embedding receives no gradient. ``None`` for no padding piece.
        bos_token_id: id of ``[CLS]``.
        eos_token_id: id of ``[SEP]``.
        num_labels: number of labels of a classification head; follows from ``id2label`` when that is given.
        id2label: names of the labels by id.
        label2id: ids of the labels by name; follows from ``id2label`` when absent.
        problem_type: loss of the sequence classifier: ``"regression"``, ``"single_label_classification"`` or
            ``"multi_label_classification"``; ``None`` infers it at each call from the labels.
        tie_word_embeddings: the masked-token head uses the token embeddings as its output matrix.
        output_hidden_states: return all hidden states unless a call says otherwise.
        output_attentions: return all attention probabilities unless a call says otherwise.
        return_dict: return output objects, not tuples, unless a call says otherwise.
        attn_implementation: ``"sdpa"`` for fused attention, ``"eager"`` for one operation after another,
            ``"packed"`` for PyTorch models that leave the padding of a batch out; not written to the file.
        **extra: any other key of a config file.

    Raises:
        TypeError: a field has a wrong type.
        ValueError: a field has a value that is not allowed; the message names field, value and what is allowed.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> config = AlbertConfig(hidden_size=768, num_attention_heads=12, intermediate_size=3072)
        >>> config.num_hidden_layers, config.vocab_size
        (12, 30000)
        >>> AlbertConfig(hidden_size=100, num_attention_heads=12)
        Traceback (most recent call last):
        ...
        ValueError: hidden_size must be a multiple of num_attention_heads (12), got 100
    """

    model_type = "albert"
    _extra_keys: tuple[str, ...] = ()

    def __init__(
        self,
        vocab_size: int = 30000,
        embedding_size: int = 128,
        hidden_size: int = 4096,
        num_hidden_layers: int = 12,
        num_hidden_groups: int = 1,
        num_attention_heads: int = 64,
        intermediate_size: int = 16384,
        inner_group_num: int = 1,
        hidden_act: str = "gelu_new",
        hidden_dropout_prob: float = 0,
        attention_probs_dropout_prob: float = 0,
        max_position_embeddings: int = 512,
        type_vocab_size: int = 2,
        initializer_range: float = 0.02,
        layer_norm_eps: float = 1e-12,
        classifier_dropout_prob: float | None = 0.1,
        position_embedding_type: str = "absolute",
        pad_token_id: int | None = 0,
        bos_token_id: int | None = 2,
        eos_token_id: int | None = 3,
        *,
        num_labels: int | None = None,
        id2label: Mapping[int | str, str] | None = None,
        label2id: Mapping[str, int] | None = None,
        problem_type: str | None = None,
        tie_word_embeddings: bool = True,
        output_hidden_states: bool = False,
        output_attentions: bool = False,
        return_dict: bool = True,
        attn_implementation: str | None = None,
        **extra: Any,
    ) -> None:
        extra.pop("model_type", None)
        self._extra_keys = tuple(extra)
        for name, value in extra.items():
            if hasattr(type(self), name):
                raise ValueError(f"{name!r} is a method or property of AlbertConfig and cannot be a config key")
            setattr(self, name, value)
        self.vocab_size = vocab_size
        self.embedding_size = embedding_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_hidden_groups = num_hidden_groups
        self.num_attention_heads = num_attention_heads
        self.intermediate_size = intermediate_size
        self.inner_group_num = inner_group_num
        self.hidden_act = hidden_act
        self.hidden_dropout_prob = hidden_dropout_prob
        self.attention_probs_dropout_prob = attention_probs_dropout_prob
        self.max_position_embeddings = max_position_embeddings
        self.type_vocab_size = type_vocab_size
        self.initializer_range = initializer_range
        self.layer_norm_eps = layer_norm_eps
        self.classifier_dropout_prob = classifier_dropout_prob
        self.position_embedding_type = position_embedding_type
        self.pad_token_id = pad_token_id
        self.bos_token_id = bos_token_id
        self.eos_token_id = eos_token_id
        self.problem_type = problem_type
        self.tie_word_embeddings = tie_word_embeddings
        self.output_hidden_states = output_hidden_states
        self.output_attentions = output_attentions
        self.return_dict = return_dict
        self.attn_implementation = "sdpa" if attn_implementation is None else attn_implementation
        self.id2label, self.label2id = label_names(num_labels, id2label, label2id)
        self.validate()

    @property
    def num_labels(self) -> int:
        """Number of labels of a classification head; setting it renames the labels ``LABEL_0``, ``LABEL_1`` ...

        Example:
            >>> config = AlbertConfig(num_labels=3)
            >>> config.num_labels = 2
            >>> config.id2label
            {0: 'LABEL_0', 1: 'LABEL_1'}
        """
        return len(self.id2label)

    @num_labels.setter
    def num_labels(self, value: int) -> None:
        if value != len(self.id2label):
            self.id2label, self.label2id = label_names(value, None, None)

    def validate(self) -> None:
        """Check every field; models call this again when they are built, in case a field was changed since.

        Raises:
            TypeError: a field has a wrong type.
            ValueError: a field has a value that is not allowed.

        Example:
            >>> config = AlbertConfig()
            >>> config.hidden_act = "gelo"
            >>> config.validate()
            Traceback (most recent call last):
            ...
            ValueError: hidden_act must be one of gelu, gelu_new, gelu_pytorch_tanh, relu, silu, swish, tanh, got 'gelo'
        """
        for name in _SIZES:
            check_integer(name, getattr(self, name), lowest=1, highest=_LARGEST.get(name, _LARGEST_SIZE))
        for name in _RATES:
            check_number(name, getattr(self, name), lowest=0.0, highest=1.0)
        if self.classifier_dropout_prob is not None:
            check_number("classifier_dropout_prob", self.classifier_dropout_prob, lowest=0.0, highest=1.0)
        for name in ("initializer_range", "layer_norm_eps"):
            check_number(name, getattr(self, name), lowest=0.0, highest=math.inf)
        for name in _FLAGS:
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} must be True or False, got {getattr(self, name)!r}")
        check_choice("hidden_act", self.hidden_act, ACTIVATIONS)
        check_choice("position_embedding_type", self.position_embedding_type, ("absolute",))
        check_choice("attn_implementation", self.attn_implementation, ATTENTION_IMPLEMENTATIONS)
        if self.problem_type is not None:
            check_choice("problem_type", self.problem_type, PROBLEM_TYPES)
        check_multiple("hidden_size", self.hidden_size, "num_attention_heads", self.num_attention_heads)
        check_multiple("num_hidden_layers", self.num_hidden_layers, "num_hidden_groups", self.num_hidden_groups)
        self._check_parameters()
        if self.pad_token_id is not None:
            check_integer("pad_token_id", self.pad_token_id, lowest=0)
            if self.pad_token_id >= self.vocab_size:
                raise ValueError(
                    f"pad_token_id must be below vocab_size ({self.vocab_size}) or None, got {self.pad_token_id}"
                )

    def _check_parameters(self) -> None:
        """Refuse sizes that are possible one by one and make a model that no machine holds."""
        count = encoder_parameters({name: getattr(self, name) for name in _SIZES})
        if count > _MOST_PARAMETERS:
            raise ValueError(
                f"the sizes of a config must make at most {_MOST_PARAMETERS:,} parameters, got {count:,}: "
                + ", ".join(f"{name}={getattr(self, name)}" for name in _SIZES)
            )

    def to_dict(self) -> dict[str, Any]:
        """Return all fields and extra keys as plain values, label ids as strings, the way JSON files have them.

        Example:
            >>> AlbertConfig(num_labels=1, gap_size=0).to_dict()["gap_size"]
            0
        """
        fields = {name: getattr(self, name) for name in _FIELDS + self._extra_keys}
        fields["id2label"] = {str(index): name for index, name in self.id2label.items()}
        return copy.deepcopy({"model_type": self.model_type, **fields})

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], **changes: Any) -> AlbertConfig:
        """Build a config from the content of a ``config.json``.

        Args:
            fields: the keys and values; a ``model_type`` other than ``"albert"`` is refused.
            **changes: fields that replace those of ``fields``.

        Raises:
            TypeError: ``fields`` is not a mapping, or a field has a wrong type.
            ValueError: a field has a value that is not allowed.

        Example:
            >>> AlbertConfig.from_dict({"hidden_size": 768}, num_attention_heads=12).hidden_size
            768
        """
        if not isinstance(fields, Mapping):
            raise TypeError(f"a config is an object of keys and values, got {type(fields).__name__}")
        if not all(isinstance(key, str) for key in fields):
            raise TypeError("the keys of a config are strings")
        kind = fields.get("model_type", cls.model_type)
        if kind != cls.model_type:
            raise ValueError(f"model_type must be {cls.model_type!r}, got {kind!r}")
        merged = {**fields, **changes}
        if "num_labels" in changes and "id2label" not in changes:
            given = fields.get("id2label")
            if not isinstance(given, Mapping) or len(given) != changes["num_labels"]:
                merged.pop("id2label", None)
                merged.pop("label2id", None)
        merged.pop("_attn_implementation", None)
        return cls(**merged)

    @classmethod
    def from_pretrained(cls, name_or_path: str | os.PathLike[str], **kwargs: Any) -> AlbertConfig:
        """Read ``config.json`` of a bundled checkpoint, a folder or a hub repository.

        Where there is none, ``albert_config.json`` of google-research/albert is read, or that of a TF-Hub module.

        Args:
            name_or_path: ``"albert-wordnet-nano"``, a folder, or a hub id.
            **kwargs: ``revision``, ``token``, ``cache_dir``, ``local_files_only``, ``force_download``,
                ``subfolder`` as for :func:`albert_docs_pkg.checkpoints.find_files`; all others replace fields.

        Raises:
            FileNotFoundError: there is no such checkpoint or it has neither file.
            OSError: the hub could not be reached or refused.
            ValueError: the file is not JSON, or a field has a value that is not allowed.

        Example:
            >>> AlbertConfig.from_pretrained("albert-wordnet-nano").model_type
            'albert'
        """
        where = {key: kwargs.pop(key) for key in tuple(kwargs) if key in LOCATION_ARGUMENTS}

        def read(location: dict[str, Any]) -> tuple[Path, Any]:
            found = find_files(name_or_path, [CONFIG_FILE], **location)
            if CONFIG_FILE in found:
                return found[CONFIG_FILE], _read_json(found[CONFIG_FILE])
            google = find_google_file(name_or_path, GOOGLE_CONFIG_FILE, location)
            if google is None:
                raise FileNotFoundError(
                    f"{os.fspath(name_or_path)!r} has no {CONFIG_FILE} (and no {GOOGLE_CONFIG_FILE} either)"
                )
            return google, config_fields(_read_json(google))

        path, fields = read_checkpoint(name_or_path, where, read)
        try:
            return cls.from_dict(fields, **kwargs)
        except (TypeError, ValueError) as error:
            # What the caller changed is the caller's; the rest is said of the file.
            blame = "" if any(str(error).startswith((name, repr(name))) for name in kwargs) else f"{path}: "
            raise type(error)(f"{blame}{error}") from None

    def save_pretrained(
        self, folder: str | os.PathLike[str], *, push_to_hub: bool = False, **push_options: Any
    ) -> None:
        """Write ``config.json`` into ``folder``, which is made when missing; a crash leaves an older file whole.

        Args:
            folder: its other files stay.
            push_to_hub: call ``push_to_hub`` afterwards.
            **push_options: arguments of :meth:`albert_docs_pkg.checkpoints.push.PushToHub.push_to_hub`;
                ``repo_id`` is the name of the folder when absent.

        Raises:
            NotADirectoryError: ``folder`` is a file.
            TypeError: a keyword is unknown, or needs ``push_to_hub=True``.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     config.num_labels = 7
            ...     config.hidden_act = "relu"
            ...     config.save_pretrained(folder)
            ...     AlbertConfig.from_pretrained(folder).num_labels
            7
        """
        check_push_options(push_to_hub, push_options)
        self.validate()
        with staged_folder(folder) as staging:
            (staging / CONFIG_FILE).write_text(self.to_json(), encoding="utf-8")
        self._push_if(push_to_hub, folder, push_options)

    def to_json(self) -> str:
        """Return the content of ``config.json``.

        Example:
            >>> AlbertConfig().to_json().splitlines()[0]
            '{'
        """
        return json.dumps(self.to_dict(), indent=2, sort_keys=True) + "\n"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AlbertConfig) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"AlbertConfig {self.to_json().rstrip()}"


_SIZES = (
    "vocab_size",
    "embedding_size",
    "hidden_size",
    "num_hidden_layers",
    "num_hidden_groups",
    "num_attention_heads",
    "intermediate_size",
    "inner_group_num",
    "max_position_embeddings",
    "type_vocab_size",
)
_LARGEST_SIZE = 2**31 - 1
_LARGEST = {"num_hidden_layers": 10_000, "num_hidden_groups": 10_000, "inner_group_num": 10_000}
_MOST_PARAMETERS = 2**36
_RATES = ("hidden_dropout_prob", "attention_probs_dropout_prob")
_FLAGS = ("tie_word_embeddings", "output_hidden_states", "output_attentions", "return_dict")
_FIELDS = (
    *_SIZES,
    *_RATES,
    *_FLAGS,
    "hidden_act",
    "initializer_range",
    "layer_norm_eps",
    "classifier_dropout_prob",
    "position_embedding_type",
    "pad_token_id",
    "bos_token_id",
    "eos_token_id",
    "problem_type",
    "id2label",
    "label2id",
)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a JSON file: {error}") from None
