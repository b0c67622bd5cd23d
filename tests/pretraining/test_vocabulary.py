"""Words start where the original ALBERT code says they do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from albert_docs_pkg.pretraining import MaskingVocabulary, starts_word


@pytest.mark.parametrize("piece", ["▁", "▁plant", "<unk>", ",", "(", "£", "€", "9", "é", "naïve", "中", "'", "–"])
def test_a_piece_starts_a_word(piece):
    assert starts_word(piece)


@pytest.mark.parametrize("piece", ["s", "ing", "Ing", "s.", "co-op", "[SEP]"])
def test_a_piece_goes_on_with_a_word(piece):
    assert not starts_word(piece)


def test_a_tokenizer_gives_pieces_and_ids_in_any_order():
    names = ["[MASK]", "<pad>", "▁a", "[CLS]", "<unk>", "[SEP]"]
    tokenizer = SimpleNamespace(
        get_vocab=lambda: {name: index for index, name in reversed(list(enumerate(names)))},
        mask_token_id=0,
        pad_token_id=1,
        cls_token_id=3,
        unk_token_id=4,
        sep_token_id=5,
    )
    vocabulary = MaskingVocabulary.from_tokenizer(tokenizer)
    assert list(vocabulary.pieces) == names
    assert vocabulary.replacements.tolist() == [2]
    assert vocabulary.never_masked.nonzero()[0].tolist() == [0, 1, 3, 5]
