"""Load a tokenizer from a bundled name, a folder or the hub, and write it to a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from albert_docs_pkg.checkpoints import find_files, staged_folder
from albert_docs_pkg.checkpoints.google_config import VOCABULARY_FILE, find_google_file
from albert_docs_pkg.checkpoints.locate import LOCATION_ARGUMENTS, read_checkpoint
from albert_docs_pkg.checkpoints.push import PushToHub, check_push_options
from albert_docs_pkg.tokenizers.added_tokens import AddedToken
from albert_docs_pkg.tokenizers.requests import UNLIMITED
from albert_docs_pkg.tokenizers.vocabulary import SPECIAL_NAMES, Vocabulary

CONFIG = "tokenizer_config.json"
SPECIAL_MAP = "special_tokens_map.json"
ADDED = "added_tokens.json"


class Files(Vocabulary, PushToHub):
    """``from_pretrained``, ``save_pretrained`` and ``save_vocabulary``."""

    vocab_files_names: ClassVar[dict[str, str]]
    name_or_path: str

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **options: Any) -> Self:
        """Load a tokenizer.

        A folder of google-research/albert, or a TF-Hub module, has its vocabulary under the name ``30k-clean.model``.

        Args:
            pretrained_model_name_or_path: ``"albert-wordnet-nano"`` (bundled), a folder, or a hub id.
            **options: ``revision``, ``token``, ``cache_dir``, ``local_files_only``, ``force_download`` and
                ``subfolder`` say where to look; anything else overrides what ``tokenizer_config.json`` says.

        Raises:
            FileNotFoundError: there is neither ``spiece.model`` nor ``tokenizer.json``.
            ValueError: a file cannot be used; the message names it and the reason.

        Example:
            >>> from albert_docs_pkg import AlbertTokenizer
            >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano", model_max_length=64)
            >>> tokenizer.model_max_length
            64
        """
        options = {name: value for name, value in options.items() if name not in ("use_fast", "trust_remote_code")}
        where = {name: options.pop(name) for name in LOCATION_ARGUMENTS if name in options}

        def read(location: dict[str, Any]) -> Any:
            return cls._read(pretrained_model_name_or_path, location, options)

        return read_checkpoint(pretrained_model_name_or_path, where, read)

    @classmethod
    def _read(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], where: dict[str, Any], options: Mapping[str, Any]
    ) -> Self:
        names = ["spiece.model", "tokenizer.json", CONFIG, SPECIAL_MAP, ADDED]
        found = find_files(pretrained_model_name_or_path, names, **where)
        if "spiece.model" not in found and "tokenizer.json" not in found:
            google = find_google_file(pretrained_model_name_or_path, VOCABULARY_FILE, where)
            found |= {"spiece.model": google} if google is not None else {}
        if "spiece.model" not in found and "tokenizer.json" not in found:
            raise FileNotFoundError(
                f"{os.fspath(pretrained_model_name_or_path)!r} has neither 'spiece.model' nor 'tokenizer.json'; "
                "an ALBERT tokenizer needs one of them (a 'vocab.txt' belongs to another kind of tokenizer)"
            )
        merged: dict[str, Any] = {}
        if SPECIAL_MAP in found:
            merged |= _read_mapping(found[SPECIAL_MAP])
        if CONFIG in found:
            merged |= _read_mapping(found[CONFIG])
        for name in (*SPECIAL_NAMES, "vocab_file", "tokenizer_file", "name_or_path", "model_max_length"):
            if name in merged and merged[name] is None:
                del merged[name]
        if "added_tokens_decoder" in merged:
            merged["added_tokens_decoder"] = _tokens_by_id(merged["added_tokens_decoder"], found[CONFIG])
        elif ADDED in found:
            merged["added_tokens_decoder"] = _ids_by_token(found[ADDED])
        merged |= options
        merged["name_or_path"] = os.fspath(pretrained_model_name_or_path)
        merged["vocab_file"] = found.get("spiece.model")
        merged["tokenizer_file"] = found.get("tokenizer.json")
        try:
            return cls(**cls._complete(merged))
        except TypeError as error:
            raise ValueError(f"{os.fspath(found.get(CONFIG, 'options'))!r} cannot be used: {error}") from None

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        filename_prefix: str | None = None,
        *,
        push_to_hub: bool = False,
        **push_options: Any,
    ) -> tuple[str, ...]:
        """Write the files of the tokenizer to a folder, all of them or none.

        Args:
            save_directory: the folder, made when missing.
            filename_prefix: put before every name, with a hyphen.
            push_to_hub: call ``push_to_hub`` afterwards.
            **push_options: arguments of :meth:`albert_docs_pkg.checkpoints.push.PushToHub.push_to_hub`;
                ``repo_id`` is the name of the folder when absent.
                ``legacy_format`` is accepted and changes nothing.

        Returns:
            The paths of the files written.

        Raises:
            NotADirectoryError: ``save_directory`` is a file.
            TypeError: a keyword is unknown, or needs ``push_to_hub=True``.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     saved = tokenizer.save_pretrained(folder)
            ...     again = AlbertTokenizer.from_pretrained(folder)
            >>> again.get_vocab() == tokenizer.get_vocab()
            True
        """
        push_options.pop("legacy_format", None)
        check_push_options(push_to_hub, push_options)
        prefix = f"{filename_prefix}-" if filename_prefix else ""
        contents = {f"{prefix}{name}": content for name, content in self._contents().items()}
        with staged_folder(save_directory) as staging:
            for name, content in contents.items():
                (staging / name).write_bytes(content)
        self._push_if(push_to_hub, save_directory, push_options, filename_prefix=filename_prefix)
        return tuple(str(Path(save_directory) / name) for name in contents)

    def save_vocabulary(
        self, save_directory: str | os.PathLike[str], filename_prefix: str | None = None
    ) -> tuple[str, ...]:
        """Write ``spiece.model`` alone and return its path.

        Raises:
            NotADirectoryError: ``save_directory`` is a file.

        Example:
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     print(tokenizer.save_vocabulary(folder)[0].endswith("spiece.model"))
            True
        """
        name = (f"{filename_prefix}-" if filename_prefix else "") + self.vocab_files_names["vocab_file"]
        with staged_folder(save_directory) as staging:
            (staging / name).write_bytes(self._segmenter.vocabulary.content)
        return (str(Path(save_directory) / name),)

    @classmethod
    def _complete(cls, options: dict[str, Any]) -> dict[str, Any]:
        """Return the constructor's arguments with what the files say beside the configuration."""
        return options

    def _contents(self) -> dict[str, bytes]:
        config = self._options()
        added = config.pop("added_tokens_decoder")
        special = config.pop("special")
        config["added_tokens_decoder"] = {str(token_id): token.to_dict() for token_id, token in added.items()}
        config |= {name: token.content for name, token in special.items()}
        config["additional_special_tokens"] = self.additional_special_tokens
        config["tokenizer_class"] = type(self).__name__
        config["model_max_length"] = config["model_max_length"] or UNLIMITED
        contents = {
            CONFIG: _json(dict(sorted(config.items()))),
            SPECIAL_MAP: _json(self._special_map()),
            self.vocab_files_names["vocab_file"]: self._segmenter.vocabulary.content,
        }
        beyond = {token.content: token_id for token_id, token in added.items() if token_id >= self.vocab_size}
        # An old file would name tokens that are gone, so it is written whenever there are tokens of its kind.
        if beyond:
            contents[ADDED] = _json(beyond)
        return contents

    def _special_map(self) -> dict[str, Any]:
        plain = AddedToken("x", normalized=False, special=True)
        saved: dict[str, Any] = {}
        for name, token in self._special.items():
            simple = {**token.to_dict(), "content": "x"} == plain.to_dict()
            saved[name] = token.content if simple else {k: v for k, v in token.to_dict().items() if k != "special"}
        if self._additional:
            saved["additional_special_tokens"] = self.additional_special_tokens
        return saved

    def _options(self) -> dict[str, Any]:
        """Return the constructor's arguments that make this tokenizer again, the vocabulary left out."""
        raise NotImplementedError


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{str(path)!r} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{str(path)!r} must hold an object, got {type(content).__name__}")
    return content


def _tokens_by_id(entries: Any, path: Path) -> dict[int, AddedToken]:
    try:
        return {int(token_id): AddedToken.of(entry) for token_id, entry in entries.items()}
    except (ValueError, AttributeError) as error:
        raise ValueError(f"'added_tokens_decoder' of {str(path)!r} cannot be used: {error}") from None


def _ids_by_token(path: Path) -> dict[int, AddedToken]:
    entries = _read_mapping(path)
    for token, token_id in entries.items():
        if isinstance(token_id, bool) or not isinstance(token_id, int) or token_id < 0:
            raise ValueError(f"{str(path)!r}: the id of {token!r} must be at least 0, got {token_id!r}")
    return {token_id: AddedToken.of(token) for token, token_id in entries.items()}
