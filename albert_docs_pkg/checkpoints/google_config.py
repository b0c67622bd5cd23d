"""Read ``albert_config.json``, the config of google-research/albert, as fields of an AlbertConfig."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from albert_docs_pkg.checkpoints.locate import find_files

GOOGLE_CONFIG_FILE = "albert_config.json"
ASSETS = "assets"
"""Folder of a TF-Hub module that holds config and vocabulary."""

VOCABULARY_FILE = "30k-clean.model"
"""What google-research/albert calls ``spiece.model``."""

_ACTIVATIONS = {"gelu": "gelu_new"}


def find_google_file(name_or_path: str | os.PathLike[str], filename: str, location: Mapping[str, Any]) -> Path | None:
    """Return a file of a checkpoint of google-research/albert, or of the assets of a TF-Hub module.

    Args:
        name_or_path: as for :func:`albert_docs_pkg.checkpoints.find_files`.
        filename: ``albert_config.json`` or ``30k-clean.model``.
        location: keyword arguments of :func:`albert_docs_pkg.checkpoints.find_files`.

    Example:
        >>> from albert_docs_pkg.checkpoints.google_config import find_google_file
        >>> find_google_file("albert-wordnet-nano", "albert_config.json", {}) is None
        True
    """
    below = location.get("subfolder") or ""
    for subfolder in (below, f"{below}/{ASSETS}" if below else ASSETS):
        found = find_files(name_or_path, [filename], **{**location, "subfolder": subfolder})
        if filename in found:
            return found[filename]
    return None


def config_fields(content: Any) -> Any:
    """Return the fields of an AlbertConfig for the content of an ``albert_config.json``.

    What the file leaves out has the defaults of google-research/albert, which are those of an AlbertConfig. Its
    ``gelu`` is the tanh approximation, which is called ``gelu_new`` here.

    Example:
        >>> from albert_docs_pkg.checkpoints.google_config import config_fields
        >>> config_fields({"hidden_size": 768, "hidden_act": "gelu"})
        {'hidden_size': 768, 'hidden_act': 'gelu_new'}
        >>> config_fields({"hidden_size": 768})
        {'hidden_size': 768, 'hidden_act': 'gelu_new'}
    """
    if not isinstance(content, Mapping):
        return content
    activation = content.get("hidden_act", "gelu")
    known = isinstance(activation, str) and activation in _ACTIVATIONS
    return {**content, "hidden_act": _ACTIVATIONS[activation] if known else activation}
