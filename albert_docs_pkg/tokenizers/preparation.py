"""Working on ids that were made before: special tokens, truncation, padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from albert_docs_pkg.tokenizers.batch_encoding import BatchEncoding
from albert_docs_pkg.tokenizers.calls import Calls
from albert_docs_pkg.tokenizers.requests import Request, read_lengths
from albert_docs_pkg.tokenizers.rows import Truncation, assemble, segment_ids, special_mask
from albert_docs_pkg.tokenizers.tensors import check_tensors


class Preparation(Calls):
    """From ids to rows, without a text."""

    def build_inputs_with_special_tokens(
        self, token_ids_0: Sequence[int], token_ids_1: Sequence[int] | None = None
    ) -> list[int]:
        """Return ``[CLS] A [SEP]`` or ``[CLS] A [SEP] B [SEP]``.

        Example:
            >>> from albert_docs_pkg import AlbertTokenizer
            >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
            >>> tokenizer.build_inputs_with_special_tokens([7, 8], [9])
            [2, 7, 8, 3, 9, 3]
        """
        return assemble(token_ids_0, token_ids_1, self.cls_token_id, self.sep_token_id)

    def get_special_tokens_mask(
        self,
        token_ids_0: Sequence[int],
        token_ids_1: Sequence[int] | None = None,
        already_has_special_tokens: bool = False,
    ) -> list[int]:
        """Return 1 for special tokens and 0 for the rest.

        Args:
            token_ids_0: ids of the first sequence.
            token_ids_1: ids of the second sequence.
            already_has_special_tokens: ``token_ids_0`` is a whole row; without it the row that
                :meth:`build_inputs_with_special_tokens` would make is meant.

        Raises:
            ValueError: a second sequence was given together with ``already_has_special_tokens``.

        Example:
            >>> tokenizer.get_special_tokens_mask([7, 8], [9])
            [1, 0, 0, 1, 0, 1]
        """
        if not already_has_special_tokens:
            return special_mask(len(token_ids_0), None if token_ids_1 is None else len(token_ids_1))
        if token_ids_1 is not None:
            raise ValueError("token_ids_1 must be None with already_has_special_tokens=True, the row holds both")
        special = set(self.all_special_ids)
        return [int(token_id in special) for token_id in token_ids_0]

    def create_token_type_ids_from_sequences(
        self, token_ids_0: Sequence[int], token_ids_1: Sequence[int] | None = None
    ) -> list[int]:
        """Return 0 for ``[CLS] A [SEP]`` and 1 for ``B [SEP]``.

        Example:
            >>> tokenizer.create_token_type_ids_from_sequences([7, 8], [9])
            [0, 0, 0, 0, 1, 1]
        """
        return segment_ids(len(token_ids_0), None if token_ids_1 is None else len(token_ids_1), special=True)

    def truncate_sequences(
        self,
        ids: list[int],
        pair_ids: list[int] | None = None,
        num_tokens_to_remove: int = 0,
        truncation_strategy: str = "longest_first",
        stride: int = 0,
    ) -> tuple[list[int], list[int] | None, list[int]]:
        """Take tokens off one or two sequences.

        Args:
            ids: ids of the first sequence.
            pair_ids: ids of the second sequence.
            num_tokens_to_remove: how many to take off.
            truncation_strategy: as ``truncation`` of a call.
            stride: how many kept tokens the overflow repeats.

        Returns:
            What is left of the first and of the second sequence, and the tokens cut off (with ``"longest_first"`` and
            a pair: none, they come from both).

        Raises:
            ValueError: no such strategy, or the sequence to cut is too short.

        Example:
            >>> tokenizer.truncate_sequences([5, 6, 7, 8], num_tokens_to_remove=2)
            ([5, 6], None, [7, 8])
        """
        _, truncation = self._lengths(truncation=truncation_strategy, stride=stride)
        if num_tokens_to_remove <= 0:
            return ids, pair_ids, []
        total = len(ids) + len(pair_ids or ())
        if num_tokens_to_remove > total:
            raise ValueError(
                f"num_tokens_to_remove must be at most {total}, the tokens there are, got {num_tokens_to_remove}"
            )
        kept = Truncation(truncation.strategy, total - num_tokens_to_remove, side=truncation.side)
        window = kept.windows(len(ids), None if pair_ids is None else len(pair_ids), 0)[0]
        first, second = window.cut(ids, pair_ids)
        overflow: list[int] = []
        if pair_ids is None or truncation.strategy != "longest_first":
            cut = ids if len(first) < len(ids) else pair_ids or []
            size = min(len(cut), num_tokens_to_remove + stride)
            overflow = cut[len(cut) - size :] if self.truncation_side == "right" else cut[:size]
        return list(first), None if second is None else list(second), overflow

    def prepare_for_model(
        self,
        ids: list[int],
        pair_ids: list[int] | None = None,
        *,
        add_special_tokens: bool = True,
        padding: bool | str = False,
        truncation: bool | str | None = None,
        max_length: int | None = None,
        stride: int = 0,
        pad_to_multiple_of: int | None = None,
        padding_side: str | None = None,
        return_tensors: str | None = None,
        return_token_type_ids: bool | None = None,
        return_attention_mask: bool | None = None,
        return_overflowing_tokens: bool = False,
        return_special_tokens_mask: bool = False,
        return_length: bool = False,
        verbose: bool = True,
        prepend_batch_axis: bool = False,
    ) -> BatchEncoding:
        """Make one row (or the windows of one) of ids; the options are those of a call.

        Example:
            >>> tokenizer.prepare_for_model([7, 8], [9], truncation="only_first", max_length=5)["input_ids"]
            [2, 7, 3, 9, 3]
        """
        padding_options, truncation_options = self._lengths(
            padding=padding,
            truncation=truncation,
            max_length=max_length,
            stride=stride,
            pad_to_multiple_of=pad_to_multiple_of,
            padding_side=padding_side,
            overflow=return_overflowing_tokens,
        )
        check_tensors(return_tensors)
        request = Request(
            add_special_tokens=add_special_tokens,
            padding=padding_options,
            truncation=truncation_options,
            return_token_type_ids=return_token_type_ids is not False,
            return_attention_mask=return_attention_mask is not False,
            return_special_tokens_mask=return_special_tokens_mask,
            return_length=return_length,
        )
        columns, _ = self._columns([list(ids)], None if pair_ids is None else [list(pair_ids)], request)
        if not return_overflowing_tokens:
            columns = {name: column[0] for name, column in columns.items()}
        return BatchEncoding(
            columns, None, return_tensors, prepend_batch_axis and not return_overflowing_tokens, self.is_fast
        )

    def pad(
        self,
        encoded_inputs: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        padding: bool | str = True,
        max_length: int | None = None,
        pad_to_multiple_of: int | None = None,
        padding_side: str | None = None,
        return_attention_mask: bool | None = None,
        return_tensors: str | None = None,
        verbose: bool = True,
    ) -> BatchEncoding:
        """Fill rows that were made before, for instance in a collate function.

        Args:
            encoded_inputs: columns (of one row, or of a batch), or a list of rows with their columns. Columns other
                than ids, segment ids and masks come back as they are.
            padding: ``True`` or ``"longest"``, ``"max_length"``, ``False``.
            max_length: length for ``"max_length"``.
            pad_to_multiple_of: round the length up to a multiple of this.
            padding_side: ``"left"`` or ``"right"``; the tokenizer's own when ``None``.
            return_attention_mask: ``False`` adds no mask where there is none.
            return_tensors: ``"pt"``, ``"tf"``, ``"np"`` or ``"jax"``; lists when ``None``.
            verbose: accepted for callers that pass it; nothing is printed.

        Raises:
            ValueError: there is no ``input_ids`` column, or an option is not one of the allowed values.

        Example:
            >>> tokenizer.pad([{"input_ids": [2, 3]}, {"input_ids": [2, 7, 3]}])["input_ids"]
            [[2, 3, 0], [2, 7, 3]]
        """
        padding_options, _ = self._lengths(
            padding=padding, max_length=max_length, pad_to_multiple_of=pad_to_multiple_of, padding_side=padding_side
        )
        check_tensors(return_tensors)
        if not isinstance(encoded_inputs, Mapping):
            rows = list(encoded_inputs)
            names = list(rows[0]) if rows else ["input_ids"]
            encoded_inputs = {name: [row[name] for row in rows] for name in names}
        if "input_ids" not in encoded_inputs:
            raise ValueError(f"encoded_inputs must have the column 'input_ids', got {sorted(encoded_inputs)}")
        columns = {name: _as_lists(column) for name, column in encoded_inputs.items()}
        single = bool(columns["input_ids"]) and not isinstance(columns["input_ids"][0], list)
        if single:
            columns = {name: [column] for name, column in columns.items()}
        if return_attention_mask is not False and "attention_mask" not in columns:
            columns["attention_mask"] = [[1] * len(row) for row in columns["input_ids"]]
        padding_options.fill(columns, self._fillers())
        if single:
            columns = {name: column[0] for name, column in columns.items()}
        return BatchEncoding(columns, None, return_tensors, single and return_tensors is not None, self.is_fast)

    def _lengths(
        self, *, padding: bool | str = False, truncation: Any = False, padding_side: str | None = None, **options: Any
    ) -> Any:
        defaults = {"max_length": None, "stride": 0, "pad_to_multiple_of": None, "overflow": False}
        return read_lengths(
            padding=padding,
            truncation=truncation,
            padding_side=self.padding_side if padding_side is None else padding_side,
            truncation_side=self.truncation_side,
            model_max_length=self.model_max_length,
            **{**defaults, **options},
        )


def _as_lists(column: Any) -> Any:
    if hasattr(column, "tolist"):
        return column.tolist()
    if hasattr(column, "numpy"):
        return column.numpy().tolist()
    if isinstance(column, list | tuple):
        return [_as_lists(row) if isinstance(row, list | tuple) or hasattr(row, "shape") else row for row in column]
    return column
