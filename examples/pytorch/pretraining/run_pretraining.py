"""Pretrain an ALBERT on masked tokens and sentence order, alone or under torchrun, with resume after a kill.

The corpus is the bundled WordNet text, or text files with one sentence per line and an empty line between documents.
Everything a run needs to go on is in one file, `training_state.pt`, written beside its place and renamed, every
`--save_minutes`; a run that is started again with the same `--output_dir` reads it and goes on with the very next
batch. The learning rate rises linearly, then falls linearly to zero over `--max_steps` or `--max_minutes`, whichever
ends first. Logits are computed at masked positions only, which the batch knows before it leaves the host.

    python run_pretraining.py --output_dir runs/nano
    torchrun --nproc_per_node 2 run_pretraining.py --output_dir runs/nano --train_file corpus.txt
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from albert_docs_pkg import AlbertConfig, AlbertForPreTraining, AlbertTokenizer
from albert_docs_pkg.pretraining import Corpus, MaskingVocabulary, PretrainingBatches
from albert_docs_pkg.wordnet import load_pretraining_text

Documents = Sequence[Sequence[str]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, train, and leave the model, its metrics and its curve in the output folder."""
    options = parse(arguments)
    torch.manual_seed(options.seed)
    if options.threads:
        torch.set_num_threads(options.threads)
    rank, world_size = join_processes()
    device = torch.device("cuda", rank) if torch.cuda.is_available() else torch.device("cpu")
    tokenizer = AlbertTokenizer.from_pretrained(options.tokenizer)
    model = build_model(options, tokenizer)
    train, validation = read_corpora(options, tokenizer)
    vocabulary = MaskingVocabulary.from_tokenizer(tokenizer)
    batches = {
        masking: PretrainingBatches(
            train,
            vocabulary,
            max_length=options.max_length,
            batch_tokens=options.batch_tokens // world_size,
            masking=masking,
            pad_to_multiple_of=4,
            seed=options.seed + offset,
            rank=rank,
            world_size=world_size,
        )
        for offset, masking in enumerate(("ngrams", "tokens"))
    }
    held_out = {
        masking: lambda masking=masking: PretrainingBatches(
            validation,
            vocabulary,
            max_length=options.max_length,
            batch_tokens=options.batch_tokens,
            masking=masking,
            short_sequence_probability=0.0,
            seed=0,
            epochs=1,
        )
        for masking in ("all-mask", "ngrams")
    }
    Trainer(options, model.to(device), batches, held_out, tokenizer, device, rank, world_size).run()
    if world_size > 1:
        dist.destroy_process_group()


