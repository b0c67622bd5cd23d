"""What a tokenizer returns: columns for the model, and the way from tokens back to words and characters."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, overload

from albert_docs_pkg.tokenizers.tensors import converter


class CharSpan(NamedTuple):
    """Characters ``start`` to ``end`` (exclusive) of a text."""

    start: int
    end: int


class TokenSpan(NamedTuple):
    """Tokens ``start`` to ``end`` (exclusive) of a row."""

    start: int
    end: int


class TokenDetail(NamedTuple):
    """One token of a row: text, characters, word, and the sequence it belongs to (``None`` for special tokens)."""

    id: int
    token: str
    start: int
    end: int
    word: int | None
    sequence: int | None


class BatchEncoding(UserDict):
    """The columns that a model takes, by name, and what is known about each token.

    A column is a list (one row, or a list of rows for a batch) or a tensor. Items are read by name, as attributes, or
    by row index, which gives the details of that row.

    Args:
        data: columns by name.
        details: function that returns the tokens of every row; it is called when a method first needs them.
        tensor_type: ``"pt"``, ``"tf"``, ``"np"`` or ``"jax"`` to make tensors of the columns.
        prepend_batch_axis: put a batch axis of one row in front when making tensors.
        is_fast: whether the ``tokenizers`` library made the tokens.

    Example:
        >>> from albert_docs_pkg import AlbertTokenizer
        >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
        >>> encoding = tokenizer("a small dog", "a large cat")
        >>> list(encoding)
        ['input_ids', 'token_type_ids', 'attention_mask']
        >>> encoding.attention_mask == [1] * len(encoding.input_ids)
        True
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        details: Callable[[], Sequence[Sequence[TokenDetail]]] | None = None,
        tensor_type: str | None = None,
        prepend_batch_axis: bool = False,
        is_fast: bool = False,
    ) -> None:
        super().__init__(data or {})
        self._make_details = details
        self._details: Sequence[Sequence[TokenDetail]] | None = None
        self.is_fast = is_fast
        if tensor_type is not None:
            self.convert_to_tensors(tensor_type, prepend_batch_axis)

    @overload
    def __getitem__(self, item: str) -> Any: ...
    @overload
    def __getitem__(self, item: int) -> Sequence[TokenDetail]: ...
    @overload
    def __getitem__(self, item: slice) -> dict[str, Any]: ...
    def __getitem__(self, item: str | int | slice) -> Any:
        """Return the column ``item``, the details of row ``item``, or all columns cut to the rows of a slice."""
        if isinstance(item, str):
            return self.data[item]
        if isinstance(item, slice):
            return {name: column[item] for name, column in self.data.items()}
        return self.encodings[item]

    def __getattr__(self, name: str) -> Any:
        # Not found as a real attribute; ``data`` itself is missing while an instance is being unpickled.
        data = self.__dict__.get("data", {})
        if name in data:
            return data[name]
        raise AttributeError(f"{type(self).__name__} has no attribute and no column {name!r}")

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what would carry the tokenizer along; details that were asked for before are kept."""
        return {**self.__dict__, "_make_details": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    @property
    def encodings(self) -> Sequence[Sequence[TokenDetail]]:
        """The tokens of every row, padding included.

        Raises:
            ValueError: the encoding was not made by a tokenizer, or was pickled before the details were used.

        Example:
            >>> encoding.encodings[0][0].token
            '[CLS]'
        """
        if self._details is None:
            if self._make_details is None:
                raise ValueError(
                    "this BatchEncoding knows only its columns: tokens, words and characters are known where the "
                    "tokenizer was called, before pickling and without pad() in between"
                )
            self._details = self._make_details()
        return self._details

    def tokens(self, batch_index: int = 0) -> list[str]:
        """Return the tokens of a row, special tokens and padding included.

        Example:
            >>> encoding.tokens()[0], encoding.tokens()[-1]
            ('[CLS]', '[SEP]')
        """
        return [token.token for token in self._row(batch_index)]

    def word_ids(self, batch_index: int = 0) -> list[int | None]:
        """Return for each token the index of its word in its sequence, ``None`` for special tokens.

        Words are what white space separates, cut once more around added tokens and the symbols that the vocabulary
        defines; for pre-split input they are the words given.

        Example:
            >>> encoding.word_ids()[0] is None
            True
        """
        return [token.word for token in self._row(batch_index)]

    words = word_ids

    def sequence_ids(self, batch_index: int = 0) -> list[int | None]:
        """Return for each token 0 or 1, the sequence of the pair it belongs to, ``None`` for special tokens.

        Example:
            >>> sorted({i for i in encoding.sequence_ids() if i is not None})
            [0, 1]
        """
        return [token.sequence for token in self._row(batch_index)]

    def token_to_sequence(self, batch_or_token_index: int, token_index: int | None = None) -> int | None:
        """Return the sequence (0 or 1) of a token.

        Example:
            >>> encoding.token_to_sequence(1)
            0
        """
        return self._token(batch_or_token_index, token_index).sequence

    def token_to_word(self, batch_or_token_index: int, token_index: int | None = None) -> int | None:
        """Return the word of a token.

        Example:
            >>> encoding.token_to_word(1)
            0
        """
        return self._token(batch_or_token_index, token_index).word

    def token_to_chars(self, batch_or_token_index: int, token_index: int | None = None) -> CharSpan | None:
        """Return the characters of a token in its text, ``None`` for special tokens.

        Example:
            >>> encoding.token_to_chars(1)
            CharSpan(start=0, end=1)
        """
        token = self._token(batch_or_token_index, token_index)
        return None if token.sequence is None else CharSpan(token.start, token.end)

    def char_to_token(
        self, batch_or_char_index: int, char_index: int | None = None, sequence_index: int = 0
    ) -> int | None:
        """Return the first token that covers a character, ``None`` when none does (white space, truncated text).

        Example:
            >>> encoding.char_to_token(0)
            1
        """
        row, char = self._place(batch_or_char_index, char_index)
        for index, token in enumerate(self._row(row)):
            if token.sequence == sequence_index and token.start <= char < token.end:
                return index
        return None

    def char_to_word(
        self, batch_or_char_index: int, char_index: int | None = None, sequence_index: int = 0
    ) -> int | None:
        """Return the word that covers a character.

        Example:
            >>> encoding.char_to_word(2)
            1
        """
        row, char = self._place(batch_or_char_index, char_index)
        index = self.char_to_token(row, char, sequence_index)
        return None if index is None else self._row(row)[index].word

    def word_to_tokens(
        self, batch_or_word_index: int, word_index: int | None = None, sequence_index: int = 0
    ) -> TokenSpan | None:
        """Return the tokens of a word.

        Example:
            >>> encoding.word_to_tokens(0)
            TokenSpan(start=1, end=2)
        """
        row, word = self._place(batch_or_word_index, word_index)
        indices = [
            index
            for index, token in enumerate(self._row(row))
            if token.sequence == sequence_index and token.word == word
        ]
        return TokenSpan(indices[0], indices[-1] + 1) if indices else None

    def word_to_chars(
        self, batch_or_word_index: int, word_index: int | None = None, sequence_index: int = 0
    ) -> CharSpan | None:
        """Return the characters of a word.

        Example:
            >>> encoding.word_to_chars(0)
            CharSpan(start=0, end=1)
        """
        row, word = self._place(batch_or_word_index, word_index)
        span = self.word_to_tokens(row, word, sequence_index)
        if span is None:
            return None
        tokens = self._row(row)[span.start : span.end]
        return CharSpan(tokens[0].start, tokens[-1].end)

    def convert_to_tensors(self, tensor_type: str | None = None, prepend_batch_axis: bool = False) -> BatchEncoding:
        """Make a tensor of every column, in place.

        Args:
            tensor_type: ``"pt"``, ``"tf"``, ``"np"`` or ``"jax"``; ``None`` changes nothing.
            prepend_batch_axis: put a batch axis of one row in front.

        Returns:
            This encoding.

        Raises:
            ImportError: the framework is not installed.
            ValueError: no such framework, or rows of different lengths.

        Example:
            >>> tokenizer("a dog").convert_to_tensors("np", prepend_batch_axis=True)["input_ids"].shape[0]
            1
        """
        if tensor_type is None:
            return self
        make = converter(tensor_type)
        self.data = {
            name: column if _is_tensor(column) else make(name, [column] if prepend_batch_axis else column)
            for name, column in self.data.items()
        }
        return self

    def to(self, device: Any, *, non_blocking: bool = False) -> BatchEncoding:
        """Move every PyTorch tensor to ``device``, in place, and return this encoding.

        Example:
            >>> tokenizer("a dog", return_tensors="pt").to("cpu")["input_ids"].device.type
            'cpu'
        """
        self.data = {
            name: column.to(device=device, non_blocking=non_blocking) if hasattr(column, "to") else column
            for name, column in self.data.items()
        }
        return self

    def _row(self, batch_index: int) -> Sequence[TokenDetail]:
        rows = self.encodings
        if not -len(rows) <= batch_index < len(rows):
            raise IndexError(f"batch_index must be below {len(rows)}, the number of rows, got {batch_index}")
        return rows[batch_index]

    def _token(self, batch_or_index: int, index: int | None) -> TokenDetail:
        batch_index, token_index = self._place(batch_or_index, index)
        row = self._row(batch_index)
        if not -len(row) <= token_index < len(row):
            raise IndexError(f"token_index must be below {len(row)}, the length of the row, got {token_index}")
        return row[token_index]

    @staticmethod
    def _place(batch_or_index: int, index: int | None) -> tuple[int, int]:
        return (0, batch_or_index) if index is None else (batch_or_index, index)


def _is_tensor(column: Any) -> bool:
    return hasattr(column, "shape") and hasattr(column, "dtype")
