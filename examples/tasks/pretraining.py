"""What the pretraining scripts share: arguments, corpora, the rate, and the metrics with their curve."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from albert_docs_pkg import AlbertConfig, AlbertTokenizer
from albert_docs_pkg.pretraining import Corpus, MaskingVocabulary, PretrainingBatches
from albert_docs_pkg.wordnet import load_pretraining_text
from examples.tasks.reports import FRAMEWORKS, Clock, command_line, environment, machine_of, write_text

Documents = Sequence[Sequence[str]]

CARD = """---
library_name: albert_docs_pkg
pipeline_tag: fill-mask
---

# {name}

An ALBERT pretrained from nothing with {framework}: masked n-grams and sentence order.

## Results

Measured on {validation:,} held-out documents at the end of this run: {masked:,.0f} single tokens, all shown as
`[MASK]`, and {ordered:,.0f} pairs of segments.

| | top-1 | top-5 | sentence order |
| --- | --- | --- | --- |
{rows}

![Training losses and held-out accuracy](curve.png)

## Training

| | |
| --- | --- |
| data | {data}, {train:,} documents |
| command | `{command}` |
| steps | {steps:,} of {tokens:,} tokens |
| time | {minutes:.1f} minutes, of which the processor worked {processor_minutes:.1f}; measuring included |
| machine | {machine} |
| versions | {versions} |
| date | {date} |

## Limits

