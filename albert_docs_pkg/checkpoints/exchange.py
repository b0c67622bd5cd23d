"""Swap two folders in one step, and lock one, where the system can."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_HERE = -100  # AT_FDCWD: relative paths start from the working directory
_PATIENCE = 60.0  # seconds
_SWAP = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


def exchange(first: Path, second: Path) -> bool:
    """Let two folders of one file system trade names, with no moment in which either name is gone.

    Args:
        first: a folder.
        second: another folder.

    Returns:
        Whether that was done. Nothing has changed where the system or the file system cannot do it, or where a folder
        is a mount point.

    Raises:
        FileNotFoundError: one of them does not exist.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from albert_docs_pkg.checkpoints.exchange import exchange
        >>> old, new = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
        >>> _ = (new / "file").write_text("new")
        >>> exchange(old, new) == (old / "file").exists()
        True
    """
    import ctypes

    names = os.fsencode(first), os.fsencode(second)
    library = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    if sys.platform == "darwin":
        swap = getattr(library, "renamex_np", None)
        arguments = (*names, ctypes.c_uint(_SWAP))
    else:
        swap = getattr(library, "renameat2", None)
        arguments = (_HERE, names[0], _HERE, names[1], ctypes.c_uint(_SWAP))
    if swap is None:
        return False
    if swap(*arguments) == 0:
        return True
    number = ctypes.get_errno()
    if number == errno.ENOENT:
        raise FileNotFoundError(number, os.strerror(number), str(first), None, str(second))
    return False


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Keep other processes that lock ``folder`` waiting until the block ends; the lock ends with the process.

    Yields:
        Whether there is a lock: some systems and network file systems have none, and after a minute of waiting for
        who holds it the block runs without.

    Example:
        >>> from albert_docs_pkg.checkpoints.exchange import locked
        >>> with locked(old):
        ...     (old / "file").unlink(missing_ok=True)
    """
    with _opened(folder) as number:
        end = time.monotonic() + _PATIENCE
        while (held := _flock(number)) is False and time.monotonic() < end:
            time.sleep(0.005)
        yield bool(held)


@contextmanager
def marked_in_use(folder: Path) -> Iterator[None]:
    """Let :func:`is_in_use` say so of ``folder`` until the block, or the process, ends.

    Example:
        >>> from albert_docs_pkg.checkpoints.exchange import is_in_use, marked_in_use
        >>> with marked_in_use(old):
        ...     is_in_use(old)
        True
    """
    with locked(folder):
        yield


def is_in_use(folder: Path) -> bool:
    """Tell whether a running process has marked ``folder``; ``True`` also where that cannot be found out.

    Example:
        >>> is_in_use(new)
        False
    """
    with _opened(folder) as number:
        return not _flock(number)


def flush(path: Path) -> None:
    """Wait until a file, or the list of names that a folder is, has reached the disk.

    Example:
        >>> from albert_docs_pkg.checkpoints.exchange import flush
        >>> flush(new)
    """
    with _opened(path) as number, suppress(OSError):  # some file systems cannot flush folders
        if number is not None:
            os.fsync(number)


@contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:  # not readable, or a folder on Windows
        yield None
        return
    try:
        yield number
    finally:
        os.close(number)


def _flock(number: int | None) -> bool | None:
    """Return whether an opened folder is locked now, ``None`` where that cannot be done."""
    if number is None or fcntl is None:
        return None
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
