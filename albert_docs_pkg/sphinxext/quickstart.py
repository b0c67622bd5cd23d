"""Writes a ``conf.py`` for an existing doc-builder folder, so that ``sphinx-build`` works at once."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import yaml

_TEMPLATE = '''"""How Sphinx builds the pages in this folder: sphinx-build . _build/html"""

project = {package!r}

extensions = ["albert_docs_pkg.sphinxext"]
source_suffix = {{".mdx": "doc-builder", ".md": "doc-builder", ".rst": "restructuredtext"}}
root_doc = {root!r}
exclude_patterns = ["_build", "README.md", "**/README.md"]

# where [[autodoc]] and [`Name`] look names up, and how docstrings are written ("markdown" or "rst")
doc_builder_package = {package!r}
doc_builder_docstrings = "markdown"
{toctree}
# objects link to their source in the site; with an address such as "https://github.com/ORGANISATION/PROJECT/blob/main/src",
# to their lines there
doc_builder_source_url = None

html_theme = {theme!r}
html_title = {package!r}

# other projects that pages link to, for example {{"python": ("https://docs.python.org/3", None)}}
intersphinx_mapping = {{}}
'''


def write_configuration(docs: Path, package: str, *, force: bool = False) -> Path:
    """Write ``conf.py`` into ``docs`` and return its path.

    Args:
        docs: The folder with the pages.
        package: The package that they document.
        force: Whether a file that is there may be replaced.

    Raises:
        FileNotFoundError: ``docs`` is no folder, or has no pages.
        FileExistsError: There is a ``conf.py`` already.
        ValueError: ``package`` is no dotted name.
    """
    if not docs.is_dir():
        raise FileNotFoundError(f"{docs}: no such folder")
    if not package or not all(part.isidentifier() for part in package.split(".")):
        raise ValueError(f"package is {package!r}; it must be a dotted Python name")
    target = docs / "conf.py"
    if target.exists() and not force:
        raise FileExistsError(f"{target} is there already; --force replaces it")
    navigation = docs / "_toctree.yml"
    content = _TEMPLATE.format(
        package=package,
        root=_front_page(docs, navigation),
        toctree='doc_builder_toctree = "_toctree.yml"\n' if navigation.is_file() else "",
        theme="pydata_sphinx_theme" if find_spec("pydata_sphinx_theme") else "alabaster",
    )
    partial = target.with_suffix(".partial")
    partial.write_text(content, encoding="utf-8")
    partial.replace(target)
    return target


def _front_page(docs: Path, navigation: Path) -> str:
    """``index``, or the first page of the navigation, or the first page by name."""
    pages = {page.relative_to(docs).with_suffix("").as_posix() for page in docs.rglob("*.md*")}
    if not pages:
        raise FileNotFoundError(f"{docs}: no .mdx or .md page in it")
    if "index" in pages:
        return "index"
    if navigation.is_file():
        todo = [yaml.safe_load(navigation.read_text(encoding="utf-8"))]
        while todo:
            entry = todo.pop(0)
            if isinstance(entry, list):
                todo = [*entry, *todo]
            elif isinstance(entry, dict):
                if entry.get("local") in pages:
                    return str(entry["local"])
                todo = [entry.get("sections"), *todo]
    return min(pages)
