r"""Fine-tune an ALBERT to find answers in a context, with TensorFlow, on one device or several (MirroredStrategy).

Without data arguments it learns to find the definition of a word in a passage of four definitions:

    python run_question_answering.py --output_dir runs/definitions

Own data are JSON lines or CSV with a question, a context and the answers as SQuAD has them (JSON in a CSV cell), or
with one column for the answer's text and one for its first character:

    python run_question_answering.py --output_dir runs/manual --train_file train.csv --validation_file validation.csv \
        --answer_text_column answer --answer_start_column start
    python run_question_answering.py --output_dir runs/squad \
        --model_name_or_path albert/albert-base-v2 --dataset_name rajpurkar/squad --max_length 384 --stride 128

Long contexts are read in overlapping windows. Where records without an answer occur, the model may give none.

Several GPUs share each step; --devices 2 makes two of a processor. The folder holds the model,
the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf
from tensorflow import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import TFAlbertForQuestionAnswering
from examples.tasks.question_answering import QuestionAnswering
from examples.tasks.showing import show
from examples.tensorflow.training import Batch, Trainer, devices

TARGETS = ("start_positions", "end_positions")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model answers to a few questions."""
    task = QuestionAnswering.from_command_line(__doc__, arguments)
    options = task.options
    strategy = devices(options)
    with strategy.scope():
        model = TFAlbertForQuestionAnswering.from_pretrained(options.model_name_or_path, **task.config_fields)
    if Trainer(task, model, strategy, mean_loss, answer).run():
        show(task, "tensorflow")


def mean_loss(model: TFAlbertForQuestionAnswering, batch: Batch) -> Tensor:
    """Return the mean over the windows of a batch of the cross entropies of start and end."""
    return model(batch, training=True).loss


def answer(model: TFAlbertForQuestionAnswering, batch: Batch) -> Tensor:
    """Return the scores of each token as start and as end, shape (rows, 2, length)."""
    output = model({name: values for name, values in batch.items() if name not in TARGETS})
    return tf.stack([output.start_logits, output.end_logits], axis=1)


if __name__ == "__main__":
    main()
