r"""Fine-tune an ALBERT to classify texts, with Flax, on one device or several.

Without data arguments it learns to tell the WordNet category of a definition, one of 45:

    python run_text_classification.py --output_dir runs/categories

Own data are CSV or JSON lines with a text and a label (a name or a number) in each record:

    python run_text_classification.py --output_dir runs/reviews \
        --train_file train.csv --validation_file validation.csv --text_column review --label_column stars
    python run_text_classification.py --output_dir runs/cola \
        --dataset_name nyu-mll/glue --dataset_config_name cola --text_column sentence

GPUs or TPUs share each step; --devices 2 makes two of a processor. The folder holds the model with its label names,
the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import jax

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import FlaxAlbertForSequenceClassification
from examples.flax.training import Batch, Params, Trainer, compute_dtype, devices
from examples.tasks.showing import show
from examples.tasks.text_classification import TextClassification


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model says about a few texts."""
    task = TextClassification.from_command_line(__doc__, arguments)
    options = task.options
    mesh = devices(options)
    model = FlaxAlbertForSequenceClassification.from_pretrained(
        options.model_name_or_path, seed=options.seed, dtype=compute_dtype(options), **task.config_fields
    )
    if Trainer(task, model, mesh, mean_loss, answer).run():
        show(task, "flax")


def mean_loss(model: FlaxAlbertForSequenceClassification, params: Params, batch: Batch, key: jax.Array) -> jax.Array:
    """Return the mean cross entropy over the texts of a batch."""
    return model(**batch, params=params, dropout_rng=key, train=True).loss


def answer(model: FlaxAlbertForSequenceClassification, params: Params, batch: Batch) -> jax.Array:
    """Return the scores of the labels for each text, shape (rows, labels)."""
    inputs = {name: values for name, values in batch.items() if name != "labels"}
    return model(**inputs, params=params).logits


if __name__ == "__main__":
    main()
