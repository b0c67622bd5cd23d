"""Train the bundled SentencePiece vocabulary on the training text of the bundled data.

    python examples/data/train_vocabulary.py --output albert_docs_pkg/assets/albert-wordnet-nano/spiece.model

The options are those that ALBERT's English vocabulary was trained with (google-research/albert, issue 149), except
for the number of pieces. Text passes through ALBERT's own rules first: one space between words, no accents, lower case.
"""

from __future__ import annotations

import argparse
import io
import unicodedata
from pathlib import Path

import sentencepiece

from albert_docs_pkg.wordnet import load_pretraining_text

ASSET = Path(__file__).parents[2] / "albert_docs_pkg" / "assets" / "albert-wordnet-nano" / "spiece.model"


def main() -> None:
    """Write the vocabulary of ``--vocab_size`` pieces to ``--output``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ASSET, help="the model file to write")
    parser.add_argument("--vocab_size", type=int, default=6000, help="number of pieces")
    arguments = parser.parse_args()

    sentences = [normalize(sentence) for document in load_pretraining_text("train") for sentence in document]
    # An iterator in and a writer out: a model trained from and to files would carry their paths.
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        vocab_size=arguments.vocab_size,
        model_type="unigram",
        normalization_rule_name="nmt_nfkc",
        character_coverage=0.99995,
        pad_id=0,
        unk_id=1,
        bos_id=-1,
        eos_id=-1,
        control_symbols=["[CLS]", "[SEP]", "[MASK]"],
        user_defined_symbols=["(", ")", '"', "-", ".", "–", "£", "€"],
        input_sentence_size=10_000_000,
        shuffle_input_sentence=True,
        num_threads=1,
        minloglevel=1,
    )
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_bytes(model.getvalue())
    print(f"{arguments.output.name}: {arguments.vocab_size} pieces, {len(model.getvalue())} bytes")


def normalize(text: str) -> str:
    """Return the text as ALBERT's tokenizers give it to SentencePiece."""
    text = " ".join(text.split()).replace("``", '"').replace("''", '"')
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).lower()


if __name__ == "__main__":
    main()
