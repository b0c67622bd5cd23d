r"""Fine-tune an ALBERT to label words, with Flax, on one device or several.

Without data arguments it learns the part of speech of words in definitions:

    python run_token_classification.py --output_dir runs/parts-of-speech

Own data are JSON lines with a list of words and a list of labels (names or numbers), or CSV with both between spaces:

    python run_token_classification.py --output_dir runs/entities \
        --train_file train.jsonl --validation_file validation.jsonl --words_column tokens --labels_column ner_tags
    python run_token_classification.py --output_dir runs/conll \
        --dataset_name eriktks/conll2003 --words_column tokens --labels_column ner_tags

The label of a word is learned at its first token.

GPUs or TPUs share each step; --devices 2 makes two of a processor. The folder holds the model with its label names,
the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import jax

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import FlaxAlbertForTokenClassification
from examples.flax.training import Batch, Params, Trainer, compute_dtype, devices
from examples.tasks.showing import show
from examples.tasks.token_classification import TokenClassification


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model says about a few sentences."""
    task = TokenClassification.from_command_line(__doc__, arguments)
    options = task.options
    mesh = devices(options)
    model = FlaxAlbertForTokenClassification.from_pretrained(
        options.model_name_or_path, seed=options.seed, dtype=compute_dtype(options), **task.config_fields
    )
    if Trainer(task, model, mesh, mean_loss, answer).run():
        show(task, "flax")


def mean_loss(model: FlaxAlbertForTokenClassification, params: Params, batch: Batch, key: jax.Array) -> jax.Array:
    """Return the mean cross entropy over the labelled words of a batch."""
    return model(**batch, params=params, dropout_rng=key, train=True).loss


def answer(model: FlaxAlbertForTokenClassification, params: Params, batch: Batch) -> jax.Array:
    """Return the scores of the labels for each token, shape (rows, length, labels)."""
    inputs = {name: values for name, values in batch.items() if name != "labels"}
    return model(**inputs, params=params).logits


if __name__ == "__main__":
    main()
