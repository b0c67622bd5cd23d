"""Measure both tokenizers, beside those of ``transformers`` when a Python that has it is named.

The four take turns, so that whatever else the machine does hits them alike::

    python examples/benchmarks/tokenizer_speed.py --vocab-file spiece.model --peer-python peer/bin/python

Texts are paragraphs of Python's own manual and entries of WordNet, two megabytes together, encoded as one batch with
special tokens and without padding, on one thread. Reported are megabytes (1e6 bytes of UTF-8) per second: the first
round, in which nothing is remembered yet, the median of the others, and how the median compares with the fast
tokenizer of ``transformers``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from pydoc_data.topics import topics
from statistics import median
from typing import Any

from tqdm import tqdm

ONE_THREAD = {
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "1",
    "USE_TF": "0",
    "USE_FLAX": "0",
}
PEER = """
import json, sys, time
import transformers
vocab_file, texts = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
made = {name: getattr(transformers, name)(vocab_file) for name in ("AlbertTokenizer", "AlbertTokenizerFast")}
print(transformers.__version__, flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    made[line.strip()](texts)
    print(time.perf_counter() - start, flush=True)
"""


def main() -> None:
    options = read_options()
    texts = read_texts(options.megabytes * 1e6)
    size = sum(len(text.encode()) for text in texts) / 1e6
    with tempfile.TemporaryDirectory() as scratch:
        runners = own_runners(options.vocab_file, texts)
        if options.peer_python:
            texts_file = Path(scratch, "texts.json")
            texts_file.write_text(json.dumps(texts), encoding="utf-8")
            runners |= peer_runners(options.peer_python, options.vocab_file, texts_file)
        seconds: dict[str, list[float]] = {name: [] for name in runners}
        for _ in tqdm(range(options.rounds + 1), desc="rounds", disable=not sys.stderr.isatty()):
            for name, run in runners.items():
                seconds[name].append(run())
    report(seconds, size, len(texts))
    if options.json:
        options.json.write_text(
            json.dumps({"megabytes": size, "texts": len(texts), "seconds": seconds}, indent=2) + "\n"
        )


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocab-file", type=Path, required=True, help="a spiece.model")
    parser.add_argument("--peer-python", type=Path, help="a Python interpreter that has transformers 4")
    parser.add_argument("--megabytes", type=float, default=2.0, help="how much text (default: 2)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds after the first (default: 5)")
    parser.add_argument("--json", type=Path, help="where to write every time measured")
    return parser.parse_args()


def read_texts(size: float) -> list[str]:
    """Return paragraphs and entries, half of the bytes from either, as far as the manual reaches."""
    from albert_docs_pkg.wordnet import load_pretraining_text

    paragraphs = [part.strip() for text in topics.values() for part in text.split("\n\n") if part.strip()]
    texts = take(paragraphs, size / 2)
    return texts + take(map(" ".join, load_pretraining_text()), size - sum(len(text.encode()) for text in texts))


def take(texts: Any, size: float) -> list[str]:
    taken: list[str] = []
    for text in texts:
        if size <= 0:
            break
        taken.append(text)
        size -= len(text.encode())
    return taken


def own_runners(vocab_file: Path, texts: list[str]) -> dict[str, Callable[[], float]]:
    os.environ.update(ONE_THREAD)
    from albert_docs_pkg import AlbertTokenizer, AlbertTokenizerFast

    slow = AlbertTokenizer(vocab_file, sp_model_kwargs={"num_threads": 1})
    fast = AlbertTokenizerFast(vocab_file)

    def timed(tokenizer: Any) -> Callable[[], float]:
        def run() -> float:
            start = time.perf_counter()
            tokenizer(texts)
            return time.perf_counter() - start

        return run

    return {"AlbertTokenizer": timed(slow), "AlbertTokenizerFast": timed(fast)}


def peer_runners(python: Path, vocab_file: Path, texts_file: Path) -> dict[str, Callable[[], float]]:
    process = subprocess.Popen(
        [python, "-c", PEER, vocab_file, texts_file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ONE_THREAD},
    )
    version = _answer(process)

    def timed(name: str) -> Callable[[], float]:
        def run() -> float:
            assert process.stdin is not None
            process.stdin.write(f"{name}\n")
            process.stdin.flush()
            return float(_answer(process))

        return run

    return {f"transformers {version} {name}": timed(name) for name in ("AlbertTokenizer", "AlbertTokenizerFast")}


def _answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise SystemExit("the peer stopped; its message is above")
    return line


def report(seconds: dict[str, list[float]], size: float, texts: int) -> None:
    peer = next((times for name, times in seconds.items() if name.endswith(" AlbertTokenizerFast")), None)
    print(
        f"{size:.2f} MB in {texts} texts, one thread, {len(next(iter(seconds.values()))) - 1} rounds after the first\n"
    )
    print("| tokenizer | first round, MB/s | median, MB/s | of the peer's fast one |")
    print("| --- | ---: | ---: | ---: |")
    for name, (first, *others) in seconds.items():
        ratio = f"{median(peer[1:]) / median(others):.1f}" if peer else "-"
        print(f"| {name} | {size / first:.2f} | {size / median(others):.2f} | {ratio} |")


if __name__ == "__main__":
    main()
