"""Measure what sorting by length gives a pipeline, on texts of mixed lengths, in processor time.

``python examples/benchmarks/pipeline_batches.py [--framework pt]`` encodes WordNet definitions, one to eight of them
joined at random, with the bundled checkpoint: all at once, so that the pipeline sorts them, and batch by batch in their
own order. It prints the time of both, the padding of both, and their ratio.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from albert_docs_pkg import pipeline
from albert_docs_pkg.wordnet import load_dataset

BATCH_SIZE = 32


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--framework", default="pt", choices=["pt", "tf", "flax"])
    parser.add_argument("--texts", type=int, default=512, help="how many texts")
    parser.add_argument("--repeats", type=int, default=5, help="how often each way is timed, in alternation")
    arguments = parser.parse_args()

    texts = mixed_texts(arguments.texts)
    encode = pipeline("feature-extraction", framework=arguments.framework, pooling="mean", return_tensors="np")
    encode_all: Callable[[], Any] = lambda: encode(texts, batch_size=BATCH_SIZE, truncation=True)

    def encode_in_order() -> None:
        for first in range(0, len(texts), BATCH_SIZE):
            encode(texts[first : first + BATCH_SIZE], batch_size=BATCH_SIZE, truncation=True)

    rows = encode.tokenizer(texts, truncation=True, max_length=encode.max_length)["input_ids"]
    lengths = [len(row) for row in rows]
    ways = {"sorted": (encode_all, sorted(lengths)), "in order": (encode_in_order, lengths)}
    for run, _ in ways.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(arguments.repeats):
        for name, (run, _) in ways.items():
            start = time.process_time()
            run()
            times[name].append(time.process_time() - start)
    print(f"{len(texts)} texts, {sum(lengths)} tokens, batches of {BATCH_SIZE}, framework {arguments.framework}")
    for name, (_, ordered) in ways.items():
        padding = 1 - sum(lengths) / padded(ordered)
        print(f"{name:9} {statistics.median(times[name]):.2f} s of processor time, {padding:.0%} of a batch is padding")
    print(f"ratio {statistics.median(times['in order']) / statistics.median(times['sorted']):.2f}")


def mixed_texts(count: int) -> list[str]:
    """Return texts of one to eight definitions each, most of them short."""
    definitions = [record["text"] for record in load_dataset("text-classification").validation]
    draw = random.Random(0)
    return ["; ".join(draw.sample(definitions, draw.choice([1, 1, 1, 1, 2, 3, 5, 8]))) for _ in range(count)]


def padded(lengths: list[int]) -> int:
    """Return how many tokens the batches have, padding included."""
    batches = [lengths[first : first + BATCH_SIZE] for first in range(0, len(lengths), BATCH_SIZE)]
    return sum(len(batch) * max(batch) for batch in batches)


if __name__ == "__main__":
    main()
