r"""Train an ALBERT further to find hidden tokens, with Flax, on one device or several.

Without data arguments the texts are WordNet's definitions and usage examples:

    python run_masked_language_modeling.py --output_dir runs/definitions

Own data are JSON lines or CSV with a text in each record; long texts become several rows:

    python run_masked_language_modeling.py --output_dir runs/letters \
        --train_file train.jsonl --validation_file validation.jsonl --text_column letter --masking ngrams
    python run_masked_language_modeling.py --output_dir runs/wikitext \
        --dataset_name Salesforce/wikitext --dataset_config_name wikitext-2-raw-v1

It adapts a pretrained model to a kind of text. To train one from nothing, with sentence order, see
run_pretraining.py.

GPUs or TPUs share each step; --devices 2 makes two of a processor. The folder holds the model,
the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import FlaxAlbertForMaskedLM
from examples.flax.training import Batch, Params, Trainer, compute_dtype, devices
from examples.tasks.masked_language_modeling import MaskedLanguageModeling
from examples.tasks.showing import show


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the texts, train, measure before and after, and show what the saved model puts in a few gaps."""
    task = MaskedLanguageModeling.from_command_line(__doc__, arguments)
    options = task.options
    mesh = devices(options)
    model = FlaxAlbertForMaskedLM.from_pretrained(
        options.model_name_or_path, seed=options.seed, dtype=compute_dtype(options), **task.config_fields
    )
    if Trainer(task, model, mesh, mean_loss, answer, of_hidden_tokens).run():
        show(task, "flax")


def mean_loss(model: FlaxAlbertForMaskedLM, params: Params, batch: Batch, key: jax.Array) -> jax.Array:
    """Return the mean cross entropy over the hidden tokens of a batch."""
    return model(**batch, params=params, dropout_rng=key, train=True).loss


def answer(model: FlaxAlbertForMaskedLM, params: Params, batch: Batch) -> jax.Array:
    """Return for each token its label, its cross entropy and how many pieces score higher, shape (rows, length, 3)."""
    labels = batch["labels"]
    inputs = {name: values for name, values in batch.items() if name != "labels"}
    scores = model(**inputs, params=params).logits.astype(jnp.float32)
    targets = jnp.maximum(labels, 0)
    right = jnp.take_along_axis(scores, targets[..., None], axis=-1)
    losses = jax.nn.logsumexp(scores, axis=-1) - right[..., 0]
    higher = (scores > right).sum(axis=-1)
    return jnp.stack([labels, losses, higher], axis=-1)


def of_hidden_tokens(answers: np.ndarray) -> np.ndarray:
    """Keep loss and rank of the hidden tokens, shape (tokens, 2): their number is not known when this is compiled."""
    return answers[answers[..., 0] != -100][:, 1:]


if __name__ == "__main__":
    main()
