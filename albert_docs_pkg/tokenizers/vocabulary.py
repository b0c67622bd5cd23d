"""Tokens and ids: the vocabulary, special tokens and added tokens that both tokenizers have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, overload

from albert_docs_pkg.tokenizers.added_tokens import AddedToken, Finder
from albert_docs_pkg.tokenizers.segmentation import Segmenter

SPECIAL_NAMES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
"""Attributes that hold a special token, in the order of ``all_special_tokens``."""


class _SpecialToken:
    """A special token of the tokenizer it is read from; a new one is added to the vocabulary."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self.__doc__ = f"The special token ``{name}``."

    def __get__(self, tokenizer: Any, owner: type) -> Any:
        return self if tokenizer is None else tokenizer._special[self._name].content

    def __set__(self, tokenizer: Any, value: Any) -> None:
        tokenizer._set_special(self._name, value)


class _SpecialId:
    """The id of a special token."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name.removesuffix("_id")
        self.__doc__ = f"Id of the special token ``{self._name}``."

    def __get__(self, tokenizer: Any, owner: type) -> Any:
        return self if tokenizer is None else tokenizer._id_or_none(tokenizer._special[self._name].content)


class Vocabulary:
    """Conversions between tokens and ids, and tokens added beside SentencePiece's pieces."""

    bos_token = _SpecialToken()
    eos_token = _SpecialToken()
    unk_token = _SpecialToken()
    sep_token = _SpecialToken()
    pad_token = _SpecialToken()
    cls_token = _SpecialToken()
    mask_token = _SpecialToken()
    bos_token_id = _SpecialId()
    eos_token_id = _SpecialId()
    unk_token_id = _SpecialId()
    sep_token_id = _SpecialId()
    pad_token_id = _SpecialId()
    cls_token_id = _SpecialId()
    mask_token_id = _SpecialId()

    model_input_names: tuple[str, ...] | list[str]
    do_lower_case: bool
    _segmenter: Segmenter
    _special: dict[str, AddedToken]
    _additional: list[AddedToken]
    _added: dict[int, AddedToken]

    def _set_tokens(
        self,
        special: Mapping[str, Any],
        additional: Iterable[Any],
        added: Mapping[int, AddedToken],
    ) -> None:
        """Register special tokens, then ``added`` under their ids; special tokens the vocabulary lacks get new ids."""
        self._ids_of_added: dict[str, int] = {}
        self._added = {}
        for token_id, token in sorted(added.items()):
            self._register(token, token_id)
        self._special = {}
        self._additional = []
        for name in SPECIAL_NAMES:
            if special.get(name) is None:
                raise ValueError(f"{name} must be a token, got {special.get(name)!r}")
            self._set_special(name, special[name])
        for value in additional:
            self._add_additional(value)
        self._finder: Finder | None = None

    def _set_special(self, name: str, value: Any) -> None:
        token = AddedToken.of(value, normalized=False, special=True, lstrip=name == "mask_token")
        token = AddedToken(**{**token.to_dict(), "special": True})
        known = self._added.get(self._ids_of_added.get(token.content, -1))
        if isinstance(value, str) and known is not None and known.special:
            # A name alone says nothing about white space; what was saved about the token stays.
            token = known
        else:
            self._register(token)
        self._special[name] = token

    def _add_additional(self, value: Any) -> None:
        token = AddedToken.of(value, normalized=False, special=True)
        token = AddedToken(**{**token.to_dict(), "special": True})
        if token.content not in {known.content for known in self._additional}:
            self._additional.append(token)
        self._register(token)

    def _register(self, token: AddedToken, token_id: int | None = None) -> bool:
        """Put a token among those that are looked for in texts; return whether its id is new."""
        if token_id is None:
            token_id = self._id_or_none(token.content)
        new = token_id is None
        if token_id is None:
            token_id = max(self.vocab_size, max(self._added, default=-1) + 1)
        elif token_id < self.vocab_size and self._segmenter.vocabulary.pieces[token_id] != token.content:
            raise ValueError(
                f"added token {token.content!r} has the id {token_id}, which is the piece "
                f"{self._segmenter.vocabulary.pieces[token_id]!r} of the vocabulary"
            )
        elif token_id in self._added and self._added[token_id].content != token.content:
            raise ValueError(
                f"added tokens {self._added[token_id].content!r} and {token.content!r} have the same id {token_id}"
            )
        self._added[token_id] = token
        self._ids_of_added[token.content] = token_id
        self._finder = None
        return new

    def _id_or_none(self, token: str) -> int | None:
        found = self._ids_of_added.get(token)
        return self._segmenter.piece_ids.get(token) if found is None else found

    def _find(self) -> Finder:
        if self._finder is None:
            self._finder = Finder(self._added, ignore_case=self.do_lower_case)
        return self._finder

    @property
    def vocab_size(self) -> int:
        """Number of SentencePiece's pieces; ``len(tokenizer)`` counts added tokens too.

        Example:
            >>> from albert_docs_pkg import AlbertTokenizer
            >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
            >>> tokenizer.vocab_size == len(tokenizer)
            True
        """
        return len(self._segmenter.vocabulary.pieces)

    def __len__(self) -> int:
        return self.vocab_size + sum(token_id >= self.vocab_size for token_id in self._added)

    def get_vocab(self) -> dict[str, int]:
        """Return the id of every token, added ones included.

        Example:
            >>> tokenizer.get_vocab()["<unk>"]
            1
        """
        return {**self._segmenter.piece_ids, **self._ids_of_added}

    @property
    def added_tokens_decoder(self) -> dict[int, AddedToken]:
        """Tokens that are looked for in a text before SentencePiece sees it, by id.

        Example:
            >>> tokenizer.added_tokens_decoder[tokenizer.mask_token_id].content
            '[MASK]'
        """
        return dict(sorted(self._added.items()))

    @property
    def added_tokens_encoder(self) -> dict[str, int]:
        """Ids of the tokens in :attr:`added_tokens_decoder`.

        Example:
            >>> tokenizer.added_tokens_encoder["[MASK]"] == tokenizer.mask_token_id
            True
        """
        return {token.content: token_id for token_id, token in sorted(self._added.items())}

    def get_added_vocab(self) -> dict[str, int]:
        """Return the ids of the tokens in :attr:`added_tokens_decoder`.

        Example:
            >>> tokenizer.get_added_vocab() == tokenizer.added_tokens_encoder
            True
        """
        return self.added_tokens_encoder

    @overload
    def convert_tokens_to_ids(self, tokens: str) -> int: ...
    @overload
    def convert_tokens_to_ids(self, tokens: list[str] | tuple[str, ...]) -> list[int]: ...
    def convert_tokens_to_ids(self, tokens: str | list[str] | tuple[str, ...]) -> int | list[int]:
        """Return the id of a token, or of each in a list; ``unk_token_id`` for what the vocabulary lacks.

        Example:
            >>> tokenizer.convert_tokens_to_ids(["[CLS]", "no such piece"])
            [2, 1]
        """
        unknown = self.unk_token_id
        if isinstance(tokens, str):
            found = self._id_or_none(tokens)
            return unknown if found is None else found
        added, pieces = self._ids_of_added, self._segmenter.piece_ids
        return [added.get(token, pieces.get(token, unknown)) for token in tokens]

    @overload
    def convert_ids_to_tokens(self, ids: int, skip_special_tokens: bool = False) -> str: ...
    @overload
    def convert_ids_to_tokens(self, ids: Iterable[int], skip_special_tokens: bool = False) -> list[str]: ...
    def convert_ids_to_tokens(self, ids: int | Iterable[int], skip_special_tokens: bool = False) -> str | list[str]:
        """Return the token of an id, or of each in a list, array or tensor.

        Args:
            ids: one id or many.
            skip_special_tokens: leave special tokens out of a list.

        Raises:
            IndexError: an id is below 0 or beyond the vocabulary.

        Example:
            >>> tokenizer.convert_ids_to_tokens([2, 3], skip_special_tokens=True)
            []
        """
        ids = ids.tolist() if hasattr(ids, "tolist") else ids
        if isinstance(ids, int):
            return self._token(ids)
        skipped = set(self.all_special_ids) if skip_special_tokens else ()
        return [self._token(int(token_id)) for token_id in ids if int(token_id) not in skipped]

    def _token(self, token_id: int) -> str:
        added = self._added.get(token_id)
        if added is not None:
            return added.content
        if not 0 <= token_id < self.vocab_size:
            raise IndexError(f"id must be from 0 to {len(self) - 1}, got {token_id}")
        return self._segmenter.vocabulary.pieces[token_id]

    def add_tokens(self, new_tokens: Any, special_tokens: bool = False) -> int:
        """Add tokens that are found whole in a text; the model's embeddings must then be resized.

        Args:
            new_tokens: a text or :class:`~albert_docs_pkg.tokenizers.AddedToken`, or a list of them.
            special_tokens: leave them out when decoding with ``skip_special_tokens=True``.

        Returns:
            How many had no id before.

        Raises:
            ValueError: a token is empty or of another kind.

        Example:
            >>> tokenizer.add_tokens(["<chem>", "<bio>"])
            2
            >>> tokenizer.tokenize("<chem> water")[0]
            '<chem>'
        """
        values = [new_tokens] if isinstance(new_tokens, str) or hasattr(new_tokens, "content") else list(new_tokens)
        tokens = [AddedToken.of(value, normalized=not special_tokens, special=special_tokens) for value in values]
        new = 0
        for token in tokens:
            known = self._added.get(self._ids_of_added.get(token.content, -1))
            if known is not None and known.special and not token.special:
                continue
            new += self._register(token)
        return new

    def add_special_tokens(
        self, special_tokens_dict: Mapping[str, Any], replace_additional_special_tokens: bool = True
    ) -> int:
        """Set special tokens by attribute name, and add those that the vocabulary lacks.

        Args:
            special_tokens_dict: ``bos_token``, ``eos_token``, ``unk_token``, ``sep_token``, ``pad_token``,
                ``cls_token``, ``mask_token`` with a token each, ``additional_special_tokens`` with a list.
            replace_additional_special_tokens: forget earlier additional special tokens.

        Returns:
            How many had no id before.

        Raises:
            ValueError: an attribute has another name.

        Example:
            >>> tokenizer.add_special_tokens({"additional_special_tokens": ["<sense>"]})
            1
        """
        allowed = (*SPECIAL_NAMES, "additional_special_tokens")
        for name in special_tokens_dict:
            if name not in allowed:
                raise ValueError(f"special_tokens_dict may hold {', '.join(allowed)}, got {name!r}")
        before = len(self)
        for name, value in special_tokens_dict.items():
            if name != "additional_special_tokens":
                self._set_special(name, value)
                continue
            if replace_additional_special_tokens:
                self._additional = []
            for token in value:
                self._add_additional(token)
        return len(self) - before

    @property
    def special_tokens_map(self) -> dict[str, Any]:
        """The special tokens by attribute name.

        Example:
            >>> tokenizer.special_tokens_map["mask_token"]
            '[MASK]'
        """
        found: dict[str, Any] = {name: token.content for name, token in self._special.items()}
        if self._additional:
            found["additional_special_tokens"] = self.additional_special_tokens
        return found

    @property
    def additional_special_tokens(self) -> list[str]:
        """Special tokens beside those that have a name of their own."""
        return [token.content for token in self._additional]

    @property
    def additional_special_tokens_ids(self) -> list[int]:
        """Ids of :attr:`additional_special_tokens`."""
        return self.convert_tokens_to_ids(self.additional_special_tokens)

    @property
    def all_special_tokens(self) -> list[str]:
        """Every special token once.

        Example:
            >>> tokenizer.all_special_tokens[:5]
            ['[CLS]', '[SEP]', '<unk>', '<pad>', '[MASK]']
        """
        named = [token.content for token in self._special.values()]
        return list(dict.fromkeys([*named, *self.additional_special_tokens]))

    @property
    def all_special_ids(self) -> list[int]:
        """Ids of :attr:`all_special_tokens`.

        Example:
            >>> tokenizer.all_special_ids[:5]
            [2, 3, 1, 0, 4]
        """
        return self.convert_tokens_to_ids(self.all_special_tokens)

    @property
    def pad_token_type_id(self) -> int:
        """Segment id of padding, 0."""
        return 0
