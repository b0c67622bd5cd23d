"""The options of ``conf.py``, checked before any page is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

DOCSTRINGS = ("rst", "markdown")


def setup_options(app: Sphinx) -> None:
    """Register the options; changing one rebuilds the pages."""
    app.add_config_value("doc_builder_package", "", "env", types=(str,))
    app.add_config_value("doc_builder_aliases", {}, "env", types=(dict,))
    app.add_config_value("doc_builder_docstrings", "rst", "env", types=(str,))
    app.add_config_value("doc_builder_toctree", None, "env", types=(str, type(None)))
    app.add_config_value("doc_builder_no_index", [], "env", types=(list, tuple, set, frozenset))
    app.add_config_value("doc_builder_recorded", "_build/recorded", "env", types=(str,))
    app.connect("config-inited", check_options)
    # links to other projects are optional, but their option is read
    if "intersphinx_mapping" not in app.config:
        app.setup_extension("sphinx.ext.intersphinx")


def check_options(app: Sphinx, config: Config) -> None:
    """Refuse values that mean nothing."""
    _check_dotted("doc_builder_package", config.doc_builder_package, empty=True)
    for prefix, target in config.doc_builder_aliases.items():
        _check_dotted("a prefix in doc_builder_aliases", prefix)
        _check_dotted(f"doc_builder_aliases[{prefix!r}]", target, empty=True)
    if config.doc_builder_docstrings not in DOCSTRINGS:
        raise ConfigError(
            f"doc_builder_docstrings is {config.doc_builder_docstrings!r}; it must be one of {', '.join(DOCSTRINGS)}"
        )
    toctree = config.doc_builder_toctree
    if toctree and not (Path(app.srcdir) / toctree).is_file():
        raise ConfigError(f"doc_builder_toctree is {toctree!r}; there is no such file in {app.srcdir}")
    if isinstance(config.doc_builder_no_index, str) or not all(
        isinstance(page, str) for page in config.doc_builder_no_index
    ):
        raise ConfigError(
            f"doc_builder_no_index is {config.doc_builder_no_index!r}; it must be a list of page names or patterns"
        )


def _check_dotted(what: str, value: Any, empty: bool = False) -> None:
    if isinstance(value, str) and (all(part.isidentifier() for part in value.split(".")) or (empty and not value)):
        return
    raise ConfigError(f"{what} is {value!r}; it must be a dotted Python name")
