"""What the two tokenizers are made of: everything but the library that finds the pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from albert_docs_pkg.tokenizers.added_tokens import AddedToken
from albert_docs_pkg.tokenizers.decoding import Decoding
from albert_docs_pkg.tokenizers.files import Files
from albert_docs_pkg.tokenizers.preparation import Preparation
from albert_docs_pkg.tokenizers.requests import UNLIMITED
from albert_docs_pkg.tokenizers.segmentation import Segmenter
from albert_docs_pkg.tokenizers.text_rules import TextRules
from albert_docs_pkg.tokenizers.vocabulary import SPECIAL_NAMES
from albert_docs_pkg.tokenizers.vocabulary_file import VocabularyFile

_LIVE = ("model_max_length", "padding_side", "truncation_side", "clean_up_tokenization_spaces")


class AlbertPreTrainedTokenizer(Preparation, Decoding, Files):
    """Options, state and pickling that both tokenizers share."""

    vocab_files_names: ClassVar[dict[str, str]] = {"vocab_file": "spiece.model"}
    model_input_names: list[str]
    is_fast = False

    def _set_up(self, vocabulary: VocabularyFile, options: Mapping[str, Any]) -> None:
        """Build the tokenizer from a vocabulary and the constructor's other arguments."""
        kept = dict(options)
        rules = TextRules(
            **{name: _flag(name, kept.pop(name)) for name in ("do_lower_case", "remove_space", "keep_accents")}
        )
        special = {name: kept.pop(name) for name in SPECIAL_NAMES}
        additional = kept.pop("additional_special_tokens", None) or []
        added = kept.pop("added_tokens_decoder", None) or {}
        sp_model_kwargs = kept.pop("sp_model_kwargs", None) or {}
        self.model_max_length = _length(kept.pop("model_max_length", None))
        self.padding_side = _side("padding_side", kept.pop("padding_side", "right"))
        self.truncation_side = _side("truncation_side", kept.pop("truncation_side", "right"))
        self.clean_up_tokenization_spaces = bool(kept.pop("clean_up_tokenization_spaces", False))
        self.model_input_names = list(
            kept.pop("model_input_names", None) or ["input_ids", "token_type_ids", "attention_mask"]
        )
        self.name_or_path = kept.pop("name_or_path", "")
        kept.pop("tokenizer_class", None)
        self.init_kwargs = kept
        """Options that this package has no use for; they are kept when the tokenizer is saved."""
        self._segmenter = self._make_segmenter(vocabulary, rules, sp_model_kwargs)
        tokens = {int(token_id): AddedToken.of(token) for token_id, token in added.items()}
        self._set_tokens(special, additional, tokens)

    def _make_segmenter(
        self, vocabulary: VocabularyFile, rules: TextRules, sp_model_kwargs: dict[str, Any]
    ) -> Segmenter:
        raise NotImplementedError

    def _options(self) -> dict[str, Any]:
        rules = self._segmenter.rules
        return {
            **self.init_kwargs,
            "do_lower_case": rules.do_lower_case,
            "remove_space": rules.remove_space,
            "keep_accents": rules.keep_accents,
            "sp_model_kwargs": self._segmenter.sp_model_kwargs,
            **{name: getattr(self, name) for name in _LIVE},
            "added_tokens_decoder": self.added_tokens_decoder,
            "special": dict(self._special),
            "additional_special_tokens": list(self._additional),
        }

    @property
    def do_lower_case(self) -> bool:  # type: ignore[override]
        """Whether letters are lowered."""
        return self._segmenter.rules.do_lower_case

    @property
    def remove_space(self) -> bool:
        """Whether runs of white space become one space."""
        return self._segmenter.rules.remove_space

    @property
    def keep_accents(self) -> bool:
        """Whether accents stay."""
        return self._segmenter.rules.keep_accents

    @property
    def sp_model(self) -> Any:
        """The ``sentencepiece.SentencePieceProcessor``."""
        return self._segmenter.sp_model

    @property
    def sp_model_kwargs(self) -> dict[str, Any]:
        """Options of :attr:`sp_model`."""
        return self._segmenter.sp_model_kwargs

    @property
    def max_len_single_sentence(self) -> int:
        """Tokens that a text may have within ``model_max_length``."""
        return self.model_max_length - self.num_special_tokens_to_add(pair=False)

    @property
    def max_len_sentences_pair(self) -> int:
        """Tokens that the two texts of a pair may have together within ``model_max_length``."""
        return self.model_max_length - self.num_special_tokens_to_add(pair=True)

    def preprocess_text(self, inputs: str) -> str:
        """Return a text as SentencePiece gets it.

        Example:
            >>> from albert_docs_pkg import AlbertTokenizer
            >>> AlbertTokenizer.from_pretrained("albert-wordnet-nano").preprocess_text(" Déjà  vu ")
            'deja vu'
        """
        return self._segmenter.rules.apply(inputs)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(name_or_path={self.name_or_path!r}, vocab_size={self.vocab_size}, "
            f"model_max_length={self.model_max_length}, padding_side={self.padding_side!r}, "
            f"special_tokens={self.special_tokens_map})"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Carry the model's bytes, so that another machine needs no file."""
        return {
            "content": self._segmenter.vocabulary.content,
            "options": {
                **self._options(),
                "name_or_path": self.name_or_path,
                "model_input_names": self.model_input_names,
            },
            "attributes": {name: value for name, value in self.__dict__.items() if name in ("vocab_file",)},
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state["attributes"])
        options = dict(state["options"])
        self._set_up(VocabularyFile.parse(state["content"]), {**options.pop("special"), **options})

    @classmethod
    def _from_parts(cls, vocabulary: VocabularyFile, options: Mapping[str, Any]) -> Self:
        tokenizer = cls.__new__(cls)
        tokenizer._set_up(vocabulary, options)
        return tokenizer


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, got {value!r}")
    return value


def _side(name: str, value: Any) -> Any:
    if value not in ("left", "right"):
        raise ValueError(f"{name} must be 'left' or 'right', got {value!r}")
    return value


def _length(value: Any) -> int:
    if value is None:
        return UNLIMITED
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ValueError(f"model_max_length must be a whole number of at least 1, got {value!r}")
    return min(int(value), UNLIMITED)
