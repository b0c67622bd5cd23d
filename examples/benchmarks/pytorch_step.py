"""Time a forward and a training step of our PyTorch model beside the `transformers` one, in alternation.

Both models have the same random weights and get the same batch; each round times both, so that whatever else the
machine does meets both. Printed are medians and their ratio (below 1: ours is faster). Needs `transformers` with
ALBERT (4.57 was used) beside this package.

    python examples/benchmarks/pytorch_step.py --batch_size 4 --length 128
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from albert_docs_pkg import AlbertConfig, AlbertForMaskedLM

BASE = {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072, "vocab_size": 30000}


def main() -> None:
    """Build both models, check that they agree, time them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch_size", type=int, default=4)
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mask", action="store_true", help="give an attention mask with a quarter of padding")
    options = parser.parse_args()
    import transformers

    torch.manual_seed(0)
    ours = AlbertForMaskedLM(AlbertConfig(**BASE))
    theirs = transformers.AlbertForMaskedLM(transformers.AlbertConfig(**BASE, attn_implementation="sdpa"))
    theirs.load_state_dict(ours.state_dict())
    ids = torch.randint(5, BASE["vocab_size"], (options.batch_size, options.length))
    inputs = {"input_ids": ids, "labels": ids}
    if options.mask:
        inputs["attention_mask"] = torch.ones_like(ids)
        inputs["attention_mask"][: options.batch_size // 2, options.length // 2 :] = 0
    with torch.no_grad():
        difference = (ours.eval()(**inputs).logits - theirs.eval()(**inputs).logits).abs().max().item()
    results = {
        "shape": [options.batch_size, options.length],
        "mask": options.mask,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "largest_difference": difference,
        "forward": compare(lambda model: forward(model, inputs), ours, theirs, options.rounds),
        "training_step": compare(lambda model: training_step(model, inputs), ours, theirs, options.rounds),
    }
    print(json.dumps(results, indent=2))


def forward(model: nn.Module, inputs: dict[str, torch.Tensor]) -> None:
    """Run the model without gradients."""
    with torch.no_grad():
        model.eval()(**inputs)


def training_step(model: nn.Module, inputs: dict[str, torch.Tensor]) -> None:
    """Run forward and backward."""
    model.train().zero_grad()
    model(**inputs).loss.backward()


def compare(run: Callable[[nn.Module], None], ours: nn.Module, theirs: nn.Module, rounds: int) -> dict[str, float]:
    """Return the median seconds of both and their ratio, after one round of warm-up."""
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for number in range(rounds + 1):
        for name, model in (("ours", ours), ("theirs", theirs)):
            start = time.perf_counter()
            run(model)
            if number:
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {**medians, "ratio": medians["ours"] / medians["theirs"]}


if __name__ == "__main__":
    main()
