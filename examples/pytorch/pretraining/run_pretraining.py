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
import sys
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

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from albert_docs_pkg import AlbertForPreTraining, AlbertTokenizer
from albert_docs_pkg.pretraining import Corpus, MaskingVocabulary, PretrainingBatches
from examples.tasks.pretraining import (
    build_config,
    draw_curve,
    held_out,
    learning_rate,
    masking_of,
    parse,
    read_corpora,
    read_metrics,
    write_report,
)
from examples.tasks.reports import Clock


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, train, and leave the model, its metrics and its curve in the output folder."""
    options = parse(__doc__, arguments)
    torch.manual_seed(options.seed)
    if options.threads:
        torch.set_num_threads(options.threads)
    rank, world_size = join_processes()
    device = torch.device("cuda", rank) if torch.cuda.is_available() else torch.device("cpu")
    tokenizer = AlbertTokenizer.from_pretrained(options.tokenizer)
    model = AlbertForPreTraining(build_config(options, tokenizer.vocab_size)).train()
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
    Trainer(options, model.to(device), batches, (train, validation), tokenizer, device, rank, world_size).run()
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
        corpora: tuple[Corpus, Corpus],
        tokenizer: AlbertTokenizer,
        device: torch.device,
        rank: int,
        world_size: int,
    ) -> None:
        self.options, self.model, self.batches, self.corpora = options, model, batches, corpora
        self.tokenizer, self.device, self.rank, self.world_size = tokenizer, device, rank, world_size
        self.vocabulary = MaskingVocabulary.from_tokenizer(tokenizer)
        self.folder, self.clock = Path(options.output_dir), Clock()
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
        last = self.options.stop_at_step or self.options.max_steps
        while self.progress() < 1 and self.step < last:
            recent.append(self.train_step())
            now = time.monotonic()
            self.minutes, clock = self.minutes + (now - clock) / 60, now
            self.minutes = self.agreed(self.minutes)
            bar.update()
            if self.step % self.options.log_steps == 0:
                masked, order = np.nanmean(recent, axis=0)
                recent.clear()
                bar.set_postfix(masked=f"{masked:.3f}", order=f"{order:.3f}")
                self.log(
                    masked_loss=masked, order_loss=order, learning_rate=learning_rate(self.options, self.progress())
                )
            if self.minutes - last_evaluated >= self.options.evaluate_minutes:
                last_evaluated = self.minutes
                self.evaluate()
                clock = time.monotonic()
            if self.minutes - last_saved >= self.options.save_minutes:
                last_saved = self.minutes
                self.save_state()
        bar.close()
        self.save_state()
        if self.progress() < 1:
            return
        results = self.evaluate()
        if self.rank == 0:
            self.model.save_pretrained(self.folder)
            self.tokenizer.save_pretrained(self.folder)
            draw_curve(self.folder / "metrics.jsonl", self.folder / "curve.png")
            write_report(
                self.options,
                "pytorch",
                self.corpora,
                self.vocabulary,
                results=results,
                steps=self.step,
                clock=self.clock,
                device=torch.cuda.get_device_name() if self.device.type == "cuda" else "cpu",
                devices=self.world_size,
                parameters=self.model.num_parameters(),
            )

    def train_step(self) -> tuple[float, float]:
        """Take one step; return the mean losses of this batch over all processes."""
        arrays = next(self.batches[masking_of(self.options, self.step)])
        positions = np.flatnonzero(arrays["labels"] != -100)
        targets = arrays["labels"].reshape(-1)[positions]
        ordered = int((arrays["sentence_order_label"] != -100).sum())
        batch = {name: torch.from_numpy(array).to(self.device) for name, array in arrays.items()}
        counts = self.summed([len(positions), ordered, int(arrays["attention_mask"].sum())])
        bf16 = self.options.mixed_precision == "bf16"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=bf16):
            sums = self.objective(batch, *(torch.from_numpy(array).to(self.device) for array in (positions, targets)))
        # Data parallelism averages gradients over processes; the mean wanted is over all tokens of all processes.
        masked, order = (part * self.world_size / max(count, 1) for part, count in zip(sums, counts[:2], strict=True))
        self.optimizer.zero_grad()
        (masked + order).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.options.max_gradient_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.options, self.progress())
        self.optimizer.step()
        self.step += 1
        self.tokens += int(counts[2])
        totals = self.summed([part.detach().item() for part in sums])
        return totals[0] / max(counts[0], 1), totals[1] / counts[1] if counts[1] else float("nan")

    def progress(self) -> float:
        """Return the share of the run that is done, by steps or by time."""
        return max(self.step / self.options.max_steps, self.minutes / self.options.max_minutes)

    @torch.no_grad()
    def evaluate(self) -> dict[str, dict[str, float]]:
        """Measure the held-out text, single tokens all shown as [MASK] and by the training recipe; log it."""
        if self.rank > 0:
            return {}
        self.model.eval()
        results = {}
        for masking in ("all-mask", "ngrams"):
            batches = held_out(self.options, self.corpora[1], self.vocabulary, masking)
            results[masking.replace("-", "_")] = measure(self.model, batches, self.device)
        self.model.train()
        self.log(validation=results)
        return results

    def save_state(self) -> None:
        """Write everything a later run needs to go on; rank 0 writes, as all ranks are in the same state."""
        if self.rank > 0:
            return
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "batches": {masking: batches.state_dict() for masking, batches in self.batches.items()},
            "counters": {"step": self.step, "tokens": self.tokens, "minutes": self.minutes},
            "seconds": self.clock.read(),
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
        self.clock.load(state["seconds"])
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


def join_processes() -> tuple[int, int]:
    """Join the process group torchrun set up; return this process's rank and their number."""
    if "WORLD_SIZE" not in os.environ:
        return 0, 1
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return dist.get_rank(), dist.get_world_size()


if __name__ == "__main__":
    main()
