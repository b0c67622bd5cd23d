"""Find the files of a checkpoint: a bundled name, a local folder, or a repository on the Hugging Face hub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BUNDLED = "albert-wordnet-nano"
"""Name of the checkpoint that comes with the package."""

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

    Args:
        name_or_path: ``"albert-wordnet-nano"`` (bundled), a folder, or a hub id such as ``"albert/albert-base-v2"``.
            A folder of that name wins over the hub.
        filenames: names to look for, each a plain file name.
        revision: branch, tag or commit on the hub.
        token: hub token; ``None`` takes the one stored on this machine, ``False`` sends none.
        cache_dir: where the hub's files are kept; the library's own place when ``None``.
        local_files_only: look at the cache alone and never at the network.
        force_download: fetch again what is cached.
        subfolder: folder inside the checkpoint.

    Returns:
        ``{filename: path}`` for the files found, in the order asked; an absent file has no entry.

    Raises:
        FileNotFoundError: neither a bundled name, nor a folder, nor a possible hub id.
        OSError: the hub refused, has no such repository or revision, or could not be reached and nothing is cached.

    Example:
        >>> sorted(find_files("albert-wordnet-nano", ["config.json", "absent.txt"]))
        ['config.json']
    """
    for filename in filenames:
        if Path(filename).name != filename:
            raise ValueError(f"filenames must be plain file names, got {filename!r}")
    if Path(subfolder).is_absolute() or ".." in Path(subfolder).parts:
        raise ValueError(f"subfolder must be inside the checkpoint, got {subfolder!r}")
    folder = _ASSETS / BUNDLED if os.fspath(name_or_path) == BUNDLED else Path(name_or_path)
    if os.fspath(name_or_path) and folder.is_dir():
        paths = {filename: folder / subfolder / filename for filename in filenames}
        return {filename: path for filename, path in paths.items() if path.is_file()}
    return _from_hub(
        os.fspath(name_or_path),
        filenames,
        revision=revision,
        token=token,
        cache_dir=cache_dir,
        local_files_only=local_files_only,
        force_download=force_download,
        subfolder=subfolder or None,
    )


def _from_hub(repository: str, filenames: Sequence[str], **options: Any) -> dict[str, Path]:
    """Fetch files of a hub repository through its cache; what went wrong is said with what was tried."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    where = f"{repository!r} at revision {options['revision']!r}"
    found = {}
    offline: Exception | None = None
    for filename in filenames:
        try:
            found[filename] = Path(hf_hub_download(repository, filename, **options))
        except HFValidationError:
            raise FileNotFoundError(
                f"{repository!r} is neither the bundled {BUNDLED!r}, nor a folder, nor the id of a hub repository"
            ) from None
        except LocalEntryNotFoundError as error:
            offline = error
        except EntryNotFoundError:
            continue
        except GatedRepoError as error:
            raise OSError(f"the hub does not give {where} to this token: its owner grants access. {error}") from error
        except RevisionNotFoundError as error:
            raise OSError(f"the hub has no revision {options['revision']!r} of {repository!r}") from error
        except RepositoryNotFoundError as error:
            raise OSError(
                f"the hub has no repository {repository!r}, or it is private and no valid token was given; "
                f"there is no folder of that name either"
            ) from error
        except Exception as error:  # the client lets the errors of its HTTP library through
            raise OSError(f"{filename} of {where} could not be fetched from the hub: {error}") from error
    if offline is not None and not found:
        asked = "only the cache was asked" if options["local_files_only"] else "the hub could not be reached"
        raise OSError(f"{where}: {asked}, and the cache has none of {', '.join(filenames)}") from offline
    return found
