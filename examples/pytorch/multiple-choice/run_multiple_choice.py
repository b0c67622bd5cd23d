r"""Fine-tune an ALBERT to choose among several answers, with PyTorch, on one device or on several under torchrun.

Without data arguments it learns to choose the wider term for what is defined, of four:

    python run_multiple_choice.py --output_dir runs/wider-terms

Own data are JSON lines or CSV with a question, the choices (a list, or a column for each) and the number of the right
choice:

    python run_multiple_choice.py --output_dir runs/quiz --train_file train.csv --validation_file validation.csv \
        --choices_columns first second third --label_column right
    torchrun --nproc_per_node 2 run_multiple_choice.py --output_dir runs/swag \
        --dataset_name allenai/swag --dataset_config_name regular \
        --question_column startphrase --choices_columns ending0 ending1 ending2 ending3

The folder holds the model, the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import AlbertForMultipleChoice, AlbertTokenizerFast
from examples.pytorch.training import Batch, Trainer, processes
from examples.tasks.multiple_choice import MultipleChoice


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model chooses for a few questions."""
    task = MultipleChoice.from_command_line(__doc__, arguments)
    options = task.options
    with processes(options) as where:
        torch.manual_seed(options.seed)  # the new head starts the same in every process and every run
        model = AlbertForMultipleChoice.from_pretrained(options.model_name_or_path, **task.config_fields)
        trainer = Trainer(task, model, where, mean_loss, answer)
        ended = trainer.run()
    if ended and where.rank == 0:
        show(options.output_dir, task.questions["validation"][:5], task.choices["validation"][:5])


def mean_loss(model: AlbertForMultipleChoice, batch: Batch) -> Tensor:
    """Return the mean cross entropy over the questions of a batch, whose arrays are (rows, choices, length)."""
    return model(**batch).loss


def answer(model: AlbertForMultipleChoice, batch: Batch) -> Tensor:
    """Return the scores of the choices of each question, shape (rows, choices)."""
    inputs = {name: values for name, values in batch.items() if name != "labels"}
    return model(**inputs).logits


@torch.no_grad()
def show(folder: str, questions: Sequence[str], choices: Sequence[Sequence[str]]) -> None:
    """Load what was saved, as any other program would, and print what it chooses."""
    tokenizer = AlbertTokenizerFast.from_pretrained(folder)
    model = AlbertForMultipleChoice.from_pretrained(folder).eval()
    for question, offered in zip(questions, choices, strict=True):
        pairs = tokenizer([question] * len(offered), list(offered), padding=True, truncation=True, return_tensors="pt")
        chances = model(**{name: values.unsqueeze(0) for name, values in pairs.items()}).logits[0].softmax(dim=-1)
        best = int(chances.argmax())
        print(f"{chances[best]:6.1%} {offered[best]:<20} of {', '.join(offered)}: {question[:60]}")


if __name__ == "__main__":
    main()
