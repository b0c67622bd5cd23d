"""Shows notebooks on the site as they ran: a Sphinx extension that gives nbsphinx the executed copies.

The pages of ``notebooks/*.ipynb`` get the outputs that ``python -m notebooks.execute`` kept, a line that says where
they come from, a link that downloads the stored notebook, and images with the texts that cells carry as ``"alt"``.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from nbformat.v4 import new_raw_cell
from sphinx.addnodes import download_reference
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

from notebooks.execute import RECORD, executed_copy

logger = logging.getLogger(__name__)

# TensorFlow loads JAX where it finds it, so what tells of a Flax notebook is Flax.
_SHOWN = {
    "python": "Python",
    "torch": "PyTorch",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "flax": "Flax",
}
_IMAGE = re.compile(r"_(\d+)_\d+\.(?:png|svg|jpe?g)$")  # nbconvert names an image by its cell
_TEXTS = "notebook_image_texts"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect to the reading of pages; Sphinx calls this."""
    app.add_config_value("executed_notebooks", "_build/notebooks", "env", str)
    app.connect("source-read", show_executed_copy)
    app.connect("doctree-read", describe_images)
    app.connect("doctree-read", show_downloads_as_links)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def show_executed_copy(app: Sphinx, docname: str, content: list[str]) -> None:
    """Replace the text of a stored notebook by that of its executed copy; without one, warn and show the code alone."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".ipynb":
        return
    executed = Path(app.confdir) / app.config.executed_notebooks
    app.env.note_dependency(str(executed / path.name))
    notebook = executed_copy(path, executed)
    if notebook is None:
        state = (
            "has changed since it was executed"
            if (executed / path.name).is_file()
            else "was not executed"
        )
        logger.warning(
            "%s %s, so its page has no outputs: run `make notebooks` or `make html`",
            path.name,
            state,
            location=docname,
            type="notebooks",
            subtype="not_executed",
        )
        notebook = nbformat.reads(content[0], as_version=4)
    notebook.cells.insert(1, _header(path, notebook))
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for size in output.get("metadata", {}).values():
                size.pop(
                    "height", None
                )  # follows from the width, which a narrow screen makes smaller
    app.env.temp_data[_TEXTS] = [cell.metadata.get("alt") for cell in notebook.cells]
    content[0] = nbformat.writes(notebook)


def describe_images(app: Sphinx, doctree: nodes.document) -> None:
    """Give the images of a notebook their text: what the cell says that it draws."""
    texts: list[str | None] = app.env.temp_data.get(_TEXTS) or []
    for image in doctree.findall(nodes.image) if texts else ():
        if (found := _IMAGE.search(image["uri"])) and (text := texts[int(found[1])]):
            image["alt"] = text


def show_downloads_as_links(app: Sphinx, doctree: nodes.document) -> None:
    """Write links that download notebooks like other links, not like code; that of the page itself is a button."""
    for link in doctree.findall(download_reference):
        if link["reftarget"].endswith(".ipynb"):
            link.children = [nodes.Text(link.astext())]
            if "/" not in link["reftarget"]:
                link["classes"] += ["sd-btn", "sd-btn-outline-primary"]


def _header(path: Path, notebook: NotebookNode) -> NotebookNode:
    lines = [
        ".. container:: notebook-header",
        "",
        f"   :download:`Download this notebook <{path.name}>`",
    ]
    if record := notebook.metadata.get(RECORD):
        versions = ", ".join(
            f"{_SHOWN[name]} {value}"
            for name, value in record["versions"].items()
            if name in _SHOWN
        )
        device = {"cpu": "a CPU", "cuda": "a GPU"}[record["device"]]
        took = f"{record['seconds']:.0f} seconds"
        lines += [
            "",
            f"   Everything on this page ran on {device} on {record['date']} and took {took}, with {versions}.",
        ]
    return new_raw_cell("\n".join(lines), metadata={"raw_mimetype": "text/restructuredtext"})
