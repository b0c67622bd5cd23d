"""Saves that are killed: processes that hold no framework are forked, save, and die at a moment the caller chooses."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from albert_docs_pkg.checkpoints.loading import open_checkpoint, write_checkpoint
from albert_docs_pkg.configuration import AlbertConfig

NAMES = [f"albert.embeddings.weight_{number}" for number in range(6)]
BESIDE = {"spiece.model": b"pieces", "notes.txt": b"mine"}


def save(folder: Path, version: int) -> None:
    """Write a checkpoint whose config and whose weights all tell its version; every other one is in shards."""
    config = AlbertConfig(hidden_size=64, num_attention_heads=4, intermediate_size=64, version=version)
    weights = {name: np.full(500 + version % 3, version, np.float32) for name in NAMES}
    size = "4KB" if version % 2 else "5GB"
    write_checkpoint(folder, config, weights, architecture="AlbertModel", dtype="float32", max_shard_size=size)


def save_model(folder: Path, version: int) -> None:
    """Write the same checkpoint through a PyTorch model."""
    import torch

    from albert_docs_pkg import AlbertModel

    torch.set_num_threads(1)  # a process with more threads cannot be forked
    config = AlbertConfig(hidden_size=64, num_attention_heads=4, intermediate_size=64, version=version)
    with torch.device("meta"):
        model = AlbertModel(config)
    weights = {name: torch.full((500 + version % 3,), float(version)) for name in NAMES}
    model.save_pretrained(folder, state_dict=weights, max_shard_size="4KB" if version % 2 else "5GB")


def version_in(folder: Path) -> int:
    """Return the version, read without this package; whatever does not go together is an error."""
    version = json.loads((folder / "config.json").read_bytes())["version"]
    weights = folder / "model.safetensors"
    shards = sorted(folder.glob("model-*.safetensors"))
    if weights.exists():
        assert not shards
        assert not (folder / "model.safetensors.index.json").exists()
        files = [weights]
    else:
        index = json.loads((folder / "model.safetensors.index.json").read_bytes())["weight_map"]
        assert {path.name for path in shards} == set(index.values())
        files = shards
    found = {name: array for path in files for name, array in load_file(path).items()}
    assert set(found) == set(NAMES)
    assert all((array == version).all() for array in found.values())
    assert {name: (folder / name).read_bytes() for name in BESIDE} == BESIDE
    return version


def version_loaded(folder: Path) -> int:
    """Return the version that this package reads."""
    config, weights = open_checkpoint(folder, None, {})
    assert set(weights) == set(NAMES)
    version = config.to_dict()["version"]
    assert all((weights[name] == version).all() for name in NAMES)
    return version


def forked(action: Callable[[], None]) -> int:
    """Run ``action`` in a copy of this process and return its number."""
    sys.stdout.flush()
    number = os.fork()
    if number == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return number


def killed_at_random(
    folder: Path, read: Callable[[Path], int], times: int, save: Callable[[Path, int], None] = save
) -> None:
    """Kill a process that saves without pause ``times`` times and read what it left."""
    generator = random.Random(5)
    version = read(folder)
    start = time.perf_counter()
    for number in range(1, 9):
        save(folder, version + number)
    version = read(folder)
    duration = (time.perf_counter() - start) / 8

    def keep_saving() -> None:
        for number in range(1, 1000):
            save(folder, version + number)

    for _ in range(times):
        process = forked(keep_saving)
        time.sleep(generator.uniform(0, 4 * duration))
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        found = read(folder)
        assert found >= version
        version = found
    save(folder, version + 1)
    assert read(folder) == version_in(folder) == version + 1


def killed_everywhere(folder: Path, read: Callable[[Path], int]) -> None:
    """Kill a save before each thing that Python does to a file, one after the other, until one save gets through."""
    outcomes = []
    version = read(folder)
    for moment in range(1, 10_000):

        def die_at(moment: int = moment, version: int = version) -> None:
            left = [moment]

            def count(event: str, _arguments: object) -> None:
                if event.startswith(("open", "os.", "shutil.", "ctypes.call", "fcntl.")):
                    left[0] -= 1
                    if left[0] == 0:
                        os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(count)
            save(folder, version + 1)

        _, status = os.waitpid(forked(die_at), 0)
        found = read(folder)
        assert found in (version, version + 1)
        outcomes.append(found - version)
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        version = found
    assert {0, 1} <= set(outcomes[:-1])
    assert version_in(folder) == found
    assert not [path for path in folder.parent.iterdir() if ".saving-" in path.name]


def read_while_saved(folder: Path, read: Callable[[Path], int], times: int) -> None:
    """Read while another process saves without pause."""

    def keep_saving() -> None:
        for version in range(1, 100_000):
            save(folder, version)

    process = forked(keep_saving)
    try:
        versions = [read(folder) for _ in range(times)]
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    assert versions == sorted(versions)
    assert len(set(versions)) > 2


if __name__ == "__main__":
    what, reader, place = sys.argv[1:]
    chosen = version_in if reader == "plain" else version_loaded
    target = Path(place)
    save(target, 0)
    for name, content in BESIDE.items():
        (target / name).write_bytes(content)
    if reader == "package":
        (target / "subfolder").mkdir(exist_ok=True)  # such a folder is not exchanged
    if what == "random":
        killed_at_random(target, chosen, 50)
    elif what == "model":
        killed_at_random(target, chosen, 5, save_model)
    elif what == "everywhere":
        killed_everywhere(target, chosen)
    else:
        read_while_saved(target, chosen, 100)
    print("whole each time")
