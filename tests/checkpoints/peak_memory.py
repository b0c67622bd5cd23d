"""What loading or saving a checkpoint adds to the memory of a process; run as a module, in a process of its own.

The peak counts all pages of the process, those of files mapped into memory too. What was there before, after the
import of the framework's model class, is told beside it.
"""

from __future__ import annotations

import gc
import json
import math
import sys
from pathlib import Path

import numpy as np

CLASSES = {"pytorch": "AlbertModel", "tensorflow": "TFAlbertModel", "flax": "FlaxAlbertModel"}


def resident(kind: str = "VmHWM") -> int:
    """Return the bytes that this process has (``VmRSS``) or has had at most (``VmHWM``) in memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024
    raise OSError("this system does not tell how much memory a process has")


def forget_peak() -> None:
    """Let the peak start anew from what is in memory now."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")


def write(folder: Path, dtype: str) -> None:
    """Write the encoder of ALBERT xxlarge (version 1), which is what the defaults of the config are, at random."""
    import torch

    import albert_docs_pkg
    from albert_docs_pkg.checkpoints.loading import write_checkpoint

    config = albert_docs_pkg.AlbertConfig()
    with torch.device("meta"):
        shapes = {name: tuple(weight.shape) for name, weight in albert_docs_pkg.AlbertModel(config).named_parameters()}
    generator = np.random.default_rng(0)
    noise = generator.standard_normal(2**20, np.float32)
    weights = {name: np.resize(noise, shape).astype(dtype) for name, shape in shapes.items()}
    write_checkpoint(folder, config, weights, architecture="AlbertModel", dtype=dtype)


def measure(framework: str, folder: Path, dtype: str, target: Path | None) -> dict[str, int]:
    """Load a checkpoint, and save it again if there is a target; return what that took, in bytes."""
    import albert_docs_pkg

    model_class = getattr(albert_docs_pkg, CLASSES[framework])
    forget_peak()
    found = {"import": resident("VmRSS"), "file": sum(path.stat().st_size for path in folder.glob("*.safetensors"))}
    model = model_class.from_pretrained(folder, dtype=dtype)
    found["load"] = resident()
    if target is not None:
        forget_peak()
        found["loaded"] = resident("VmRSS")
        model.save_pretrained(target)
        found["save"] = resident()
    return found


if __name__ == "__main__":
    command, place, kind = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if command == "write":
        write(place, kind)
    else:
        result = measure(command, place, kind, Path(sys.argv[4]) if len(sys.argv) > 4 else None)
        print(json.dumps(result))
        shown = {name: f"{math.ceil(value / 10**6)} MB" for name, value in result.items()}
        print(
            f"{command}: {shown}, load {(result['load'] - result['import']) / result['file']:.3f} of the file",
            file=sys.stderr,
        )