Nothing but the above was measured.
"""


def parse(description: str, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read and check the command line."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output_dir", required=True, help="model, metrics, curve and state go here")
    parser.add_argument("--train_file", nargs="+", help="text files; the bundled WordNet text when absent")
    parser.add_argument("--validation_share", type=float, default=0.03, help="share of the documents of --train_file")
    parser.add_argument("--joined_share", type=float, default=0.2, help="share of WordNet texts joined to longer ones")
    parser.add_argument(
        "--single_token_share",
        type=float,
        default=0.0,
        help="share of the batches that hide single tokens, so that a word seen in part is completed too",
    )
    parser.add_argument("--tokenizer", default="albert-wordnet-nano")
    parser.add_argument("--config", help="checkpoint or folder whose config.json to use")
    parser.add_argument("--hidden_size", type=int, default=160, help="a multiple of 32, without --config")
    parser.add_argument("--num_hidden_layers", type=int, default=4, help="without --config")
    parser.add_argument("--max_length", type=int, default=128)
    parser.add_argument("--batch_tokens", type=int, default=4096, help="tokens per step over all processes")
    parser.add_argument("--learning_rate", type=float, default=2e-3)
    parser.add_argument("--warmup_share", type=float, default=0.05)
    parser.add_argument("--weight_decay", type=float, default=0.01)
    parser.add_argument("--max_gradient_norm", type=float, default=1.0)
    parser.add_argument("--mixed_precision", choices=("no", "bf16"), default="no")
    parser.add_argument("--max_steps", type=int, default=10_000)
    parser.add_argument("--max_minutes", type=float, default=float("inf"), help="training time, evaluation left out")
    parser.add_argument("--stop_at_step", type=int, help="leave a state and stop; the same command goes on later")
    parser.add_argument("--log_steps", type=int, default=50)
    parser.add_argument("--save_minutes", type=float, default=2.0)
    parser.add_argument("--evaluate_minutes", type=float, default=5.0)
    parser.add_argument("--threads", type=int, help="threads per process; PyTorch's choice when absent")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    positive = ("max_steps", "max_minutes", "batch_tokens", "learning_rate", "log_steps", "max_gradient_norm")
    for name in (*positive, "stop_at_step", "threads"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            parser.error(f"--{name} must be above 0, got {value}")
    for name in ("joined_share", "warmup_share", "validation_share", "single_token_share"):
        if not 0 <= getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 0 and below 1, got {getattr(options, name)}")
    if options.hidden_size % 32:
        parser.error(f"--hidden_size must be a multiple of 32, got {options.hidden_size}")
    for path in options.train_file or ():
        if not Path(path).is_file():
            parser.error(f"--train_file {path} is no file")
    return options


def read_corpora(options: argparse.Namespace, tokenizer: AlbertTokenizer) -> tuple[Corpus, Corpus]:
    """Return the tokenised training and validation documents."""
    if options.train_file:
        documents = [document for path in options.train_file for document in read_documents(Path(path))]
        held_out = max(1, round(len(documents) * options.validation_share))
        parts: tuple[Documents, Documents] = (documents[held_out:], documents[:held_out])
    else:
        train = join_neighbours(load_pretraining_text("train"), options.joined_share, options.seed)
        parts = (train, load_pretraining_text("validation"))
    return tokenise(parts[0], tokenizer), tokenise(parts[1], tokenizer)


def read_documents(path: Path) -> list[list[str]]:
    """Read a text file: a sentence per line, an empty line between documents."""
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    documents = [[line.strip() for line in block.splitlines() if line.strip()] for block in blocks]
    documents = [document for document in documents if document]
    if not documents:
        raise ValueError(f"{path} has no text; it needs a sentence per line and empty lines between documents")
    return documents


def join_neighbours(documents: Documents, share: float, seed: int, count: int = 6) -> Documents:
    """Join some runs of ``count`` neighbours into one document, so that rows as long as the model allows occur.

    A definition with its examples has about twenty tokens; without longer documents the later positions would never
    be trained. WordNet lists related meanings near one another, so neighbours make a text.
    """
    generator = np.random.default_rng(seed)
    joined: list[Sequence[str]] = []
    start = 0
    while start < len(documents):
        size = count if generator.random() < share / (count - (count - 1) * share) else 1
        joined.append([sentence for document in documents[start : start + size] for sentence in document])
        start += size
    return joined


def tokenise(documents: Documents, tokenizer: AlbertTokenizer) -> Corpus:
    """Tokenise all sentences in one call and put them back into their documents."""
    sentences = [sentence for document in documents for sentence in document]
    ids = iter(tokenizer(sentences, add_special_tokens=False)["input_ids"])
    return Corpus.from_documents([[next(ids) for _ in document] for document in documents])


def build_config(options: argparse.Namespace, vocab_size: int) -> AlbertConfig:
    """Return the config of ``--config``, or a small one that fits the tokenizer."""
    if options.config:
        return AlbertConfig.from_pretrained(options.config)
    return AlbertConfig(
        vocab_size=vocab_size,
        embedding_size=128,
        hidden_size=options.hidden_size,
        num_hidden_layers=options.num_hidden_layers,
        num_attention_heads=options.hidden_size // 32,
        intermediate_size=4 * options.hidden_size,
        max_position_embeddings=options.max_length,
    )


def learning_rate(options: argparse.Namespace, done: float) -> float:
    """Return the rate when a share of the run is done: up from 0 during the warm-up share, then down to 0."""
    warmup = options.warmup_share
    return options.learning_rate * min(done / max(warmup, 1e-9), max(1 - done, 0.0) / (1 - warmup))


def masking_of(options: argparse.Namespace, step: int) -> str:
    """Return how a step's batch is masked, the same on every process and after a resume."""
    draw = np.random.default_rng((options.seed, step)).random()
    return "tokens" if draw < options.single_token_share else "ngrams"