class Objective(nn.Module):
    """Summed losses of one batch; a module of its own so that data parallelism sees one forward."""

    def __init__(self, model: AlbertForPreTraining) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: dict[str, Tensor], positions: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the sums of the masked-token and of the sentence-order cross entropies."""
        encoded = self.model.albert(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"])
        logits = self.model.predictions(encoded.last_hidden_state.flatten(0, 1)[positions])
        order = self.model.sop_classifier(encoded.pooler_output)
        masked_loss = F.cross_entropy(logits, targets, reduction="sum")
        return masked_loss, F.cross_entropy(order, batch["sentence_order_label"], reduction="sum", ignore_index=-100)


class Trainer:
    """The loop: steps, metrics, evaluation, and a state on disk from which it goes on."""

    def __init__(
        self,
        options: argparse.Namespace,
        model: AlbertForPreTraining,
        batches: dict[str, PretrainingBatches],
        held_out: dict[str, Any],
        tokenizer: AlbertTokenizer,
        device: torch.device,
        rank: int,
        world_size: int,
    ) -> None:
        self.options, self.model, self.batches, self.held_out = options, model, batches, held_out
        self.tokenizer, self.device, self.rank, self.world_size = tokenizer, device, rank, world_size
        self.folder = Path(options.output_dir)
        self.step, self.tokens, self.minutes = 0, 0, 0.0
        decayed = [weight for weight in model.parameters() if weight.dim() > 1]
        plain = [weight for weight in model.parameters() if weight.dim() == 1]
        groups = [{"params": decayed, "weight_decay": options.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), fused=True)
        objective = Objective(model)
        self.objective = DistributedDataParallel(objective) if world_size > 1 else objective

    def run(self) -> None:
        """Train to the end, from the state on disk if there is one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "training_state.pt").exists():
            self.load_state()
        bar = tqdm(total=self.options.max_steps, initial=self.step, unit="step", disable=self.rank > 0)
        clock, last_saved, last_evaluated = time.monotonic(), self.minutes, self.minutes
        recent: list[tuple[float, float]] = []
        while self.progress() < 1:
            recent.append(self.train_step())
            now = time.monotonic()
            self.minutes, clock = self.minutes + (now - clock) / 60, now
            self.minutes = self.agreed(self.minutes)
            bar.update()
            if self.step % self.options.log_steps == 0:
                masked, order = np.nanmean(recent, axis=0)
                recent.clear()
                bar.set_postfix(masked=f"{masked:.3f}", order=f"{order:.3f}")
                self.log(masked_loss=masked, order_loss=order, learning_rate=self.learning_rate())
            if self.minutes - last_evaluated >= self.options.evaluate_minutes:
                last_evaluated = self.minutes
                self.evaluate()
                clock = time.monotonic()
            if self.minutes - last_saved >= self.options.save_minutes:
                last_saved = self.minutes
                self.save_state()
        bar.close()
        self.save_state()
        self.evaluate()
        if self.rank == 0:
            self.model.save_pretrained(self.folder)
            self.tokenizer.save_pretrained(self.folder)
            draw_curve(self.folder / "metrics.jsonl", self.folder / "curve.png")

    def train_step(self) -> tuple[float, float]:
        """Take one step; return the mean losses of this batch over all processes."""
        arrays = next(self.batches[self.masking()])
        positions = np.flatnonzero(arrays["labels"] != -100)
        targets = arrays["labels"].reshape(-1)[positions]
        ordered = int((arrays["sentence_order_label"] != -100).sum())
        batch = {name: torch.from_numpy(array).to(self.device) for name, array in arrays.items()}
        counts = self.summed([len(positions), ordered, int(arrays["attention_mask"].sum())])
        sums = self.objective(batch, *(torch.from_numpy(array).to(self.device) for array in (positions, targets)))
        # Data parallelism averages gradients over processes; the mean wanted is over all tokens of all processes.
        masked, order = (part * self.world_size / max(count, 1) for part, count in zip(sums, counts[:2], strict=True))
        self.optimizer.zero_grad()
        (masked + order).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.step()
        self.step += 1
        self.tokens += int(counts[2])
        totals = self.summed([part.detach().item() for part in sums])
        return totals[0] / max(counts[0], 1), totals[1] / counts[1] if counts[1] else float("nan")

    def masking(self) -> str:
        """Return how this step's batch is masked, the same on every process and after a resume."""
        draw = np.random.default_rng((self.options.seed, self.step)).random()
        return "tokens" if draw < self.options.single_token_share else "ngrams"

    def progress(self) -> float:
        """Return the share of the run that is done, by steps or by time."""
        return max(self.step / self.options.max_steps, self.minutes / self.options.max_minutes)

    def learning_rate(self) -> float:
        """Return the rate: up from 0 during the warm-up share, then down to 0."""
        done, warmup = self.progress(), self.options.warmup_share
        return self.options.learning_rate * min(done / max(warmup, 1e-9), max(1 - done, 0.0) / (1 - warmup))

    @torch.no_grad()
    def evaluate(self) -> None:
        """Measure the held-out text, single tokens all shown as [MASK] and by the training recipe; log it."""
        if self.rank > 0:
            return
        self.model.eval()
        results = {}
        for masking, make in self.held_out.items():
            results[masking.replace("-", "_")] = measure(self.model, make(), self.device)
        self.model.train()
        self.log(validation=results)

    def save_state(self) -> None:
        """Write everything a later run needs to go on; rank 0 writes, as all ranks are in the same state."""
        if self.rank > 0:
            return
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "batches": {masking: batches.state_dict() for masking, batches in self.batches.items()},
            "counters": {"step": self.step, "tokens": self.tokens, "minutes": self.minutes},
            "random": torch.get_rng_state(),
        }
        target = self.folder / "training_state.pt"
        staged = target.with_suffix(".partial")
        torch.save(state, staged)
        staged.replace(target)

    def load_state(self) -> None:
        """Go back to the last saved state, and drop the metrics that were logged after it."""
        state = torch.load(self.folder / "training_state.pt", map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        for masking, batches in self.batches.items():
            batches.load_state_dict(state["batches"][masking])
        self.step, self.tokens, self.minutes = (state["counters"][name] for name in ("step", "tokens", "minutes"))
        torch.set_rng_state(state["random"].cpu())
        if self.rank == 0:
            kept = [record for record in read_metrics(self.folder / "metrics.jsonl") if record["step"] <= self.step]
            text = "".join(json.dumps(record) + "\n" for record in kept)
            (self.folder / "metrics.jsonl").write_text(text, encoding="utf-8")

    def log(self, **values: Any) -> None:
        """Append one line to the metrics."""
        if self.rank == 0:
            record = {"step": self.step, "tokens": self.tokens, "minutes": round(self.minutes, 3), **values}
            with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")

    def summed(self, values: Sequence[float]) -> list[float]:
        """Add up numbers over the processes."""
        if self.world_size == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(total)
        return total.tolist()

    def agreed(self, minutes: float) -> float:
        """Return the clock of rank 0, so that all processes stop at the same step."""
        if self.world_size == 1:
            return minutes
        value = torch.tensor([minutes], dtype=torch.float64)
        dist.broadcast(value, src=0)
        return value.item()


@torch.no_grad()
def measure(
    model: AlbertForPreTraining, batches: Iterator[dict[str, np.ndarray]], device: torch.device
) -> dict[str, float]:
    """Return loss, top-1 and top-5 of masked tokens, and accuracy of sentence order, over one pass."""
    sums = dict.fromkeys(("loss", "top1", "top5", "masked", "order_right", "ordered"), 0.0)
    for arrays in batches:
        batch = {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}
        encoded = model.albert(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"])
        hidden = batch["labels"] != -100
        targets = batch["labels"][hidden]
        logits = model.predictions(encoded.last_hidden_state[hidden])
        hits = logits.topk(5, dim=-1).indices == targets[:, None]
        order = batch["sentence_order_label"]
        guess = model.sop_classifier(encoded.pooler_output).argmax(-1)
        sums["loss"] += F.cross_entropy(logits, targets, reduction="sum").item()
        sums["top1"] += hits[:, 0].sum().item()
        sums["top5"] += hits.sum().item()
        sums["masked"] += len(targets)
        sums["order_right"] += (guess == order).sum().item()
        sums["ordered"] += (order != -100).sum().item()
    return {
        "masked_loss": sums["loss"] / sums["masked"],
        "top1": sums["top1"] / sums["masked"],
        "top5": sums["top5"] / sums["masked"],
        "order_accuracy": sums["order_right"] / max(sums["ordered"], 1),
        "masked_tokens": sums["masked"],
        "ordered_rows": sums["ordered"],
    }


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


def build_model(options: argparse.Namespace, tokenizer: AlbertTokenizer) -> AlbertForPreTraining:
    """Return the model of ``--config``, or a small one that fits the tokenizer."""
    if options.config:
        return AlbertForPreTraining(AlbertConfig.from_pretrained(options.config)).train()
    config = AlbertConfig(
        vocab_size=tokenizer.vocab_size,
        embedding_size=128,
        hidden_size=options.hidden_size,
        num_hidden_layers=options.num_hidden_layers,
        num_attention_heads=options.hidden_size // 32,
        intermediate_size=4 * options.hidden_size,
        max_position_embeddings=options.max_length,
    )
    return AlbertForPreTraining(config).train()


def join_processes() -> tuple[int, int]:
    """Join the process group torchrun set up; return this process's rank and their number."""
    if "WORLD_SIZE" not in os.environ:
        return 0, 1
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return dist.get_rank(), dist.get_world_size()


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


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read and check the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
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
    parser.add_argument("--max_steps", type=int, default=10_000)
    parser.add_argument("--max_minutes", type=float, default=float("inf"), help="training time, evaluation left out")
    parser.add_argument("--log_steps", type=int, default=50)
    parser.add_argument("--save_minutes", type=float, default=2.0)
    parser.add_argument("--evaluate_minutes", type=float, default=5.0)
    parser.add_argument("--threads", type=int, help="threads per process; PyTorch's choice when absent")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    for name in ("max_steps", "max_minutes", "batch_tokens", "learning_rate", "log_steps"):
        if getattr(options, name) <= 0:
            parser.error(f"--{name} must be above 0, got {getattr(options, name)}")
    for name in ("joined_share", "warmup_share", "validation_share", "single_token_share"):
        if not 0 <= getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 0 and below 1, got {getattr(options, name)}")
    if options.hidden_size % 32:
        parser.error(f"--hidden_size must be a multiple of 32, got {options.hidden_size}")
    for path in options.train_file or ():
        if not Path(path).is_file():
            parser.error(f"--train_file {path} is no file")
    return options


if __name__ == "__main__":
    main()
