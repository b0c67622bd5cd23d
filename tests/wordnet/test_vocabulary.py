"""The bundled vocabulary has ALBERT's special pieces, covers the text and knows nothing of where it was made."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from albert_docs_pkg.wordnet import load_pretraining_text

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "albert_docs_pkg" / "assets" / "albert-wordnet-nano" / "spiece.model"
MAKER = runpy.run_path(str(ROOT / "examples" / "data" / "train_vocabulary.py"))
PROCESSOR = sentencepiece.SentencePieceProcessor(model_file=str(MODEL))


def test_it_has_6000_pieces_and_the_special_ones_first():
    assert len(PROCESSOR) == 6000
    pieces = [PROCESSOR.id_to_piece(number) for number in range(13)]
    assert pieces == ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]", "(", ")", '"', "-", ".", "–", "£", "€"]
    assert [PROCESSOR.pad_id(), PROCESSOR.unk_id(), PROCESSOR.bos_id(), PROCESSOR.eos_id()] == [0, 1, -1, -1]
    assert all(PROCESSOR.is_control(number) for number in range(5) if number != 1)


def test_it_was_trained_with_the_options_of_the_english_vocabulary():
    model = sentencepiece_model_pb2.ModelProto.FromString(MODEL.read_bytes())
    assert model.trainer_spec.model_type == model.trainer_spec.UNIGRAM
    assert model.trainer_spec.character_coverage == pytest.approx(0.99995)
    assert model.normalizer_spec.name == "nmt_nfkc"
    assert model.normalizer_spec.add_dummy_prefix


def test_it_names_no_file_of_the_machine_it_was_made_on():
    model = sentencepiece_model_pb2.ModelProto.FromString(MODEL.read_bytes())
    assert list(model.trainer_spec.input) == []
    assert model.trainer_spec.model_prefix == ""
    assert not re.search(rb"/(work|home|root|tmp|usr|Users)/|\.(model|txt|py)\b", MODEL.read_bytes())


def test_it_has_no_upper_case_and_covers_held_out_text():
    pieces = [PROCESSOR.id_to_piece(number) for number in range(5, 6000)]
    assert [piece for piece in pieces if piece != piece.lower()] == []
    texts = [MAKER["normalize"](sentence) for text in load_pretraining_text("test") for sentence in text]
    ids = PROCESSOR.encode(texts)
    # Rare signs such as "=" are unknown: a coverage of 0.99995 leaves them out.
    assert sum(row.count(1) for row in ids) / sum(map(len, ids)) < 0.0005
    words = sum(len(text.split()) for text in texts)
    assert sum(map(len, ids)) / words < 1.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [("  Two \t words ", "two words"), ("Ärger", "arger"), ("``so''", '"so"'), ("½", "1⁄2"), ("", "")],
)
def test_text_is_normalized_by_the_rules_of_albert(text, expected):
    assert MAKER["normalize"](text) == expected
