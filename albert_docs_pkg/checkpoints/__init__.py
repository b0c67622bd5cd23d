"""From a name to a folder, from a folder to canonical weights, and back; no framework is imported here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from albert_docs_pkg.checkpoints.locate import BUNDLED, find_files
from albert_docs_pkg.checkpoints.staging import staged_folder

if TYPE_CHECKING:
    from albert_docs_pkg.checkpoints.conversion import Conversion, convert
    from albert_docs_pkg.checkpoints.inspection import Inspection, inspect_checkpoint
    from albert_docs_pkg.checkpoints.stored import StoredWeights
    from albert_docs_pkg.checkpoints.weights import FORMATS, Format, load_weights, stored_formats

__all__ = [
    "BUNDLED",
    "FORMATS",
    "Conversion",
    "Format",
    "Inspection",
    "StoredWeights",
    "convert",
    "find_files",
    "inspect_checkpoint",
    "load_weights",
    "staged_folder",
    "stored_formats",
]


_HOME = {
    "FORMATS": "weights",
    "Format": "weights",
    "StoredWeights": "stored",
    "load_weights": "weights",
    "stored_formats": "weights",
    "Conversion": "conversion",
    "convert": "conversion",
    "Inspection": "inspection",
    "inspect_checkpoint": "inspection",
}


def __getattr__(name: str) -> Any:
    # NumPy and safetensors are loaded by those who read weights, not by those who read a config.
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
