r"""Fine-tune an ALBERT to choose among several answers, with Flax, on one device or several.

Without data arguments it learns to choose the wider term for what is defined, of four:

    python run_multiple_choice.py --output_dir runs/wider-terms

Own data are JSON lines or CSV with a question, the choices (a list, or a column for each) and the number of the right
choice:

    python run_multiple_choice.py --output_dir runs/quiz --train_file train.csv --validation_file validation.csv \
        --choices_columns first second third --label_column right
    python run_multiple_choice.py --output_dir runs/swag \
        --dataset_name allenai/swag --dataset_config_name regular \
        --question_column startphrase --choices_columns ending0 ending1 ending2 ending3

GPUs or TPUs share each step; --devices 2 makes two of a processor. The folder holds the model,
the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import jax

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import FlaxAlbertForMultipleChoice
from examples.flax.training import Batch, Params, Trainer, compute_dtype, devices
from examples.tasks.multiple_choice import MultipleChoice
from examples.tasks.showing import show


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model chooses for a few questions."""
    task = MultipleChoice.from_command_line(__doc__, arguments)
    options = task.options
    mesh = devices(options)
    model = FlaxAlbertForMultipleChoice.from_pretrained(
        options.model_name_or_path, seed=options.seed, dtype=compute_dtype(options), **task.config_fields
    )
    if Trainer(task, model, mesh, mean_loss, answer).run():
        show(task, "flax")


def mean_loss(model: FlaxAlbertForMultipleChoice, params: Params, batch: Batch, key: jax.Array) -> jax.Array:
    """Return the mean cross entropy over the questions of a batch, whose arrays are (rows, choices, length)."""
    return model(**batch, params=params, dropout_rng=key, train=True).loss


def answer(model: FlaxAlbertForMultipleChoice, params: Params, batch: Batch) -> jax.Array:
    """Return the scores of the choices of each question, shape (rows, choices)."""
    inputs = {name: values for name, values in batch.items() if name != "labels"}
    return model(**inputs, params=params).logits


if __name__ == "__main__":
    main()
