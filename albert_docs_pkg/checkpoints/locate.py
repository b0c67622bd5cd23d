"""Find the files of a checkpoint: a bundled name, a local folder, or a repository on the Hugging Face hub."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from albert_docs_pkg.checkpoints.pending import current_file, read_unchanged

if TYPE_CHECKING:
    from albert_docs_pkg.checkpoints.hub import HubRepository

BUNDLED = "albert-wordnet-nano"
"""Name of the checkpoint that comes with the package."""

LOCATION_ARGUMENTS = ("revision", "token", "cache_dir", "local_files_only", "force_download", "subfolder")
"""Keyword arguments of ``from_pretrained`` that say where files are rather than what the model is."""

T = TypeVar("T")

_ASSETS = Path(__file__).parent.parent / "assets"


def find_files(
    name_or_path: str | os.PathLike[str],
    filenames: Sequence[str],
    *,
    revision: str = "main",
    token: str | bool | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    local_files_only: bool = False,
    force_download: bool = False,
    subfolder: str = "",
) -> dict[str, Path]:
    """Return the local paths of those of ``filenames`` that the checkpoint has.

    Files of a hub repository all come from one commit: that of the revision when the call began. When the hub cannot
    be reached, it is the commit that the cache knows the revision by, and a warning in the log says so.

    Args:
        name_or_path: ``"albert-wordnet-nano"`` (bundled), a folder, or a hub id such as ``"albert/albert-base-v2"``.
            A folder of that name wins over the hub.
        filenames: names to look for, each a plain file name.
        revision: branch, tag or commit on the hub.
        token: hub token; ``None`` takes the one stored on this machine, ``False`` sends none.
        cache_dir: where the hub's files are kept; the library's own place when ``None``.
        local_files_only: look at the cache alone and never at the network, as when ``HF_HUB_OFFLINE=1`` is set.
        force_download: fetch again what is cached.
        subfolder: folder inside the checkpoint.

    Returns:
        ``{filename: path}`` for the files found, in the order asked; an absent file has no entry.

    Raises:
        FileNotFoundError: neither a bundled name, nor a folder, nor a possible hub id.
        OSError: the hub refused, has no such repository or revision, or could not be reached and nothing is cached;
            the message says what was tried and what the cache has.
        ValueError: a file name or subfolder that leads out of the checkpoint, or arguments that exclude each other.

    Example:
        >>> sorted(find_files("albert-wordnet-nano", ["config.json", "absent.txt"]))
        ['config.json']
    """
    for filename in filenames:
        if Path(filename).name != filename:
            raise ValueError(f"filenames must be plain file names, got {filename!r}")
    _check_subfolder(subfolder)
    folder = local_folder(name_or_path)
    if folder is not None:
        paths = {filename: current_file(folder / subfolder, filename) for filename in filenames}
        return {filename: path for filename, path in paths.items() if path is not None}
    repository = _repository(
        name_or_path,
        revision=revision,
        token=token,
        cache_dir=cache_dir,
        local_files_only=local_files_only,
        force_download=force_download,
    )
    return repository.fetch(filenames, repository.resolve(subfolder or None), subfolder or None)


def local_folder(name_or_path: str | os.PathLike[str]) -> Path | None:
    """Return the folder of a bundled checkpoint or of a path, ``None`` for what may be a hub id.

    Example:
        >>> from albert_docs_pkg.checkpoints.locate import local_folder
        >>> local_folder("albert/albert-base-v2") is None
        True
    """
    folder = _ASSETS / BUNDLED if os.fspath(name_or_path) == BUNDLED else Path(name_or_path)
    return folder if os.fspath(name_or_path) and folder.is_dir() else None


def read_checkpoint(
    name_or_path: str | os.PathLike[str], location: Mapping[str, Any], read: Callable[[dict[str, Any]], T]
) -> T:
    """Return what ``read`` returns, which finds several files: all of them from one save or from one commit.

    Args:
        name_or_path: as for :func:`find_files`.
        location: keyword arguments of :func:`find_files`.
        read: is called with keyword arguments for its calls of :func:`find_files`; again, when the folder was saved to
            meanwhile. Of a hub repository they name a commit, and the hub is asked only for files that the cache lacks.

    Raises:
        FileNotFoundError: neither a bundled name, nor a folder, nor a possible hub id; or ``read`` raised it, and when
            the hub was not asked, this is said with what the cache has.
        OSError: as for :func:`find_files`.

    Example:
        >>> from albert_docs_pkg.checkpoints.locate import read_checkpoint
        >>> read_checkpoint("albert-wordnet-nano", {"revision": "main"}, lambda location: location)
        {'revision': 'main'}
    """
    subfolder = location.get("subfolder", "")
    _check_subfolder(subfolder)
    folder = local_folder(name_or_path)
    if folder is not None:
        return read_unchanged(folder / subfolder, lambda: read(dict(location)))
    repository = _repository(name_or_path, **{key: value for key, value in location.items() if key != "subfolder"})
    commit = repository.resolve(subfolder or None)
    pin = {"revision": commit.sha} | ({"local_files_only": True} if commit.outage else {})
    try:
        return read(dict(location) | pin)
    except FileNotFoundError as error:
        cached = repository.cached()
        if not commit.outage or cached in str(error):
            raise
        raise FileNotFoundError(f"{error}; {commit.outage}. {cached}") from error


def _check_subfolder(subfolder: str) -> None:
    if Path(subfolder).is_absolute() or ".." in Path(subfolder).parts:
        raise ValueError(f"subfolder must be inside the checkpoint, got {subfolder!r}")


def _repository(name_or_path: str | os.PathLike[str], **options: Any) -> HubRepository:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    from albert_docs_pkg.checkpoints.hub import HubRepository

    name = os.fspath(name_or_path)
    try:
        validate_repo_id(name)
    except HFValidationError:
        raise FileNotFoundError(
            f"{name!r} is neither the bundled {BUNDLED!r}, nor a folder, nor the id of a hub repository"
        ) from None
    return HubRepository(name, **options)
