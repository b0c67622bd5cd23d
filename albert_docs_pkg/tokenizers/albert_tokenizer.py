"""``AlbertTokenizer``: ALBERT's tokenizer on SentencePiece."""

from __future__ import annotations

import os
from typing import Any

from albert_docs_pkg.tokenizers.added_tokens import AddedToken
from albert_docs_pkg.tokenizers.pretrained import AlbertPreTrainedTokenizer
from albert_docs_pkg.tokenizers.segmentation import SentencePieceSegmenter
from albert_docs_pkg.tokenizers.sources import read_vocabulary
from albert_docs_pkg.tokenizers.text_rules import TextRules
from albert_docs_pkg.tokenizers.vocabulary_file import VocabularyFile

_MASK = AddedToken("[MASK]", lstrip=True, normalized=False, special=True)


class AlbertTokenizer(AlbertPreTrainedTokenizer):
    """Text to ids with SentencePiece, by ALBERT's rules.

    Args:
        vocab_file: path of ``spiece.model``.
        do_lower_case: lower the case of every letter.
        remove_space: drop white space at both ends and make one space of each run.
        keep_accents: keep accents, which are dropped otherwise (NFKD without combining marks).
        bos_token: first token of a sequence; ``[CLS]`` in practice.
        eos_token: last token of a sequence; ``[SEP]`` in practice.
        unk_token: stands for what the vocabulary lacks.
        sep_token: ends each segment.
        pad_token: fills rows up.
        cls_token: starts a row.
        mask_token: hides a token; it swallows the white space on its left.
        sp_model_kwargs: options of ``sentencepiece.SentencePieceProcessor``: ``enable_sampling``, ``nbest_size`` and
            ``alpha`` for subword regularization, ``num_threads``.
        **kwargs: ``model_max_length``, ``padding_side``, ``truncation_side``, ``additional_special_tokens``,
            ``clean_up_tokenization_spaces``; anything else is kept in ``init_kwargs`` and saved again.

    Raises:
        FileNotFoundError: there is no ``vocab_file``.
        ValueError: ``vocab_file`` is not a SentencePiece model, or an option is not allowed.

    Example:
        >>> from albert_docs_pkg import AlbertTokenizer
        >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
        >>> encoding = tokenizer("A small dog", return_offsets_mapping=True)
        >>> tokenizer.decode(encoding["input_ids"], skip_special_tokens=True)
        'a small dog'
        >>> encoding.char_to_token(0)
        1
    """

    def __init__(
        self,
        vocab_file: str | os.PathLike[str] | None = None,
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
        sp_model_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        source = read_vocabulary(vocab_file, kwargs.pop("tokenizer_file", None), prefer_json=False)
        self.vocab_file = vocab_file
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
                "sp_model_kwargs": sp_model_kwargs,
            },
        )

    def _make_segmenter(
        self, vocabulary: VocabularyFile, rules: TextRules, sp_model_kwargs: dict[str, Any]
    ) -> SentencePieceSegmenter:
        return SentencePieceSegmenter(vocabulary, rules, sp_model_kwargs)
