r"""Fine-tune an ALBERT to find answers in a context, with PyTorch, on one device or on several under torchrun.

Without data arguments it learns to find the definition of a word in a passage of four definitions:

    python run_question_answering.py --output_dir runs/definitions

Own data are JSON lines or CSV with a question, a context and the answers as SQuAD has them (JSON in a CSV cell), or
with one column for the answer's text and one for its first character:

    python run_question_answering.py --output_dir runs/manual --train_file train.csv --validation_file validation.csv \
        --answer_text_column answer --answer_start_column start
    torchrun --nproc_per_node 2 run_question_answering.py --output_dir runs/squad \
        --model_name_or_path albert/albert-base-v2 --dataset_name rajpurkar/squad --max_length 384 --stride 128

Long contexts are read in overlapping windows. Where records without an answer occur, the model may give none. The
folder holds the model, the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import AlbertForQuestionAnswering, AlbertTokenizerFast
from examples.pytorch.training import Batch, Trainer, processes
from examples.tasks.question_answering import QuestionAnswering

TARGETS = ("start_positions", "end_positions")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, measure, and show what the saved model answers to a few questions."""
    task = QuestionAnswering.from_command_line(__doc__, arguments)
    options = task.options
    with processes(options) as where:
        torch.manual_seed(options.seed)  # the new head starts the same in every process and every run
        model = AlbertForQuestionAnswering.from_pretrained(options.model_name_or_path, **task.config_fields)
        trainer = Trainer(task, model, where, mean_loss, answer)
        ended = trainer.run()
    if ended and where.rank == 0:
        show(options.output_dir, task.questions["validation"][:5], task.contexts["validation"][:5])


def mean_loss(model: AlbertForQuestionAnswering, batch: Batch) -> Tensor:
    """Return the mean over the windows of a batch of the cross entropies of start and end."""
    return model(**batch).loss


def answer(model: AlbertForQuestionAnswering, batch: Batch) -> Tensor:
    """Return the scores of each token as start and as end, shape (rows, 2, length)."""
    output = model(**{name: values for name, values in batch.items() if name not in TARGETS})
    return torch.stack([output.start_logits, output.end_logits], dim=1)


@torch.no_grad()
def show(folder: str, questions: Sequence[str], contexts: Sequence[str], longest: int = 40) -> None:
    """Load what was saved, as any other program would, and print its answers (from one window of each context)."""
    tokenizer = AlbertTokenizerFast.from_pretrained(folder)
    model = AlbertForQuestionAnswering.from_pretrained(folder).eval()
    for question, context in zip(questions, contexts, strict=True):
        encoded = tokenizer(
            question, context, truncation="only_second", return_offsets_mapping=True, return_tensors="pt"
        )
        offsets = encoded.pop("offset_mapping")[0].tolist()
        output = model(**encoded)
        # The score of a span is that of its start plus that of its end; only spans inside the context count.
        scores = output.start_logits[0][:, None] + output.end_logits[0][None, :]
        inside = torch.tensor([part == 1 for part in encoded.sequence_ids()])
        spans = torch.ones_like(scores, dtype=torch.bool).triu().tril(longest - 1) & inside[:, None] & inside[None, :]
        first, last = divmod(int(scores.masked_fill(~spans, float("-inf")).argmax()), scores.shape[1])
        print(f"{question} {context[offsets[first][0] : offsets[last][1]].strip()}")


if __name__ == "__main__":
    main()
