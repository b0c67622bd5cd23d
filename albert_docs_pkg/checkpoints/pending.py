"""Files that a save has decided on and not yet moved to their places: readers take them from where they are.

A folder that cannot be exchanged as a whole gets its new files in a subfolder, which one rename puts there complete.
From then on they count. They move to their places one by one; a crash leaves some of them in the subfolder.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from albert_docs_pkg.checkpoints.exchange import flush

PENDING = ".saved-files"
"""Name of the subfolder."""

_MANIFEST = ".obsolete.json"
_PATIENCE = 10.0  # seconds

T = TypeVar("T")


def current_file(folder: Path, name: str) -> Path | None:
    """Return where the file ``name`` of ``folder`` is, ``None`` when the folder has none.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from albert_docs_pkg.checkpoints.pending import current_file
        >>> current_file(Path(tempfile.mkdtemp()), "config.json") is None
        True
    """
    pending = folder / PENDING
    if pending.is_dir():
        if (pending / name).is_file():
            return pending / name
        if name in _obsolete(pending):
            return None
    return folder / name if (folder / name).is_file() else None


def write_manifest(staging: Path, obsolete: Sequence[str]) -> None:
    """Note in a folder of new files which old ones they make obsolete.

    Example:
        >>> from albert_docs_pkg.checkpoints.pending import finish, write_manifest
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "old.bin").write_text("")
        >>> (folder / PENDING).mkdir()
        >>> write_manifest(folder / PENDING, ["old.bin"])
        >>> finish(folder)
        >>> list(folder.iterdir())
        []
    """
    path = staging / _MANIFEST
    path.write_text(json.dumps(list(obsolete)), encoding="utf-8")
    flush(path)
    flush(staging)


def finish(folder: Path) -> None:
    """Move the files that a save left pending in ``folder`` to their places.

    The order is that which serves other programs best: shards, then the rest, then the index, then whole weights.

    Example:
        >>> finish(folder)
    """
    pending = folder / PENDING
    if not pending.is_dir():
        return
    names = [path.name for path in pending.iterdir() if path.name != _MANIFEST]
    for name in sorted(names, key=_turn):
        (pending / name).replace(folder / name)
    for name in _obsolete(pending):
        (folder / name).unlink(missing_ok=True)
    flush(folder)
    (pending / _MANIFEST).unlink(missing_ok=True)
    pending.rmdir()


def read_unchanged(folder: str | os.PathLike[str], read: Callable[[], T]) -> T:
    """Return what ``read`` returns, called again when a save took place in ``folder`` meanwhile.

    Several files of one checkpoint are read one after the other; this keeps them from coming from two saves. What
    ``read`` opened stays readable afterwards, whatever happens to the folder.

    Args:
        folder: may be missing, or no folder: then ``read`` is called once.
        read: opens files of ``folder``.

    Example:
        >>> from albert_docs_pkg.checkpoints.pending import read_unchanged
        >>> read_unchanged(folder, lambda: "content")
        'content'
    """
    end = time.monotonic() + _PATIENCE
    while True:
        before = _state(folder)
        late = time.monotonic() > end
        try:
            result = read()
        except Exception:
            if late or _state(folder) == before:
                raise
        else:
            # A folder that something else keeps writing to does not hold up the reader for ever.
            if late or _state(folder) == before:
                return result
        time.sleep(0.001)


def _turn(name: str) -> tuple[int, str]:
    if name.endswith(".index.json"):
        return 2, name
    if "-of-" in name:
        return 0, name
    return (3 if name.startswith(("model.", "pytorch_model.", "tf_model.", "flax_model.")) else 1), name


def _obsolete(pending: Path) -> list[str]:
    try:
        names = json.loads((pending / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [name for name in names if isinstance(name, str) and Path(name).name == name]


def _state(folder: str | os.PathLike[str]) -> tuple[int, ...] | None:
    # A save gives the folder another inode or new entries.
    with suppress(OSError):
        facts = Path(folder).stat()
        return facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_ctime_ns
    return None
