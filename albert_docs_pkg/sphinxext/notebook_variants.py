"""A page that tells its story for several frameworks is offered as one notebook for each of them."""

from __future__ import annotations

from collections.abc import Iterator

from albert_docs_pkg.sphinxext.syntax import SYNTAX
from albert_docs_pkg.sphinxext.tab_sets import FRAMEWORKS
from albert_docs_pkg.sphinxext.tags import scan

_KEYS = {**{key: key for key in FRAMEWORKS}, "flax": "jax"}


def framework_variants(text: str) -> dict[str, str]:
    r"""The source of a page for each framework that it shows; one entry ``""`` if it shows fewer than two.

    Args:
        text: The source of the page.

    Example:
        >>> framework_variants("# A page\n")
        {'': '# A page\n'}
    """
    blocks = list(_blocks(text))
    shown = [key for key in FRAMEWORKS if any(key == block[0] for block in blocks)]
    if len(shown) < 2:
        return {"": text}
    return {key: _only(text, key, blocks) for key in shown}


def variant_path(docname: str, framework: str) -> str:
    """Where the notebook of a page lies in its folder.

    Example:
        >>> variant_path("docs/page", ""), variant_path("docs/page", "tf")
        ('docs/page.ipynb', 'docs/page.tensorflow.ipynb')
    """
    return f"{docname}.{FRAMEWORKS[framework].lower()}.ipynb" if framework else f"{docname}.ipynb"


def _blocks(text: str) -> Iterator[tuple[str, int, int, int, int]]:
    """Framework, and where its opening tag begins and ends and where its closing tag does."""
    for pair in scan(text, SYNTAX.components).pairs.values():
        if pair.tag.name in _KEYS:
            yield _KEYS[pair.tag.name], pair.tag.start, pair.tag.end, pair.body_end, pair.end


def _only(text: str, framework: str, blocks: list[tuple[str, int, int, int, int]]) -> str:
    """The page without the blocks of other frameworks, and without the tags around those of this one."""
    kept, position = "", 0
    for key, begin, body, body_end, end in sorted(blocks, key=lambda block: block[1]):
        if begin < position:  # a block inside of one that is gone
            continue
        kept += text[position:begin]
        if key == framework:
            kept += text[body:body_end]
        position = end
    return kept + text[position:]
