"""Calling a tokenizer: texts, pairs, batches and pre-split words to the columns a model takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any, TypeVar

from albert_docs_pkg.tokenizers.added_tokens import Found
from albert_docs_pkg.tokenizers.batch_encoding import BatchEncoding, TokenDetail
from albert_docs_pkg.tokenizers.requests import Request, read_lengths, read_texts
from albert_docs_pkg.tokenizers.rows import EVERYTHING, Window, assemble, segment_ids, special_mask
from albert_docs_pkg.tokenizers.segmentation import Piece
from albert_docs_pkg.tokenizers.tensors import check_tensors
from albert_docs_pkg.tokenizers.vocabulary import Vocabulary

Item = TypeVar("Item")


class Calls(Vocabulary):
    """``__call__`` and its older spellings."""

    padding_side: str
    truncation_side: str
    model_max_length: int
    is_fast: bool

    def __call__(
        self,
        text: str | Sequence[str] | Sequence[Sequence[str]],
        text_pair: str | Sequence[str] | Sequence[Sequence[str]] | None = None,
        *,
        text_target: Any = None,
        text_pair_target: Any = None,
        add_special_tokens: bool = True,
        padding: bool | str = False,
        truncation: bool | str | None = None,
        max_length: int | None = None,
        stride: int = 0,
        is_split_into_words: bool = False,
        pad_to_multiple_of: int | None = None,
        padding_side: str | None = None,
        return_tensors: str | None = None,
        return_token_type_ids: bool | None = None,
        return_attention_mask: bool | None = None,
        return_overflowing_tokens: bool = False,
        return_special_tokens_mask: bool = False,
        return_offsets_mapping: bool = False,
        return_length: bool = False,
        verbose: bool = True,
    ) -> BatchEncoding:
        """Encode a text, a pair of texts, or a batch of either.

        Args:
            text: a text or a list of texts; with ``is_split_into_words`` a list of words or a list of such lists.
            text_pair: second segments, of the same shape as ``text``.
            text_target: encoded alone into the column ``labels``.
            text_pair_target: second segments for ``text_target``.
            add_special_tokens: make ``[CLS] text [SEP]`` or ``[CLS] text [SEP] text_pair [SEP]``.
            padding: ``True`` or ``"longest"``, ``"max_length"``, ``False`` or ``"do_not_pad"``.
            truncation: ``True`` or ``"longest_first"`` (a pair loses tokens from its longer side), ``"only_first"``,
                ``"only_second"``, ``False`` or ``"do_not_truncate"``.
            max_length: longest row, special tokens included; ``model_max_length`` when ``None``.
            stride: tokens shared by neighbouring windows.
            is_split_into_words: the input is pre-split.
            pad_to_multiple_of: round the padded length up to a multiple of this.
            padding_side: ``"left"`` or ``"right"``; the tokenizer's own when ``None``.
            return_tensors: ``"pt"``, ``"tf"``, ``"np"`` or ``"jax"``; lists when ``None``.
            return_token_type_ids: ``False`` leaves the segment ids out.
            return_attention_mask: ``False`` leaves the mask out.
            return_overflowing_tokens: cut into overlapping windows; each is a row, and
                ``overflow_to_sample_mapping`` tells which text it came from.
            return_special_tokens_mask: add 1 for special tokens, 0 for the rest.
            return_offsets_mapping: add the characters of each token as ``(start, end)``.
            return_length: add the number of tokens of each row, padding included.
            verbose: accepted for callers that pass it; nothing is printed.

        Returns:
            Columns ``input_ids``, ``token_type_ids`` and ``attention_mask`` (``(rows, tokens)``, 64-bit integers in
            PyTorch and NumPy, 32-bit in TensorFlow and JAX), and those asked for.

        Raises:
            ValueError: an argument is not one of the allowed values, or a text cannot be cut to ``max_length``.
            ImportError: the framework of ``return_tensors`` is not installed.

        Example:
            >>> from albert_docs_pkg import AlbertTokenizer
            >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
            >>> batch = tokenizer(["a dog", "a large dog"], padding="max_length", max_length=8, return_tensors="np")
            >>> batch["input_ids"].shape, batch["attention_mask"].sum(axis=1).tolist()
            ((2, 8), [4, 5])
        """
        padding_options, truncation_options = read_lengths(
            padding=padding,
            truncation=truncation,
            max_length=max_length,
            stride=stride,
            pad_to_multiple_of=pad_to_multiple_of,
            padding_side=self.padding_side if padding_side is None else padding_side,
            truncation_side=self.truncation_side,
            overflow=return_overflowing_tokens,
            model_max_length=self.model_max_length,
        )
        check_tensors(return_tensors)
        request = Request(
            add_special_tokens=add_special_tokens,
            padding=padding_options,
            truncation=truncation_options,
            return_tensors=return_tensors,
            return_token_type_ids=return_token_type_ids is not False,
            return_attention_mask=return_attention_mask is not False,
            return_special_tokens_mask=return_special_tokens_mask,
            return_offsets_mapping=return_offsets_mapping,
            return_length=return_length,
            words=is_split_into_words,
        )
        if text is None and text_target is not None:
            return self._encode(text_target, text_pair_target, request)
        encoding = self._encode(text, text_pair, request)
        if text_target is not None:
            encoding["labels"] = self._encode(text_target, text_pair_target, request)["input_ids"]
        return encoding

    def encode(self, text: Any, text_pair: Any = None, **options: Any) -> Any:
        """Return the ``input_ids`` of one text or pair; the options are those of a call.

        Example:
            >>> ids = tokenizer.encode("a dog")
            >>> ids[0] == tokenizer.cls_token_id, ids[-1] == tokenizer.sep_token_id
            (True, True)
        """
        return self.encode_plus(text, text_pair, **options)["input_ids"]

    def encode_plus(self, text: Any, text_pair: Any = None, **options: Any) -> BatchEncoding:
        """Encode one text or pair; the options are those of a call.

        Example:
            >>> tokenizer.encode_plus("a dog", return_length=True)["length"]
            4
        """
        read_texts(text, text_pair, words=bool(options.get("is_split_into_words")), batch=False)
        return self(text, text_pair, **options)

    def batch_encode_plus(self, batch_text_or_text_pairs: Sequence[Any], **options: Any) -> BatchEncoding:
        """Encode a list of texts or of ``(text, text_pair)`` tuples; the options are those of a call.

        Example:
            >>> len(tokenizer.batch_encode_plus([("a dog", "a cat"), ("a cow", "a hen")])["input_ids"])
            2
        """
        batch = list(batch_text_or_text_pairs)
        words = bool(options.get("is_split_into_words"))
        if batch and all(_is_pair(item, words) for item in batch):
            return self([item[0] for item in batch], [item[1] for item in batch], **options)
        read_texts(batch, None, words=words, batch=True)
        return self(batch, **options)

    def tokenize(self, text: str, pair: str | None = None, add_special_tokens: bool = False) -> list[str]:
        """Return the tokens of a text; an unknown one is given as it stands in the text.

        Args:
            text: the text.
            pair: a second text, whose tokens follow.
            add_special_tokens: add ``[CLS]`` and ``[SEP]``.

        Example:
            >>> tokenizer.tokenize("[MASK] dog")[0]
            '[MASK]'
        """
        read_texts(text, pair, words=False, batch=False)
        first = self._tokens_of(text)
        second = None if pair is None else self._tokens_of(pair)
        if add_special_tokens:
            return assemble(first, second, self.cls_token, self.sep_token)
        return first + (second or [])

    def num_special_tokens_to_add(self, pair: bool = False) -> int:
        """Return how many special tokens a row gets: 2, or 3 with a pair.

        Example:
            >>> tokenizer.num_special_tokens_to_add(pair=True)
            3
        """
        return 3 if pair else 2

    def _encode(self, text: Any, text_pair: Any, request: Request) -> BatchEncoding:
        firsts, seconds, batch = read_texts(text, text_pair, words=request.words)
        if request.return_offsets_mapping or self._segmenter.sampling:
            # One pass for the ids and for what is known about them: sampling would not give the same pieces again.
            details = self._details(firsts, request.words), seconds and self._details(seconds, request.words)
            first_ids = [[piece.id for piece in row] for row in details[0]]
            second_ids = None if seconds is None else [[piece.id for piece in row] for row in details[1] or []]
        else:
            details = None
            first_ids = self._ids(firsts, request.words)
            second_ids = None if seconds is None else self._ids(seconds, request.words)
        columns, windows = self._columns(first_ids, second_ids, request)

        def know() -> list[list[TokenDetail]]:
            first = details[0] if details else self._details(firsts, request.words)
            second = None if seconds is None else details[1] if details else self._details(seconds, request.words)
            return self._token_rows(first, second or None, windows, request)

        if request.return_offsets_mapping:
            rows = know()
            columns["offset_mapping"] = [[(token.start, token.end) for token in row] for row in rows]
        single = not batch and not request.truncation.overflow
        if single:
            columns = {name: column[0] for name, column in columns.items()}
        return BatchEncoding(columns, know, request.return_tensors, single, self.is_fast)

    def _columns(
        self, firsts: list[list[int]], seconds: list[list[int]] | None, request: Request
    ) -> tuple[dict[str, Any], list[tuple[int, Window]]]:
        special = request.add_special_tokens
        added = self.num_special_tokens_to_add(seconds is not None) if special else 0
        truncation = request.truncation
        windows = [(index, EVERYTHING) for index in range(len(firsts))]
        pairs: list[tuple[Sequence[int], Sequence[int] | None]] = list(
            zip(firsts, seconds if seconds is not None else repeat(None), strict=False)
        )
        if truncation.strategy != "do_not_truncate" and truncation.max_length is not None:
            room = truncation.max_length - added
            if any(len(first) + len(second or ()) > room for first, second in pairs):
                windows = [
                    (index, window)
                    for index, (first, second) in enumerate(pairs)
                    for window in truncation.windows(len(first), None if second is None else len(second), added)
                ]
                pairs = [window.cut(*pairs[index]) for index, window in windows]
        cls, sep = self.cls_token_id, self.sep_token_id
        if not special:
            rows = [[*first, *(second or ())] for first, second in pairs]
        elif seconds is None:
            rows = [[cls, *first, sep] for first, _ in pairs]
        else:
            rows = [assemble(first, second, cls, sep) for first, second in pairs]
        columns: dict[str, Any] = {"input_ids": rows}
        if request.return_token_type_ids:
            columns["token_type_ids"] = (
                [[0] * len(row) for row in rows]
                if seconds is None
                else [segment_ids(len(first), len(second or ()), special=special) for first, second in pairs]
            )
        if request.return_attention_mask:
            columns["attention_mask"] = [[1] * len(row) for row in rows]
        if request.return_special_tokens_mask:
            columns["special_tokens_mask"] = [
                special_mask(len(first), None if second is None else len(second)) if special else [0] * len(row)
                for row, (first, second) in zip(rows, pairs, strict=True)
            ]
        request.padding.fill(columns, self._fillers())
        if request.return_length:
            columns["length"] = [len(row) for row in columns["input_ids"]]
        if request.truncation.overflow:
            columns["overflow_to_sample_mapping"] = [index for index, _ in windows]
        return columns, windows

    def _fillers(self) -> dict[str, Any]:
        return {
            "input_ids": self.pad_token_id,
            "token_type_ids": self.pad_token_type_id,
            "attention_mask": 0,
            "special_tokens_mask": 1,
            "offset_mapping": (0, 0),
        }

    def _token_rows(
        self,
        firsts: list[list[Piece]],
        seconds: list[list[Piece]] | None,
        windows: list[tuple[int, Window]],
        request: Request,
    ) -> list[list[TokenDetail]]:
        cls, sep, pad = (
            TokenDetail(token_id, token, 0, 0, None, None)
            for token_id, token in (
                (self.cls_token_id, self.cls_token),
                (self.sep_token_id, self.sep_token),
                (self.pad_token_id, self.pad_token),
            )
        )
        rows = []
        for index, window in windows:
            one, two = window.cut(firsts[index], None if seconds is None else seconds[index])
            first = [TokenDetail(*piece, 0) for piece in one]
            second = None if two is None else [TokenDetail(*piece, 1) for piece in two]
            rows.append(assemble(first, second, cls, sep) if request.add_special_tokens else first + (second or []))
        columns: dict[str, Any] = {"input_ids": rows}
        request.padding.fill(columns, {"input_ids": pad})
        return columns["input_ids"]

    def _ids(self, texts: list[Any], words: bool) -> list[list[int]]:
        """Return the ids of each text, without special tokens around them."""
        if words:
            flat = self._ids([word for text in texts for word in text], words=False)
            ends = _running(len(text) for text in texts)
            return [
                [token_id for row in flat[end - len(text) : end] for token_id in row]
                for text, end in zip(texts, ends, strict=True)
            ]
        finder = self._find()
        touched = {index: finder.cut(text) for index, text in enumerate(texts) if finder.touches(text)}
        if not touched:
            return self._guarded(self._segmenter.ids, texts)
        flat_texts: list[str] = []
        for index, text in enumerate(texts):
            parts = touched.get(index)
            if parts is None:
                flat_texts.append(text)
            else:
                flat_texts += [text[part[0] : part[1]] for part in parts if not isinstance(part, Found)]
        found = iter(self._guarded(self._segmenter.ids, flat_texts))
        rows = []
        for index in range(len(texts)):
            if index not in touched:
                rows.append(next(found))
                continue
            row: list[int] = []
            for part in touched[index]:
                if isinstance(part, Found):
                    row.append(part.id)
                else:
                    row += next(found)
            rows.append(row)
        return rows

    def _details(self, texts: list[Any], words: bool) -> list[list[Piece]]:
        """Return the pieces of each text with their characters and words."""
        if not words:
            return [self._pieces_of(text) for text in texts]
        return [
            [piece._replace(word=index) for index, word in enumerate(text) for piece in self._pieces_of(word)]
            for text in texts
        ]

    def _pieces_of(self, text: str) -> list[Piece]:
        pieces: list[Piece] = []
        for part in self._find().cut(text):
            word = pieces[-1].word + 1 if pieces else 0
            if isinstance(part, Found):
                pieces.append(Piece(part.id, part.token, part.start, part.end, word))
            else:
                start, end = part
                pieces += self._guarded(self._segmenter.pieces, text[start:end], start, word)
        return pieces

    def _tokens_of(self, text: str) -> list[str]:
        tokens: list[str] = []
        for part in self._find().cut(text):
            if isinstance(part, Found):
                tokens.append(part.token)
            else:
                tokens += self._guarded(self._segmenter.tokens, text[part[0] : part[1]])
        return tokens

    @staticmethod
    def _guarded(work: Callable[..., Item], texts: Any, *rest: Any) -> Item:
        """Do ``work``; a text that cannot be encoded is named before either library speaks."""
        try:
            return work(texts, *rest)
        except (UnicodeEncodeError, TypeError, RuntimeError):
            for text in [texts] if isinstance(texts, str) else texts:
                for index, character in enumerate(text):
                    if "\ud800" <= character <= "\udfff":
                        raise ValueError(
                            f"text must be valid Unicode, got the lone surrogate {character!r} at character {index} "
                            f"of a text of {len(text)} characters"
                        ) from None
            raise


def _is_pair(item: Any, words: bool) -> bool:
    if words:
        return isinstance(item, list | tuple) and len(item) == 2 and not isinstance(item[0], str)
    return isinstance(item, list | tuple) and len(item) == 2


def _running(sizes: Any) -> list[int]:
    total, ends = 0, []
    for size in sizes:
        total += size
        ends.append(total)
    return ends
