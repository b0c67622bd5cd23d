"""Files of a Hugging Face hub repository through the hub library's cache: of one commit, and with errors that help."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

_COMMIT = re.compile(r"[0-9a-f]{40}")
_PAUSES = (0.5, 1.5)  # seconds between attempts to reach a hub that has failed and that nothing is cached of
_PROBE = "config.json"


@dataclass(frozen=True)
class Commit:
    """What all files of one load come from.

    Args:
        sha: the commit, forty hexadecimal digits.
        outage: why the hub could not be asked; empty when it could be. Then only the cache is looked at.

    Example:
        >>> from albert_docs_pkg.checkpoints.hub import Commit
        >>> Commit("0" * 40).outage
        ''
    """

    sha: str
    outage: str = ""


class HubRepository:
    """A repository on the hub and its place in the cache.

    Args:
        name: such as ``"albert/albert-base-v2"``.
        revision: branch, tag or commit.
        token: hub token; ``None`` takes the one stored on this machine, ``False`` sends none.
        cache_dir: where the hub's files are kept; the library's own place when ``None``.
        local_files_only: never look at the network.
        force_download: fetch again what is cached.

    Raises:
        ValueError: ``force_download`` together with ``local_files_only``.

    Example:
        >>> from albert_docs_pkg.checkpoints.hub import HubRepository
        >>> HubRepository("albert/albert-base-v2", revision="v1").where
        "'albert/albert-base-v2' at revision 'v1'"
    """

    def __init__(
        self,
        name: str,
        *,
        revision: str = "main",
        token: str | bool | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
    ) -> None:
        from huggingface_hub import constants
        from huggingface_hub.file_download import repo_folder_name

        if force_download and local_files_only:
            raise ValueError("force_download and local_files_only exclude each other")
        self.name = name
        self.revision = revision
        self.where = f"{name!r} at revision {revision!r}"
        self._token = token
        self._cache_dir = Path(cache_dir or constants.HF_HUB_CACHE).expanduser()
        self._cache = self._cache_dir / repo_folder_name(repo_id=name, repo_type="model")
        self._local = local_files_only
        self._force = force_download

    def resolve(self, subfolder: str | None = None) -> Commit:
        """Return the commit that the revision is now, or was when the cache last heard of it if the hub is away.

        Raises:
            OSError: the hub refused, or has no such repository or revision, or is away and the cache knows no commit.
        """
        reason = "local_files_only is set" if self._local else ""
        if _COMMIT.fullmatch(self.revision):
            return Commit(self.revision, reason)
        known = self._known_commit()
        if not reason:
            try:
                return Commit(self._asked(known, subfolder))
            except _Outage as outage:
                reason = str(outage)
        if known is None or self._force:
            raise OSError(f"{self.where} could not be looked up: {reason}. {self.cached()}")
        if not self._local:
            logger.warning("%s: %s; taking commit %s from the cache", self.where, reason, known)
        return Commit(known, reason)

    def fetch(self, filenames: Sequence[str], commit: Commit, subfolder: str | None = None) -> dict[str, Path]:
        """Return the paths of those files that the commit has, fetched where the cache lacks them.

        Raises:
            OSError: a file could not be fetched; or only the cache could be asked and it lacks the commit.
        """
        from huggingface_hub import try_to_load_from_cache

        found: dict[str, Path] = {}
        for filename in filenames:
            inside = f"{subfolder}/{filename}" if subfolder else filename
            # The cache also remembers which files a commit does not have.
            cached = None if self._force else try_to_load_from_cache(self.name, inside, self._cache_dir, commit.sha)
            if isinstance(cached, str):
                found[filename] = Path(cached)
            elif cached is None and not commit.outage and (path := self._download(inside, commit.sha)) is not None:
                found[filename] = path
        if commit.outage and not (self._cache / "snapshots" / commit.sha).is_dir():
            raise OSError(f"{self.where}: {commit.outage}, and the cache lacks commit {commit.sha}. {self.cached()}")
        return found

    def cached(self) -> str:
        """Return a sentence about what the cache has of the repository.

        Example:
            >>> import tempfile
            >>> HubRepository("team/absent", cache_dir=tempfile.gettempdir()).cached().endswith("has nothing of it.")
            True
        """
        snapshots = self._cache / "snapshots"
        commits = sorted(path.name for path in snapshots.iterdir()) if snapshots.is_dir() else []
        if not commits:
            return f"The cache at {str(self._cache_dir)!r} has nothing of it."
        branches: dict[str, list[str]] = {}
        for path in sorted((self._cache / "refs").rglob("*")):
            if path.is_file():
                branches.setdefault(path.read_text().strip(), []).append(
                    path.relative_to(self._cache / "refs").as_posix()
                )
        parts = []
        for commit in commits:
            files = sorted(
                path.relative_to(snapshots / commit).as_posix()
                for path in (snapshots / commit).rglob("*")
                if path.is_file()
            )
            names = f" ({', '.join(branches[commit])})" if commit in branches else ""
            parts.append(f"{commit}{names} with {', '.join(files) or 'no files'}")
        return f"The cache at {str(self._cache_dir)!r} has of it: {'; '.join(parts)}."

    def _asked(self, known: str | None, subfolder: str | None) -> str:
        """Ask the hub for the commit of the revision, and let the cache remember the answer."""
        from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
        from huggingface_hub.errors import EntryNotFoundError

        def ask() -> str | None:
            try:
                url = hf_hub_url(self.name, _PROBE, subfolder=subfolder, revision=self.revision)
                return get_hf_file_metadata(url, token=self._token).commit_hash
            except EntryNotFoundError as error:
                return error.response.headers.get("X-Repo-Commit")  # type: ignore[attr-defined]

        commit = self._attempt(ask, f"{_PROBE} of {self.where}", patient=known is None)
        if commit is None:
            raise _Outage(f"the server at {_endpoint()} does not answer like a hub")
        if commit != known:
            # The first fetch by the name of a branch is what makes the cache remember its commit.
            def remember() -> str:
                try:
                    path = hf_hub_download(
                        self.name, _PROBE, subfolder=subfolder, revision=self.revision, **self._options()
                    )
                except EntryNotFoundError:
                    return commit
                return Path(path).relative_to(self._cache.resolve() / "snapshots").parts[0]

            commit = self._attempt(remember, f"{_PROBE} of {self.where}")
        return commit

    def _download(self, inside: str, commit: str) -> Path | None:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

        def download() -> Path | None:
            try:
                return Path(
                    hf_hub_download(self.name, inside, revision=commit, force_download=self._force, **self._options())
                )
            except LocalEntryNotFoundError as error:
                raise _Outage(_told(error.__cause__ or error)) from error
            except EntryNotFoundError:
                return None

        what = f"{inside} of {self.where}"
        try:
            return self._attempt(download, what)
        except _Outage as outage:
            raise OSError(f"{what} could not be fetched: {outage}. {self.cached()}") from outage

    def _options(self) -> dict[str, Any]:
        return {"token": self._token, "cache_dir": self._cache_dir}

    def _known_commit(self) -> str | None:
        path = self._cache / "refs" / self.revision
        known = path.read_text().strip() if path.is_file() else ""
        return known if _COMMIT.fullmatch(known) else None

    def _attempt(self, action: Callable[[], Any], what: str, patient: bool = False) -> Any:
        """Run ``action``; what the hub refuses is an OSError that says why, and an outage is told apart from that."""
        from huggingface_hub.errors import OfflineModeIsEnabled

        for pause in (*(_PAUSES if patient else ()), None):
            try:
                return action()
            except _Outage:
                raise
            except OfflineModeIsEnabled:
                raise _Outage("HF_HUB_OFFLINE is set") from None
            except Exception as error:  # the client lets the errors of its HTTP library through
                refusal = self._refusal(error)
                if refusal is not None:
                    raise refusal from error
                if pause is None:
                    raise _Outage(f"{what} was asked for at {_endpoint()}: {_told(error)}") from error
                time.sleep(pause)
        raise AssertionError("unreachable")

    def _refusal(self, error: Exception) -> Exception | None:
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            HFValidationError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )

        if isinstance(error, HFValidationError):
            return error
        at = f"the hub at {_endpoint()}"
        if isinstance(error, GatedRepoError):
            return OSError(f"{at} does not give {self.where} to this token: its owner grants access. {self.cached()}")
        if isinstance(error, RevisionNotFoundError):
            return OSError(f"{at} has no revision {self.revision!r} of {self.name!r}. {self.cached()}")
        if isinstance(error, RepositoryNotFoundError):
            return OSError(
                f"{at} has no repository {self.name!r}, or it is private and no valid token was given; "
                f"there is no folder of that name either. {self.cached()}"
            )
        status = getattr(error.response, "status_code", 0) if isinstance(error, HfHubHTTPError) else 0
        if 400 <= status < 500 and status not in (408, 429):
            return OSError(f"{at} refused {self.where} (status {status}): {_told(error)}. {self.cached()}")
        return None


class _Outage(Exception):
    """The hub gave no answer; the message says what was tried."""


def _endpoint() -> str:
    from huggingface_hub import constants

    return constants.ENDPOINT


def _told(error: BaseException) -> str:
    """Return an error in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0].rstrip('.')}" if lines else type(error).__name__
