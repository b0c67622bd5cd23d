"""From a name to a folder, from a folder to canonical weights, and back; no framework is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from albert_docs_pkg.checkpoints.locate import BUNDLED, find_files
from albert_docs_pkg.checkpoints.staging import staged_folder

if TYPE_CHECKING:
    from albert_docs_pkg.checkpoints.weights import FORMATS, Format, StoredWeights, load_weights, stored_formats

__all__ = [
    "BUNDLED",
    "FORMATS",
    "Format",
    "StoredWeights",
    "find_files",
    "load_weights",
    "staged_folder",
    "stored_formats",
]


def __getattr__(name: str) -> Any:
    # NumPy and safetensors are loaded by those who read weights, not by those who read a config.
    if name in ("FORMATS", "Format", "StoredWeights", "load_weights", "stored_formats"):
        from albert_docs_pkg.checkpoints import weights

        return getattr(weights, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
