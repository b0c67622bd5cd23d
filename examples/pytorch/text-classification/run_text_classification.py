r"""Fine-tune an ALBERT to classify texts, with PyTorch, on one device or on several under torchrun.

Without data arguments it learns to tell the WordNet category of a definition, one of 45:

    python run_text_classification.py --output_dir runs/categories

Own data are CSV or JSON lines with a text and a label (a name or a number) in each record:

    python run_text_classification.py --output_dir runs/reviews \
        --train_file train.csv --validation_file validation.csv --text_column review --label_column stars
    torchrun --nproc_per_node 2 run_text_classification.py --output_dir runs/cola \
        --dataset_name nyu-mll/glue --dataset_config_name cola --text_column sentence

The folder holds the model with its label names, the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import AlbertForSequenceClassification, AlbertTokenizerFast
from examples.pytorch.training import Batch, Trainer, processes
from examples.tasks.text_classification import TextClassification


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model says about a few texts."""
    task = TextClassification.from_command_line(__doc__, arguments)
    options = task.options
    with processes(options) as where:
        torch.manual_seed(options.seed)  # the new head starts the same in every process and every run
        model = AlbertForSequenceClassification.from_pretrained(options.model_name_or_path, **task.config_fields)
        trainer = Trainer(task, model, where, mean_loss, answer)
        ended = trainer.run()
    if ended and where.rank == 0:
        show(options.output_dir, task.texts["validation"][:5])


def mean_loss(model: AlbertForSequenceClassification, batch: Batch) -> Tensor:
    """Return the mean cross entropy over the texts of a batch."""
    return model(**batch).loss


def answer(model: AlbertForSequenceClassification, batch: Batch) -> Tensor:
    """Return the scores of the labels for each text, shape (rows, labels)."""
    inputs = {name: values for name, values in batch.items() if name != "labels"}
    return model(**inputs).logits


@torch.no_grad()
def show(folder: str, texts: Sequence[str]) -> None:
    """Load what was saved, as any other program would, and print the likeliest label of some texts."""
    tokenizer = AlbertTokenizerFast.from_pretrained(folder)
    model = AlbertForSequenceClassification.from_pretrained(folder).eval()
    inputs = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
    chances = model(**inputs).logits.softmax(dim=-1)
    for text, row in zip(texts, chances, strict=True):
        label = int(row.argmax())
        print(f"{row[label]:6.1%} {model.config.id2label[label]:<20} {text[:80]}")


if __name__ == "__main__":
    main()
