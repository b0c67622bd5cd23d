"""Write the files of a folder so that a crash leaves the old ones whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staged_folder(folder: str | os.PathLike[str], replaces: Sequence[str] = ()) -> Iterator[Path]:
    """Yield an empty folder beside ``folder``; when the block ends well, its files take their places in ``folder``.

    A folder that does not exist yet appears in one rename. In an existing folder each file replaces the one of its
    name in one rename, and the files of the folder that were not written again stay. When the block raises, the
    staged files are removed and ``folder`` is as it was.

    Args:
        folder: the folder to write, created with its parents when missing.
        replaces: patterns of file names that belong to what is being saved; files of ``folder`` that match one and
            were not written again are removed at the end, so that the shards of an older checkpoint do not stay
            beside the weights of a newer one.

    Yields:
        The path of the staging folder, on the same file system as ``folder``.

    Raises:
        NotADirectoryError: ``folder`` exists and is a file.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as scratch:
        ...     with staged_folder(f"{scratch}/model") as staging:
        ...         _ = (staging / "config.json").write_text("{}")
        ...     print(Path(scratch, "model", "config.json").read_text())
        {}
    """
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"cannot save to {str(target)!r}: it is a file, a folder is needed")
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield staging
        for path in staging.iterdir():
            path.chmod(0o666 & ~_umask())  # some writers make private files
            _flush(path)
        if target.exists():
            written = set()
            for path in sorted(staging.iterdir()):
                path.replace(target / path.name)
                written.add(path.name)
            for pattern in replaces:
                for path in target.glob(pattern):
                    if path.name not in written:
                        path.unlink()
        else:
            staging.chmod(0o777 & ~_umask())
            staging.replace(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
