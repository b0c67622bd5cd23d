"""``AlbertTokenizerFast``: ALBERT's tokenizer on the ``tokenizers`` library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from albert_docs_pkg.tokenizers.added_tokens import AddedToken
from albert_docs_pkg.tokenizers.albert_tokenizer import AlbertTokenizer
from albert_docs_pkg.tokenizers.pretrained import AlbertPreTrainedTokenizer
from albert_docs_pkg.tokenizers.sources import read_vocabulary
from albert_docs_pkg.tokenizers.text_rules import TextRules
from albert_docs_pkg.tokenizers.tokenizer_json import TokenizerJson, portable_tokenizer
from albert_docs_pkg.tokenizers.unigram import UnigramSegmenter
from albert_docs_pkg.tokenizers.vocabulary_file import VocabularyFile

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MASK = AddedToken("[MASK]", lstrip=True, normalized=False, special=True)


class AlbertTokenizerFast(AlbertPreTrainedTokenizer):
    """Text to ids with the ``tokenizers`` library, with the ids of :class:`AlbertTokenizer` on every text.

    It is built from ``spiece.model``, from ``tokenizer.json``, or from both; where their vocabularies differ,
    ``tokenizer.json`` is right. The arguments are those of :class:`AlbertTokenizer`, without ``sp_model_kwargs``.

    Args:
        vocab_file: path of ``spiece.model``.
        tokenizer_file: path of ``tokenizer.json``.
        do_lower_case: lower the case of every letter.
        remove_space: drop white space at both ends and make one space of each run.
        keep_accents: keep accents.
        bos_token: first token of a sequence.
        eos_token: last token of a sequence.
        unk_token: stands for what the vocabulary lacks.
        sep_token: ends each segment.
        pad_token: fills rows up.
        cls_token: starts a row.
        mask_token: hides a token.
        **kwargs: as for :class:`AlbertTokenizer`.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file cannot be used, or an option is not allowed.

    Example:
        >>> from albert_docs_pkg import AlbertTokenizer, AlbertTokenizerFast
        >>> tokenizer = AlbertTokenizerFast.from_pretrained("albert-wordnet-nano")
        >>> text = "a well-known (and cheap) drink"
        >>> tokenizer(text)["input_ids"] == AlbertTokenizer.from_pretrained("albert-wordnet-nano")(text)["input_ids"]
        True
    """

    vocab_files_names: ClassVar[dict[str, str]] = {"vocab_file": "spiece.model", "tokenizer_file": "tokenizer.json"}
    slow_tokenizer_class = AlbertTokenizer
    is_fast = True
    can_save_slow_tokenizer = True

    def __init__(
        self,
        vocab_file: str | os.PathLike[str] | None = None,
        tokenizer_file: str | os.PathLike[str] | None = None,
        do_lower_case: bool = True,
        remove_space: bool = True,
        keep_accents: bool = False,
        bos_token: str | AddedToken = "[CLS]",
        eos_token: str | AddedToken = "[SEP]",
        unk_token: str | AddedToken = "<unk>",
        sep_token: str | AddedToken = "[SEP]",
        pad_token: str | AddedToken = "<pad>",
        cls_token: str | AddedToken = "[CLS]",
        mask_token: str | AddedToken = _MASK,
        **kwargs: Any,
    ) -> None:
        source = read_vocabulary(vocab_file, tokenizer_file, prefer_json=True)
        self.vocab_file = vocab_file
        kwargs.pop("sp_model_kwargs", None)
        if source.json is not None and "added_tokens_decoder" not in kwargs:
            kwargs["added_tokens_decoder"] = source.json.added
        self._set_up(
            source.vocabulary,
            {
                **kwargs,
                "do_lower_case": do_lower_case,
                "remove_space": remove_space,
                "keep_accents": keep_accents,
                "bos_token": bos_token,
                "eos_token": eos_token,
                "unk_token": unk_token,
                "sep_token": sep_token,
                "pad_token": pad_token,
                "cls_token": cls_token,
                "mask_token": mask_token,
            },
        )

    @property
    def backend_tokenizer(self) -> Tokenizer:
        """A ``tokenizers.Tokenizer`` with the same vocabulary and rules, as ``tokenizer.json`` holds it.

        Example:
            >>> tokenizer.backend_tokenizer.token_to_id("[MASK]")
            4
        """
        return portable_tokenizer(
            self._segmenter.vocabulary, self._segmenter.rules, self._added, self.cls_token, self.sep_token
        )

    def _make_segmenter(
        self, vocabulary: VocabularyFile, rules: TextRules, sp_model_kwargs: dict[str, Any]
    ) -> UnigramSegmenter:
        return UnigramSegmenter(vocabulary, rules)

    def _contents(self) -> dict[str, bytes]:
        name = self.vocab_files_names["tokenizer_file"]
        return {**super()._contents(), name: self.backend_tokenizer.to_str().encode()}

    @classmethod
    def _complete(cls, options: dict[str, Any]) -> dict[str, Any]:
        """Take from ``tokenizer.json`` the text rules that ``tokenizer_config.json`` does not mention."""
        if options.get("tokenizer_file") is None:
            return options
        read = TokenizerJson.read(Path(options["tokenizer_file"]))
        rules = {"do_lower_case": read.rules.do_lower_case, "keep_accents": read.rules.keep_accents}
        return {**rules, **options, "tokenizer_file": read}
