r"""Train an ALBERT further to find hidden tokens, with TensorFlow, on one device or several (MirroredStrategy).

Without data arguments the texts are WordNet's definitions and usage examples:

    python run_masked_language_modeling.py --output_dir runs/definitions

Own data are JSON lines or CSV with a text in each record; long texts become several rows:

    python run_masked_language_modeling.py --output_dir runs/letters \
        --train_file train.jsonl --validation_file validation.jsonl --text_column letter --masking ngrams
    python run_masked_language_modeling.py --output_dir runs/wikitext \
        --dataset_name Salesforce/wikitext --dataset_config_name wikitext-2-raw-v1

It adapts a pretrained model to a kind of text. To train one from nothing, with sentence order, see
run_pretraining.py.

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

from albert_docs_pkg import TFAlbertForMaskedLM
from albert_docs_pkg.tensorflow.heads import cross_entropy
from examples.tasks.masked_language_modeling import MaskedLanguageModeling
from examples.tasks.showing import show
from examples.tensorflow.training import Batch, Trainer, devices


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the texts, train, measure before and after, and show what the saved model puts in a few gaps."""
    task = MaskedLanguageModeling.from_command_line(__doc__, arguments)
    options = task.options
    strategy = devices(options)
    with strategy.scope():
        model = TFAlbertForMaskedLM.from_pretrained(options.model_name_or_path, **task.config_fields)
    if Trainer(task, model, strategy, mean_loss, answer).run():
        show(task, "tensorflow")


def hidden_scores(model: TFAlbertForMaskedLM, batch: Batch, training: bool) -> tuple[Tensor, Tensor]:
    """Return the scores of all pieces at the hidden tokens only, shape (tokens, vocabulary), and the right pieces.

    Six tokens of seven are not hidden; scoring the vocabulary there would be most of the work, for nothing.
    """
    inputs = {name: values for name, values in batch.items() if name != "labels"}
    states = model.albert(inputs, training=training).last_hidden_state
    hidden = batch["labels"] != -100
    matrix = tf.convert_to_tensor(model.albert.embeddings.word_embeddings.weight)
    scores = model.predictions(tf.boolean_mask(states, hidden), matrix)
    return tf.cast(scores, tf.float32), tf.boolean_mask(batch["labels"], hidden)


def mean_loss(model: TFAlbertForMaskedLM, batch: Batch) -> Tensor:
    """Return the mean cross entropy over the hidden tokens of a batch."""
    return cross_entropy(*hidden_scores(model, batch, training=True))


def answer(model: TFAlbertForMaskedLM, batch: Batch) -> Tensor:
    """Return for each hidden token its cross entropy and how many pieces score higher, shape (tokens, 2)."""
    scores, targets = hidden_scores(model, batch, training=False)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=scores)
    right = tf.gather(scores, targets, batch_dims=1)
    higher = tf.reduce_sum(tf.cast(scores > right[:, None], tf.float32), axis=1)
    return tf.stack([losses, higher], axis=1)


if __name__ == "__main__":
    main()
