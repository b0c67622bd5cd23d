r"""Train an ALBERT further to find hidden tokens, with PyTorch, on one device or on several under torchrun.

Without data arguments the texts are WordNet's definitions and usage examples:

    python run_masked_language_modeling.py --output_dir runs/definitions

Own data are JSON lines or CSV with a text in each record; long texts become several rows:

    python run_masked_language_modeling.py --output_dir runs/letters \
        --train_file train.jsonl --validation_file validation.jsonl --text_column letter --masking ngrams
    torchrun --nproc_per_node 2 run_masked_language_modeling.py --output_dir runs/wikitext \
        --dataset_name Salesforce/wikitext --dataset_config_name wikitext-2-raw-v1

It adapts a pretrained model to a kind of text. To train one from nothing, with sentence order, see
run_pretraining.py. The folder holds the model, the tokenizer, metrics.json, curve.png and a model card.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import AlbertForMaskedLM, AlbertTokenizerFast
from examples.pytorch.training import Batch, Trainer, processes
from examples.tasks.masked_language_modeling import MaskedLanguageModeling


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the texts, train, measure before and after, and show what the saved model puts in a few gaps."""
    task = MaskedLanguageModeling.from_command_line(__doc__, arguments)
    options = task.options
    with processes(options) as where:
        torch.manual_seed(options.seed)  # nothing is new here, unless the checkpoint has no head
        model = AlbertForMaskedLM.from_pretrained(options.model_name_or_path, **task.config_fields)
        trainer = Trainer(task, model, where, mean_loss, answer)
        ended = trainer.run()
    if ended and where.rank == 0:
        show(options.output_dir, task.texts["validation"][:5])


def mean_loss(model: AlbertForMaskedLM, batch: Batch) -> Tensor:
    """Return the mean cross entropy over the hidden tokens of a batch."""
    return model(**batch, output_logits=False).loss


def hidden_scores(model: AlbertForMaskedLM, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the scores of all pieces at the hidden tokens only, shape (tokens, vocabulary), and the right pieces.

    Six tokens of seven are not hidden; scoring the vocabulary there would be most of the work, for nothing.
    """
    encoded = model.albert(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"])
    hidden = batch["labels"] != -100
    return model.predictions(encoded.last_hidden_state[hidden]), batch["labels"][hidden]


def answer(model: AlbertForMaskedLM, batch: Batch) -> Tensor:
    """Return for each hidden token its cross entropy and how many pieces score higher, shape (tokens, 2)."""
    scores, targets = hidden_scores(model, batch)
    scores = scores.float()
    losses = F.cross_entropy(scores, targets, reduction="none")
    higher = (scores > scores.gather(1, targets[:, None])).sum(dim=1)
    return torch.stack([losses, higher.float()], dim=1)


@torch.no_grad()
def show(folder: str, texts: Sequence[str]) -> None:
    """Load what was saved, as any other program would, hide the last word of some texts and print the best guesses."""
    tokenizer = AlbertTokenizerFast.from_pretrained(folder)
    model = AlbertForMaskedLM.from_pretrained(folder).eval()
    for text in texts:
        inputs = tokenizer(f"{text.rpartition(' ')[0]} {tokenizer.mask_token}", truncation=True, return_tensors="pt")
        gaps = (inputs["input_ids"][0] == tokenizer.mask_token_id).nonzero().flatten()
        if len(gaps):
            best = model(**inputs).logits[0, gaps[0]].topk(3).indices.tolist()
            print(f"{text[-70:]}: {', '.join(tokenizer.convert_ids_to_tokens(best))}")


if __name__ == "__main__":
    main()
