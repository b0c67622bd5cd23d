"""Turn a finished pretraining run into a small checkpoint with its held-out results and a model card.

Weights are written in half precision; what the card says was measured here or read from the run's own metrics.

    python export_checkpoint.py --run runs/nano --output_dir albert_docs_pkg/assets/albert-wordnet-nano
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from run_pretraining import measure

from albert_docs_pkg import AlbertForPreTraining, AlbertTokenizer, AlbertTokenizerFast
from albert_docs_pkg.pretraining import MaskingVocabulary, PretrainingBatches
from albert_docs_pkg.wordnet import load_pretraining_text
from examples.tasks.pretraining import read_metrics, tokenise

CARD = """# {name}

A small ALBERT for trying things out without a network: {parameters:,} parameters, {layers} layers that share one set
of weights, hidden size {hidden}, embeddings of {embedding}, {positions} positions, {vocabulary:,} SentencePiece
pieces, stored in half precision. English, lower case.

## Training

| | |
| --- | --- |
| data | definitions and usage examples of WordNet 3.0 (Princeton licence), training split: {documents:,} documents |
| objective | ALBERT's: n-gram masking (n up to 3, 15 % of the tokens, 80/10/10) and sentence order |
| script | `examples/pytorch/pretraining/run_pretraining.py` |
| arguments | `{arguments}` |
| seen | {tokens:.1f} million tokens in {steps:,} steps |
| time | {minutes:.0f} minutes on {hardware} |
| exported by | `examples/pytorch/pretraining/export_checkpoint.py` |

![Training loss and held-out accuracy](curve.png)

## Held-out results

Measured with the half-precision weights on definitions and examples whose synsets the training never saw.
"Single tokens" hides 15 % of the tokens one by one, pieces of words too, all shown as `[MASK]`; "n-grams" is ALBERT's
masking: whole words, of whose tokens a tenth stay as they are and a tenth are replaced at random.

| split | masking | masked tokens | top-1 | top-5 | pairs | sentence order |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

## Limits

It has read dictionary definitions only, a little at a time: it knows their style well and the world hardly. Use it to
learn, to test code and to fine-tune on small tasks; for anything else take one of the published checkpoints.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the run, measure its model, write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", required=True, help="output folder of run_pretraining.py")
    parser.add_argument("--output_dir", required=True, help="folder of the checkpoint; its name is the model's name")
    parser.add_argument("--arguments", default="", help="the arguments of the run, for the card")
    parser.add_argument("--hardware", required=True, help="what the run was on, for the card")
    options = parser.parse_args(arguments)
    run, target = Path(options.run), Path(options.output_dir)
    if not (run / "model.safetensors").is_file():
        parser.error(f"--run {run} has no model.safetensors; did the run end?")

    model = AlbertForPreTraining.from_pretrained(run, dtype=torch.float16)
    model.save_pretrained(target)
    longest = model.config.max_position_embeddings
    tokenizer = AlbertTokenizer.from_pretrained(run, model_max_length=longest)
    tokenizer.save_pretrained(target)
    AlbertTokenizerFast.from_pretrained(run, model_max_length=longest).save_pretrained(target)
    shutil.copyfile(run / "curve.png", target / "curve.png")

    stored = AlbertForPreTraining.from_pretrained(target)
    results = {split: held_out(stored, tokenizer, split) for split in ("validation", "test")}
    (target / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    last = read_metrics(run / "metrics.jsonl")[-1]
    config = stored.config
    card = CARD.format(
        name=target.name,
        parameters=stored.num_parameters(),
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        embedding=config.embedding_size,
        positions=config.max_position_embeddings,
        vocabulary=config.vocab_size,
        documents=len(load_pretraining_text("train")),
        arguments=options.arguments or "defaults",
        tokens=last["tokens"] / 1e6,
        steps=last["step"],
        minutes=last["minutes"],
        hardware=options.hardware,
        rows="\n".join(table_rows(results)),
    )
    (target / "MODEL_CARD.md").write_text(card, encoding="utf-8")


def held_out(model: AlbertForPreTraining, tokenizer: AlbertTokenizer, split: str) -> dict[str, Any]:
    """Measure one split under both maskings."""
    corpus = tokenise(load_pretraining_text(split), tokenizer)
    vocabulary = MaskingVocabulary.from_tokenizer(tokenizer)
    results = {}
    for masking in ("all-mask", "ngrams"):
        batches = PretrainingBatches(
            corpus,
            vocabulary,
            max_length=model.config.max_position_embeddings,
            batch_tokens=4096,
            masking=masking,
            short_sequence_probability=0.0,
            seed=0,
            epochs=1,
        )
        results[masking.replace("-", "_")] = measure(model, batches, model.device)
    return results


def table_rows(results: dict[str, Any]) -> list[str]:
    """Return the rows of the results table."""
    titles = {"all_mask": "single tokens", "ngrams": "n-grams"}
    return [
        f"| {split} | {titles[masking]} | {found['masked_tokens']:,.0f} | {found['top1']:.1%} | {found['top5']:.1%} | "
        f"{found['ordered_rows']:,.0f} | {found['order_accuracy']:.1%} |"
        for split, by_masking in results.items()
        for masking, found in by_masking.items()
    ]


if __name__ == "__main__":
    main()
