"""Tiny models with the same weights on every machine; run as a script it writes them for other libraries to load."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

import albert_docs_pkg
from albert_docs_pkg import AlbertConfig, AlbertTokenizerFast

VOCABULARY = Path(__file__).parents[1] / "fixtures" / "tokenizers" / "small" / "spiece.model"
HEADS = (
    "ForMaskedLM",
    "ForSequenceClassification",
    "ForTokenClassification",
    "ForQuestionAnswering",
    "ForMultipleChoice",
    "Model",
)
LABELS = {
    "ForTokenClassification": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
    "ForSequenceClassification": ["animal", "plant", "place"],
}


def tokenizer() -> AlbertTokenizerFast:
    """Return the tokenizer of all tiny models: 2,000 pieces, rows of 48 tokens."""
    return AlbertTokenizerFast(VOCABULARY, model_max_length=48)


def tiny_model(head: str) -> Any:
    """Return a PyTorch model whose weights come from a generator that NumPy keeps stable between versions."""
    labels = LABELS.get(head, ["LABEL_0", "LABEL_1"])
    config = AlbertConfig(
        vocab_size=2000,
        embedding_size=12,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=40,
        max_position_embeddings=48,
        classifier_dropout_prob=0.5,
        hidden_dropout_prob=0.3,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    model = getattr(albert_docs_pkg, f"Albert{head}")(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            own = "albert." if head != "Model" and not name.startswith("albert.") else ""
            generator = np.random.RandomState(zlib.crc32((own + name).encode()))
            spread = 1.0 if name.endswith("weight") and "albert" not in name else 0.3
            drawn = generator.normal(0, spread, tuple(parameter.shape)) + ("LayerNorm.weight" in name)
            parameter.copy_(torch.from_numpy(drawn.astype(np.float32)))
    return model.eval()


def write_models(folder: Path) -> dict[str, Path]:
    """Write one checkpoint with its tokenizer for each head."""
    paths = {head: folder / head for head in HEADS}
    for head, path in paths.items():
        tiny_model(head).save_pretrained(path)
        tokenizer().save_pretrained(path)
    return paths


if __name__ == "__main__":
    write_models(Path(sys.argv[1]))
