"""Spares Sphinx a search through all objects for names, such as ``int``, that no object of the project ends in."""

from __future__ import annotations

from typing import Any

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform


def setup_vague_names(app: Sphinx) -> None:
    """Register the transform; it runs before references are resolved."""
    app.add_post_transform(ExactNames)


class ExactNames(SphinxPostTransform):
    """Takes the mark for a search by ending off references that such a search cannot resolve.

    The Python domain compares each of them with the name of every object, so that the time for a page would grow with
    the number of pages.
    """

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Look at each Python reference of the page."""
        for node in self.document.findall(addnodes.pending_xref):
            vague = node.get("refdomain") == "py" and node.hasattr("refspecific")
            if vague and node["reftarget"].removesuffix("()") not in _endings(self.env):
                del node["refspecific"]


def _endings(environment: BuildEnvironment) -> set[str]:
    """What follows a dot in the name of any object, kept for one build."""
    builder = environment._app.builder
    endings: set[str] | None = builder.__dict__.get("doc_builder_endings")
    if endings is None:
        endings = builder.__dict__["doc_builder_endings"] = set()
        for name in environment.domains.python_domain.objects:
            while "." in name:
                name = name.partition(".")[2]
                endings.add(name)
    return endings
