r"""Fine-tune an ALBERT to label words, with PyTorch, on one device or on several under torchrun.

Without data arguments it learns the part of speech of words in definitions:

    python run_token_classification.py --output_dir runs/parts-of-speech

Own data are JSON lines with a list of words and a list of labels (names or numbers), or CSV with both between spaces:

    python run_token_classification.py --output_dir runs/entities \
        --train_file train.jsonl --validation_file validation.jsonl --words_column tokens --labels_column ner_tags
    torchrun --nproc_per_node 2 run_token_classification.py --output_dir runs/conll \
        --dataset_name eriktks/conll2003 --words_column tokens --labels_column ner_tags

The label of a word is learned at its first token. The folder holds the model with its label names, the tokenizer,
metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import AlbertForTokenClassification, AlbertTokenizerFast
from examples.pytorch.training import Batch, Trainer, processes
from examples.tasks.token_classification import TokenClassification


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model says about a few sentences."""
    task = TokenClassification.from_command_line(__doc__, arguments)
    options = task.options
    with processes(options) as where:
        torch.manual_seed(options.seed)  # the new head starts the same in every process and every run
        model = AlbertForTokenClassification.from_pretrained(options.model_name_or_path, **task.config_fields)
        trainer = Trainer(task, model, where, mean_loss, answer)
        ended = trainer.run()
    if ended and where.rank == 0:
        show(options.output_dir, task.words["validation"][:3])


def mean_loss(model: AlbertForTokenClassification, batch: Batch) -> Tensor:
    """Return the mean cross entropy over the labelled words of a batch."""
    return model(**batch).loss


def answer(model: AlbertForTokenClassification, batch: Batch) -> Tensor:
    """Return the scores of the labels for each token, shape (rows, length, labels)."""
    inputs = {name: values for name, values in batch.items() if name != "labels"}
    return model(**inputs).logits


@torch.no_grad()
def show(folder: str, sentences: Sequence[Sequence[str]]) -> None:
    """Load what was saved, as any other program would, and print the label of every word of some sentences."""
    tokenizer = AlbertTokenizerFast.from_pretrained(folder)
    model = AlbertForTokenClassification.from_pretrained(folder).eval()
    for words in sentences:
        encoded = tokenizer(list(words), is_split_into_words=True, truncation=True, return_tensors="pt")
        best = model(**encoded).logits[0].argmax(dim=-1).tolist()
        first = {word: token for token, word in reversed(list(enumerate(encoded.word_ids()))) if word is not None}
        print(" ".join(f"{words[word]}/{model.config.id2label[best[first[word]]]}" for word in sorted(first)))


if __name__ == "__main__":
    main()