def write_report(
    options: argparse.Namespace,
    framework: str,
    corpora: tuple[Corpus, Corpus],
    vocabulary: MaskingVocabulary,
    *,
    results: Mapping[str, Mapping[str, float]],
    steps: int,
    clock: Clock,
    device: str,
    devices: int = 1,
    parameters: int,
) -> dict[str, Any]:
    """Write ``metrics.json`` and a model card of a run that has ended.

    Args:
        options: the command line.
        framework: ``"pytorch"``, ``"tensorflow"`` or ``"flax"``.
        corpora: what was learned and what was held out.
        vocabulary: of both.
        results: what was measured on the held-out documents at the end, by masking: ``"all_mask"`` and ``"ngrams"``.
        steps: how many were done.
        clock: of the run.
        device: ``"cpu"``, or the name of the accelerator.
        devices: how many took part.
        parameters: of the model.

    Returns:
        What ``metrics.json`` holds.
    """
    seconds, processor_seconds = clock.read()
    train, validation = corpora
    report = {
        "task": "pretraining",
        "framework": framework,
        "command": command_line(options.output_dir),
        "data": {
            "source": ", ".join(Path(path).name for path in options.train_file or ()) or "WordNet 3.0 (bundled)",
            "train": len(train),
            "validation": len(validation),
        },
        "results": {"validation": dict(results["all_mask"])},
        "results_ngrams": {"validation": dict(results["ngrams"])},
        "baselines": {"most frequent pieces, order as found": {"validation": guesses(options, corpora, vocabulary)}},
        "training": {
            "steps": steps,
            "tokens_per_step": options.batch_tokens,
            "seconds": round(seconds, 1),
            "processor_seconds": round(processor_seconds, 1),
            "device": device,
            "devices": devices,
            "parameters": parameters,
        },
        "environment": environment(framework, options.threads),
        "settings": {name: value for name, value in sorted(vars(options).items()) if name != "output_dir"},
    }
    found = report["results"]["validation"]
    card = CARD.format(
        name=Path(options.output_dir).resolve().name,
        framework=FRAMEWORKS[framework],
        rows="\n".join(
            f"| {title} | {values['top1']:.1%} | {values['top5']:.1%} | {values['order_accuracy']:.1%} |"
            for title, values in (("this model", found), *_validation(report["baselines"]))
        ),
        masked=found["masked_tokens"],
        ordered=found["ordered_rows"],
        data=report["data"]["source"],
        train=len(train),
        validation=len(validation),
        command=report["command"],
        steps=steps,
        tokens=options.batch_tokens,
        minutes=seconds / 60,
        processor_minutes=processor_seconds / 60,
        machine=machine_of(report),
        versions=", ".join(f"{library} {number}" for library, number in report["environment"]["versions"].items()),
        date=report["environment"]["date"],
    )
    folder = Path(options.output_dir)
    write_text(folder / "README.md", card)
    write_text(folder / "metrics.json", json.dumps(report, indent=2) + "\n")
    return report


def guesses(
    options: argparse.Namespace, corpora: tuple[Corpus, Corpus], vocabulary: MaskingVocabulary
) -> dict[str, float]:
    """Return the results of guessing the pieces that training has most, and that segments are in order."""
    train, validation = corpora
    counts = np.bincount(train.tokens, minlength=vocabulary.size)
    best = np.argsort(-counts, kind="stable")[:5]
    hits = np.zeros(2)
    masked = right = ordered = 0
    for arrays in held_out(options, validation, vocabulary, "all-mask"):
        targets = arrays["labels"][arrays["labels"] != -100]
        hits += [(targets == best[0]).sum(), np.isin(targets, best).sum()]
        masked += len(targets)
        right += int((arrays["sentence_order_label"] == 0).sum())
        ordered += int((arrays["sentence_order_label"] != -100).sum())
    return {"top1": hits[0] / masked, "top5": hits[1] / masked, "order_accuracy": right / max(ordered, 1)}


def held_out(
    options: argparse.Namespace, corpus: Corpus, vocabulary: MaskingVocabulary, masking: str
) -> PretrainingBatches:
    """Return one pass over held-out documents; ``"all-mask"`` hides single tokens, ``"ngrams"`` is the recipe."""
    return PretrainingBatches(
        corpus,
        vocabulary,
        max_length=options.max_length,
        batch_tokens=options.batch_tokens,
        masking=masking,
        short_sequence_probability=0.0,
        seed=0,
        epochs=1,
    )


def _validation(baselines: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Any]]:
    return [(title, by_split["validation"]) for title, by_split in baselines.items()]


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Read the metrics written so far; a line cut off by a kill is left out."""
    records = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return records


def draw_curve(metrics: Path, target: Path) -> None:
    """Draw the training losses and the held-out accuracies over the tokens seen."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    records = read_metrics(metrics)
    steps = [record for record in records if "masked_loss" in record]
    checks = [record for record in records if "validation" in record]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for key, label in (("masked_loss", "masked tokens"), ("order_loss", "sentence order")):
        left.plot([r["tokens"] / 1e6 for r in steps], [r[key] for r in steps], label=label, linewidth=1)
    for key, label in (("top1", "top-1"), ("top5", "top-5"), ("order_accuracy", "sentence order")):
        right.plot([r["tokens"] / 1e6 for r in checks], [r["validation"]["all_mask"][key] for r in checks], label=label)
    left.set(xlabel="million tokens", ylabel="cross entropy", title="training loss")
    right.set(xlabel="million tokens", ylabel="accuracy", title="held-out text", ylim=(0, 1))
    for axes in (left, right):
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(target, dpi=100)
    plt.close(figure)
