r"""Fine-tune an ALBERT to label words, with TensorFlow, on one device or several (MirroredStrategy).

Without data arguments it learns the part of speech of words in definitions:

    python run_token_classification.py --output_dir runs/parts-of-speech

Own data are JSON lines with a list of words and a list of labels (names or numbers), or CSV with both between spaces:

    python run_token_classification.py --output_dir runs/entities \
        --train_file train.jsonl --validation_file validation.jsonl --words_column tokens --labels_column ner_tags
    python run_token_classification.py --output_dir runs/conll \
        --dataset_name eriktks/conll2003 --words_column tokens --labels_column ner_tags

The label of a word is learned at its first token.

Several GPUs share each step; --devices 2 makes two of a processor. The folder holds the model with its label names,
the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tensorflow import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import TFAlbertForTokenClassification
from examples.tasks.showing import show
from examples.tasks.token_classification import TokenClassification
from examples.tensorflow.training import Batch, Trainer, devices


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model says about a few sentences."""
    task = TokenClassification.from_command_line(__doc__, arguments)
    options = task.options
    strategy = devices(options)
    with strategy.scope():
        model = TFAlbertForTokenClassification.from_pretrained(options.model_name_or_path, **task.config_fields)
    if Trainer(task, model, strategy, mean_loss, answer).run():
        show(task, "tensorflow")


def mean_loss(model: TFAlbertForTokenClassification, batch: Batch) -> Tensor:
    """Return the mean cross entropy over the labelled words of a batch."""
    return model(batch, training=True).loss


def answer(model: TFAlbertForTokenClassification, batch: Batch) -> Tensor:
    """Return the scores of the labels for each token, shape (rows, length, labels)."""
    inputs = {name: values for name, values in batch.items() if name != "labels"}
    return model(inputs).logits


if __name__ == "__main__":
    main()
