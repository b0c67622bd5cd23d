"""One file of arrays and settings from which a run goes on, for frameworks that have no such file of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

STATE = "training_state.npz"


def save_arrays(folder: Path, state: dict[str, Any], arrays: Sequence[Any]) -> None:
    """Write ``state``, which JSON can hold, and arrays beside their place, and move them there."""
    staged = folder / "training_state.partial.npz"
    with staged.open("wb") as file:
        np.savez(file, state=json.dumps(state), **{f"array-{n}": np.asarray(array) for n, array in enumerate(arrays)})
    staged.replace(folder / STATE)


def read_arrays(folder: Path) -> dict[str, Any]:
    """Return what :func:`save_arrays` wrote: the members of ``state``, and the arrays as ``arrays``."""
    with np.load(folder / STATE, allow_pickle=False) as stored:
        state = json.loads(str(stored["state"]))
        return {**state, "arrays": [stored[f"array-{number}"] for number in range(len(stored.files) - 1)]}
