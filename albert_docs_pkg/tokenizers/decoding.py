"""From ids back to text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from albert_docs_pkg.tokenizers.vocabulary import Vocabulary

_CLOSED_UP = ((" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"))
_CONTRACTED = ((" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"))


class Decoding(Vocabulary):
    """``decode``, ``batch_decode`` and what they are made of."""

    clean_up_tokenization_spaces: bool

    def decode(
        self,
        token_ids: Any,
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool | None = None,
        spaces_between_special_tokens: bool = True,
    ) -> str:
        """Return the text of one row of ids.

        Args:
            token_ids: an id, or a list, array or tensor of ids.
            skip_special_tokens: leave special tokens out.
            clean_up_tokenization_spaces: drop the space before punctuation; the tokenizer's own setting when ``None``.
            spaces_between_special_tokens: put spaces around added tokens.

        Raises:
            IndexError: an id is beyond the vocabulary.

        Example:
            >>> from albert_docs_pkg import AlbertTokenizer
            >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
            >>> tokenizer.decode(tokenizer.encode("A small dog"))
            '[CLS] a small dog[SEP]'
        """
        ids = token_ids.tolist() if hasattr(token_ids, "tolist") else token_ids
        tokens = self.convert_ids_to_tokens([ids] if isinstance(ids, int) else ids, skip_special_tokens)
        special = set(self.all_special_tokens)
        loose = {token.content for token in self._added.values()} - special
        texts: list[str] = []
        run: list[str] = []
        for token in tokens:
            if token not in loose:
                run.append(token)
                continue
            if run:
                texts.append(self.convert_tokens_to_string(run))
                run = []
            texts.append(token)
        if run:
            texts.append(self.convert_tokens_to_string(run))
        text = (" " if spaces_between_special_tokens else "").join(texts)
        clean = (
            self.clean_up_tokenization_spaces if clean_up_tokenization_spaces is None else clean_up_tokenization_spaces
        )
        return self.clean_up_tokenization(text) if clean else text

    def batch_decode(self, sequences: Any, skip_special_tokens: bool = False, **options: Any) -> list[str]:
        """Return the text of each row; the options are those of :meth:`decode`.

        Example:
            >>> tokenizer.batch_decode(tokenizer(["a dog", "a cat"])["input_ids"], skip_special_tokens=True)
            ['a dog', 'a cat']
        """
        return [self.decode(row, skip_special_tokens, **options) for row in sequences]

    def convert_tokens_to_string(self, tokens: Sequence[str]) -> str:
        """Return the text of tokens; special tokens stay as they are, with a space before each run of them.

        Example:
            >>> tokenizer.convert_tokens_to_string(["▁a", "▁dog"])
            'a dog'
        """
        special = set(self.all_special_tokens)
        text, after_special = "", False
        run: list[str] = []
        for token in tokens:
            if token in special:
                text += ("" if after_special else " ") + self._join(run) + token
                run, after_special = [], True
            else:
                run.append(token)
                after_special = False
        return (text + self._join(run)).strip()

    @staticmethod
    def clean_up_tokenization(text: str) -> str:
        """Drop the space before punctuation and contractions.

        Example:
            >>> tokenizer.clean_up_tokenization("it is n't so .")
            "it isn't so."
        """
        for spaced, closed in _CLOSED_UP + _CONTRACTED:
            text = text.replace(spaced, closed)
        return text

    def _join(self, tokens: list[str]) -> str:
        return self._segmenter.sp_model.decode(tokens) if tokens else ""
