"""Write the files of a folder so that whoever looks, and whatever crashes, finds all old ones or all new ones."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from fnmatch import fnmatch
from pathlib import Path

from albert_docs_pkg.checkpoints.exchange import exchange, flush, is_in_use, locked, marked_in_use
from albert_docs_pkg.checkpoints.pending import PENDING, finish, write_manifest

_STAGING = ".saving-"


@contextmanager
def staged_folder(folder: str | os.PathLike[str], replaces: Sequence[str] = ()) -> Iterator[Path]:
    """Yield an empty folder; when the block ends well, its files take their places in ``folder``, all at once.

    A folder that does not exist yet appears in one rename. For an existing one the new files are completed with links
    to the files that stay, and the two folders trade names in one step: every program sees the old files or the
    new ones, also after a crash.

    That is not possible where ``folder`` is a mount point or the working directory, holds subfolders, lies in a
    folder that cannot be written to, or is on a file system that cannot swap or link (and nowhere on Windows). There
    the files are moved one by one after a single step which decides that the new ones count:
    :func:`albert_docs_pkg.checkpoints.find_files`, and so every ``from_pretrained``, sees all old files before it and
    all new ones after it, and the next save completes what a crash left. Other programs may see a mixture until then.

    When the block raises, the staged files are removed and ``folder`` is as it was. What processes that were killed
    left is removed as well.

    Args:
        folder: the folder to write, created with its parents when missing. A symbolic link is followed.
        replaces: patterns of file names that belong to what is being saved; files of ``folder`` that match one and
            were not written again are removed at the end, so that the shards of an older checkpoint do not stay
            beside the weights of a newer one. All other files stay.

    Yields:
        The path of the staging folder, on the same file system as ``folder``.

    Raises:
        NotADirectoryError: ``folder`` exists and is a file.
        PermissionError: ``folder`` cannot be written to.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as scratch:
        ...     with staged_folder(f"{scratch}/model") as staging:
        ...         _ = (staging / "config.json").write_text("{}")
        ...     print(Path(scratch, "model", "config.json").read_text())
        {}
    """
    target = Path(os.path.realpath(folder))
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"cannot save to {os.fspath(folder)!r}: it is a file, a folder is needed")
    target.parent.mkdir(parents=True, exist_ok=True)
    # In a folder that is being staged itself nobody else works, and its mark is a lock.
    lock = nullcontext if _STAGING in target.parent.name else locked
    with lock(target.parent):
        staging = _new_staging(target)
    with marked_in_use(staging):
        try:
            yield staging
            mode = _usual_mode(staging)
            for path in staging.iterdir():
                if path.is_file():
                    path.chmod(mode)  # some writers make private files
                flush(path)
            flush(staging)
            with lock(target.parent):
                _commit(staging, target, replaces)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _new_staging(target: Path) -> Path:
    """Make a folder for the new files beside the target, or in it where nothing can be made or moved beside it."""
    exists = target.exists()
    if exists and not os.access(target, os.W_OK | os.X_OK):
        raise PermissionError(f"cannot save to {str(target)!r}: the folder cannot be written to")
    inside = exists and (target.is_mount() or not os.access(target.parent, os.W_OK | os.X_OK))
    room, prefix = (target, _STAGING) if inside else (target.parent, f".{target.name}{_STAGING}")
    for leftover in room.glob(f"{prefix.replace('[', '[[]')}*"):
        if leftover.is_dir() and not is_in_use(leftover):
            shutil.rmtree(leftover, ignore_errors=True)
    staging = room / f"{prefix}{secrets.token_hex(4)}"
    try:
        staging.mkdir()
    except PermissionError as error:
        raise PermissionError(f"cannot save to {str(target)!r}: {str(room)!r} cannot be written to") from error
    return staging


def _usual_mode(folder: Path) -> int:
    """Return the permissions that a new file gets here; asking for the umask would change it for other threads."""
    probe = folder / ".mode"
    probe.touch()
    mode = stat.S_IMODE(probe.stat().st_mode)
    probe.unlink()
    return mode


def _commit(staging: Path, target: Path, replaces: Sequence[str]) -> None:
    if not target.exists():
        staging.rename(target)
        flush(target.parent)
        return
    finish(target)
    written = {path.name for path in staging.iterdir()}
    present = {entry.name: entry for entry in os.scandir(target) if not entry.name.startswith(_STAGING)}
    obsolete = [name for name in present if name not in written and any(fnmatch(name, each) for each in replaces)]
    kept = [entry for name, entry in present.items() if name not in written and name not in obsolete]
    if _may_move(target, kept) and _complete(staging, target, kept):
        before = {name: entry.inode() for name, entry in present.items()}
        if exchange(staging, target):
            flush(target.parent)
            _take_down(staging, target, before, written)
            return
        for entry in kept:
            (staging / entry.name).unlink()
    write_manifest(staging, obsolete)
    _move(staging, target / PENDING)
    flush(target)
    finish(target)


def _may_move(target: Path, kept: Sequence[os.DirEntry[str]]) -> bool:
    """Tell whether another folder may take the place of this one and of the links that files have to it."""
    if any(entry.is_dir(follow_symlinks=False) for entry in kept):
        return False
    try:
        working = Path.cwd()
    except OSError:
        return True
    return not working.is_relative_to(target)


def _complete(staging: Path, target: Path, kept: Sequence[os.DirEntry[str]]) -> bool:
    """Make ``staging`` what the target is to become; on failure it is as before."""
    linked: list[Path] = []
    try:
        facts = target.stat()
        if (facts.st_uid, facts.st_gid) != (staging.stat().st_uid, staging.stat().st_gid):
            os.chown(staging, facts.st_uid, facts.st_gid)
        shutil.copystat(target, staging)
        for entry in kept:
            os.link(entry.path, staging / entry.name, follow_symlinks=False)
            linked.append(staging / entry.name)
    except (OSError, NotImplementedError, AttributeError):
        for path in linked:
            path.unlink()
        return False
    flush(staging)
    return True


def _take_down(old: Path, target: Path, before: dict[str, int], written: set[str]) -> None:
    """Remove the old folder; what somebody put into it while the two were being exchanged moves to the new one."""
    for entry in list(os.scandir(old)):
        if before.get(entry.name) != entry.inode() and entry.name not in written:
            Path(entry.path).replace(target / entry.name)
    shutil.rmtree(old, ignore_errors=True)


def _move(staging: Path, place: Path) -> None:
    try:
        staging.rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # A mount that looks like an ordinary folder: copy into it first, so that the last step is a rename again.
        copy = place.parent / f"{_STAGING}{secrets.token_hex(4)}"
        try:
            shutil.copytree(staging, copy)
            for path in copy.iterdir():
                flush(path)
            copy.rename(place)
        finally:
            shutil.rmtree(copy, ignore_errors=True)
