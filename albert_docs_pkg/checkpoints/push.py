"""Put a model, a config or a tokenizer on the Hugging Face hub, in one commit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

PUSH_ARGUMENTS = ("repo_id", "commit_message", "private", "token", "revision", "create_pr")
"""Keyword arguments of ``save_pretrained(..., push_to_hub=True)`` beside its own."""


class PushToHub:
    """Base of what has ``save_pretrained``: pushes what that writes.

    Example:
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.checkpoints.push import PushToHub
        >>> issubclass(AlbertConfig, PushToHub)
        True
    """

    _obsolete_on_hub: ClassVar[tuple[str, ...]] = ()
    """Patterns of files that the repository must not keep beside those pushed."""

    def push_to_hub(
        self,
        repo_id: str,
        *,
        commit_message: str | None = None,
        private: bool | None = None,
        token: str | bool | None = None,
        revision: str | None = None,
        create_pr: bool = False,
        **save_options: Any,
    ) -> Any:
        """Upload what ``save_pretrained`` writes to a repository on the Hugging Face hub, in one commit.

        The files are written to a temporary folder first. No folder of yours is read or changed, and the repository
        shows all of the new files or none.

        Args:
            repo_id: ``"owner/name"``, or a name under the owner of the token. The repository is made when there is
                none.
            commit_message: what the history of the repository says.
            private: make a new repository private; the owner's default when absent.
            token: a hub token that may write; ``None`` takes the one stored on this machine.
            revision: branch to commit to, made when there is none; ``main`` when absent.
            create_pr: open a pull request and leave the branch as it is.
            **save_options: as for ``save_pretrained``.

        Returns:
            The commit, a ``huggingface_hub.CommitInfo``: a string with its address, whose ``oid`` is its number and
            whose ``pr_url`` is the pull request's address.

        Raises:
            OSError: the hub could not be reached, or refused.
            ValueError: ``repo_id`` cannot be one.

        Example:
            >>> from albert_docs_pkg import AlbertConfig
            >>> AlbertConfig().push_to_hub("two words")
            Traceback (most recent call last):
            ...
            ValueError: repo_id must be 'owner/name' or 'name' of letters, digits, '-', '_' and '.', got 'two words'
        """
        check_repo_id(repo_id)
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder, **save_options)  # type: ignore[attr-defined]
            return upload_folder(
                folder,
                repo_id,
                commit_message=commit_message or f"Upload {type(self).__name__}",
                private=private,
                token=token,
                revision=revision,
                create_pr=create_pr,
                obsolete=self._obsolete_on_hub,
            )

    def _push_if(self, wanted: bool, folder: str | os.PathLike[str], options: dict[str, Any], **own: Any) -> None:
        """Do what ``save_pretrained(folder, push_to_hub=True)`` asks for."""
        if wanted:
            options = {"repo_id": Path(os.path.realpath(folder)).name, **options}
            self.push_to_hub(options.pop("repo_id"), **options, **own)


def check_push_options(wanted: bool, options: dict[str, Any]) -> None:
    """Refuse, before anything is written, keywords that ``save_pretrained`` does not have.

    Raises:
        TypeError: a keyword is unknown, or belongs to ``push_to_hub=True``, which is off.

    Example:
        >>> from albert_docs_pkg.checkpoints.push import check_push_options
        >>> check_push_options(False, {"private": True})
        Traceback (most recent call last):
        ...
        TypeError: save_pretrained got 'private', which needs push_to_hub=True
    """
    for name in options:
        if name not in PUSH_ARGUMENTS:
            raise TypeError(f"save_pretrained got an unknown keyword {name!r}")
        if not wanted:
            raise TypeError(f"save_pretrained got {name!r}, which needs push_to_hub=True")


def check_repo_id(repo_id: str) -> None:
    """Refuse what cannot be the name of a repository.

    Raises:
        ValueError: it has other characters than names have, or more than one slash.

    Example:
        >>> from albert_docs_pkg.checkpoints.push import check_repo_id
        >>> check_repo_id("albert/albert-base-v2")
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo_id)
    except HFValidationError:
        raise ValueError(
            f"repo_id must be 'owner/name' or 'name' of letters, digits, '-', '_' and '.', got {repo_id!r}"
        ) from None


def upload_folder(
    folder: str | os.PathLike[str],
    repo_id: str,
    *,
    commit_message: str,
    private: bool | None = None,
    token: str | bool | None = None,
    revision: str | None = None,
    create_pr: bool = False,
    obsolete: Sequence[str] = (),
) -> Any:
    """Commit the files of a folder to a repository, which is made when there is none.

    Args:
        folder: its files are uploaded.
        repo_id: as for ``PushToHub.push_to_hub``, and so are the others.
        commit_message: what the history of the repository says.
        private: make a new repository private.
        token: a hub token that may write.
        revision: branch to commit to.
        create_pr: open a pull request.
        obsolete: patterns of files that the commit removes, unless it writes them.

    Raises:
        OSError: the hub could not be reached, or refused.

    Example:
        >>> from albert_docs_pkg.checkpoints.push import upload_folder
        >>> upload_folder("folder", "two words", commit_message="none")
        Traceback (most recent call last):
        ...
        ValueError: repo_id must be 'owner/name' or 'name' of letters, digits, '-', '_' and '.', got 'two words'
    """
    check_repo_id(repo_id)
    from huggingface_hub import HfApi, constants

    hub = HfApi(endpoint=constants.ENDPOINT, token=token)
    try:
        name = hub.create_repo(repo_id, private=private, exist_ok=True).repo_id
        if revision is not None and not create_pr:
            hub.create_branch(name, branch=revision, exist_ok=True)
        return hub.upload_folder(
            repo_id=name,
            folder_path=Path(folder),
            commit_message=commit_message,
            revision=revision,
            create_pr=create_pr,
            delete_patterns=list(obsolete) or None,
        )
    except Exception as error:  # the client lets the errors of its HTTP library through
        told = [f"{type(each).__name__}: {' '.join(str(each).split())}" for each in (error, error.__cause__) if each]
        raise OSError(f"could not push to {repo_id!r} at {constants.ENDPOINT}: {'; '.join(told)}") from error
