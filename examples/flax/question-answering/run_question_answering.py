r"""Fine-tune an ALBERT to find answers in a context, with Flax, on one device or several.

Without data arguments it learns to find the definition of a word in a passage of four definitions:

    python run_question_answering.py --output_dir runs/definitions

Own data are JSON lines or CSV with a question, a context and the answers as SQuAD has them (JSON in a CSV cell), or
with one column for the answer's text and one for its first character:

    python run_question_answering.py --output_dir runs/manual --train_file train.csv --validation_file validation.csv \
        --answer_text_column answer --answer_start_column start
    python run_question_answering.py --output_dir runs/squad \
        --model_name_or_path albert/albert-base-v2 --dataset_name rajpurkar/squad --max_length 384 --stride 128

Long contexts are read in overlapping windows. Where records without an answer occur, the model may give none.

GPUs or TPUs share each step; --devices 2 makes two of a processor. The folder holds the model,
the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import FlaxAlbertForQuestionAnswering
from examples.flax.training import Batch, Params, Trainer, compute_dtype, devices
from examples.tasks.question_answering import QuestionAnswering
from examples.tasks.showing import show

TARGETS = ("start_positions", "end_positions")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model answers to a few questions."""
    task = QuestionAnswering.from_command_line(__doc__, arguments)
    options = task.options
    mesh = devices(options)
    model = FlaxAlbertForQuestionAnswering.from_pretrained(
        options.model_name_or_path, seed=options.seed, dtype=compute_dtype(options), **task.config_fields
    )
    if Trainer(task, model, mesh, mean_loss, answer).run():
        show(task, "flax")


def mean_loss(model: FlaxAlbertForQuestionAnswering, params: Params, batch: Batch, key: jax.Array) -> jax.Array:
    """Return the mean over the windows of a batch of the cross entropies of start and end."""
    return model(**batch, params=params, dropout_rng=key, train=True).loss


def answer(model: FlaxAlbertForQuestionAnswering, params: Params, batch: Batch) -> jax.Array:
    """Return the scores of each token as start and as end, shape (rows, 2, length)."""
    inputs = {name: values for name, values in batch.items() if name not in TARGETS}
    output = model(**inputs, params=params)
    return jnp.stack([output.start_logits, output.end_logits], axis=1)


if __name__ == "__main__":
    main()
