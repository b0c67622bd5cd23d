"""Keeps what named blocks printed and drew, in ``_build/recorded``, where pages find it.

A block of the page ``docs/a.mdx`` named ``loss`` leaves ``docs/a/loss.txt`` there, which may be empty, and
``loss.png``, ``loss.2.png`` ... for the matplotlib figures that it left open. Files are replaced in one step, and only
when they changed, so that no page is built again in vain.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.snippets.blocks import Block

FOLDER = Path("_build") / "recorded"
DOTS_PER_INCH = 144

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_OWN = re.compile(r"^(?P<name>[\w-]+?)(?:\.\d+)?\.(?:txt|png)$")


def folder_of(page: Path, root: Path) -> Path:
    """Return where the records of a page lie."""
    return root / FOLDER / page.relative_to(root).with_suffix("")


def record(folder: Path, name: str, printed: str) -> None:
    """Store what a block printed and the figures that are open, and close them."""
    files = {f"{name}.txt": as_on_a_terminal(printed).encode("utf-8")}
    for number, image in enumerate(_open_figures(), start=1):
        files[f"{name}.png" if number == 1 else f"{name}.{number}.png"] = image
    folder.mkdir(parents=True, exist_ok=True)
    there = {path.name: path for path in folder.iterdir() if _name_of(path) == name}
    if there.keys() == files.keys() and all(path.read_bytes() == files[file] for file, path in there.items()):
        return
    # All are written if one changed, and the text last: Sphinx builds the page again when the text is newer.
    for file in sorted(files):
        _replace(folder / file, files[file])
    _remove(path for file, path in there.items() if file not in files)


def forget(folder: Path, names: Iterable[str]) -> None:
    """Remove the records of these blocks."""
    wanted = set(names)
    if folder.is_dir():
        _remove(path for path in folder.iterdir() if _name_of(path) in wanted)


def forget_others(folder: Path, blocks: Iterable[Block]) -> None:
    """Remove the records of blocks that the page does not have any more, and what an interrupted run left."""
    names = {block.name for block in blocks if block.name}
    if folder.is_dir():
        _remove(path for path in folder.iterdir() if path.is_file() and _name_of(path) not in names)
        if not any(folder.iterdir()):
            folder.rmdir()


def forget_missing_pages(root: Path, pages: Iterable[Path]) -> None:
    """Remove the folders of records whose page is gone."""
    owned = {folder_of(page, root) for page in pages}
    expected = owned | {parent for folder in owned for parent in folder.parents}
    for folder in sorted((root / FOLDER).rglob("*"), reverse=True):
        if folder.is_dir() and folder not in expected:
            shutil.rmtree(folder, ignore_errors=True)


def as_on_a_terminal(printed: str) -> str:
    r"""Return the text as a terminal leaves it: without colours, each line as it was last rewritten.

    Example:
        >>> as_on_a_terminal("50%\r100%\nready \n")
        '100%\nready\n'
    """
    lines = []
    for line in _CONTROL.sub("", printed).split("\n"):
        shown = [part for part in line.split("\r") if part.strip()]
        lines.append(shown[-1].rstrip() if shown else "")
    text = "\n".join(lines).strip("\n")
    return text + "\n" if text else ""


def close_figures() -> None:
    """Close the figures that a page leaves, without importing matplotlib for it."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def draw_into_files() -> None:
    """Make matplotlib draw into files, also when something has imported it for a screen."""
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].use("Agg", force=True)


def _open_figures() -> list[bytes]:
    if "matplotlib.pyplot" not in sys.modules:
        return []
    pyplot = sys.modules["matplotlib.pyplot"]
    images = []
    for number in pyplot.get_fignums():
        file = io.BytesIO()
        pyplot.figure(number).savefig(
            file, format="png", dpi=DOTS_PER_INCH, bbox_inches="tight", metadata={"Software": None}
        )
        images.append(file.getvalue())
    pyplot.close("all")
    return images


def _name_of(path: Path) -> str | None:
    match = _OWN.match(path.name)
    return match["name"] if match else None


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        path.unlink(missing_ok=True)
