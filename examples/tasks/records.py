"""Where records come from: the bundled sets, CSV and JSON lines, or the ``datasets`` library."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from albert_docs_pkg.wordnet import load_dataset

Record = dict[str, Any]

MOST_LABELS = 10_000
"""Numbers above are more likely dates or identities than labels."""


class DataError(ValueError):
    """Data that a task cannot use; the message names the source, the record and what is expected."""


@dataclass
class Source:
    """The records of each split as they were found, and the names of labels if the source knows them."""

    name: str
    splits: dict[str, list[Record]]
    label_names: dict[str, list[str]] = field(default_factory=dict)

    def column(self, split: str, name: str) -> list[Any]:
        """Return a column; a record without it is an error that names it and lists what there is."""
        values = []
        for number, record in enumerate(self.splits[split], 1):
            if name not in record or record[name] is None:
                found = ", ".join(map(repr, record)) or "nothing"
                raise DataError(f"{self.name}, {split}, record {number} has no column {name!r}; it has {found}")
            values.append(record[name])
        return values


def read_source(options: argparse.Namespace, bundled: str) -> Source:
    """Return the records that the arguments ask for, cut to the numbers they allow.

    Args:
        options: the command line.
        bundled: the task of :func:`albert_docs_pkg.wordnet.load_dataset` to use when no other data are named.

    Raises:
        DataError: a file that cannot be read, an empty split, or the ``datasets`` library is missing.
    """
    if options.train_file:
        source = _from_files(options)
    elif options.dataset_name:
        source = _from_datasets(options)
    else:
        dataset = load_dataset(bundled)
        splits = {split: dataset[split] for split in ("train", "validation", "test")}
        names = list(dataset.label_names)
        source = Source("WordNet 3.0 (bundled)", splits, {"label": names, "labels": names} if names else {})
    for split, records in source.splits.items():
        limit = getattr(options, f"max_{split}_samples")
        source.splits[split] = records[:limit]
        if not records:
            raise DataError(f"{source.name}: the split {split!r} has no records")
    return source


def read_file(path: str | Path) -> list[Record]:
    """Read a CSV file with a header, or a file with one JSON object a line (or one JSON list of objects).

    Raises:
        DataError: the file is not what its name says; the line is named.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text: byte {error.start} cannot be read") from None
    if path.suffix == ".csv":
        return _csv_records(path, text)
    if text.lstrip().startswith("["):
        try:
            records = json.loads(text)
        except json.JSONDecodeError as error:
            raise DataError(f"{path}, line {error.lineno}: not JSON: {error.msg}") from None
        lines: Iterable[tuple[int, Any]] = enumerate(records, 1)
    else:
        lines = _json_lines(path, text)
    found = []
    for number, record in lines:
        if not isinstance(record, dict):
            raise DataError(f"{path}, record {number} must be an object of columns, got {type(record).__name__}")
        found.append(record)
    return found


def listed(value: Any, what: str, words: bool = False) -> list[Any]:
    """Return a list from a cell: a list, JSON of one, or (where they are ``words``) what is between white space.

    Raises:
        DataError: it is none of these.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            raise DataError(f"{what} must be a list, got {value!r}") from None
    if isinstance(value, str) and words:
        return value.split()
    if isinstance(value, list | tuple | np.ndarray):
        return list(value)
    raise DataError(f"{what} must be a list, got {value!r}")


def label_ids(splits: dict[str, list[Any]], names: Sequence[str] | None, column: str) -> tuple[list[str], dict]:
    """Number labels: numbers stay what they are, names are numbered in the order of the alphabet.

    Args:
        splits: labels by split.
        names: names of the labels by number, if the source knows them.
        column: the column they are from, for messages.

    Returns:
        The names of the labels, and a dictionary from what was found to the number.

    Raises:
        DataError: a label that training never saw, one class only, or a number without a name.
    """
    seen = {split: set(labels) for split, labels in splits.items()}
    train = seen["train"]
    if all(_is_number(label) for labels in seen.values() for label in labels):
        numbers = {label: int(label) for labels in seen.values() for label in labels}
        lowest, highest = min(numbers.values()), max(numbers.values())
        if not names and highest >= MOST_LABELS:
            raise DataError(
                f"column {column!r}: numbers of labels go from 0 to {MOST_LABELS - 1} at most, found {highest}; "
                "use names"
            )
        known = list(names) if names else [str(number) for number in range(highest + 1)]
        if lowest < 0 or highest >= len(known):
            raise DataError(f"column {column!r}: labels must be 0 to {len(known) - 1}, found {lowest} to {highest}")
    else:
        known = list(names) if names else sorted(map(str, train))
        numbers = {label: known.index(str(label)) for label in train if str(label) in known}
        for split, labels in seen.items():
            strangers = sorted(str(label) for label in labels if str(label) not in known)
            if strangers:
                raise DataError(f"column {column!r}: {split} has labels that train has not: {', '.join(strangers[:5])}")
            numbers |= {label: known.index(str(label)) for label in labels}
    if len(known) < 2:
        raise DataError(f"column {column!r} must have two labels or more, found {known}")
    return known, numbers


def _is_number(label: Any) -> bool:
    if isinstance(label, bool):
        return False
    return isinstance(label, int | np.integer) or (isinstance(label, str) and label.isdigit())


def _from_files(options: argparse.Namespace) -> Source:
    train = read_file(options.train_file)
    if options.validation_file:
        splits = {"train": train, "validation": read_file(options.validation_file)}
    else:
        order = np.random.default_rng(options.seed).permutation(len(train))
        held_out = max(1, round(len(train) * options.validation_share))
        parts = {"train": sorted(order[held_out:]), "validation": sorted(order[:held_out])}
        splits = {split: [train[row] for row in rows] for split, rows in parts.items()}
    if options.test_file:
        splits["test"] = read_file(options.test_file)
    return Source(Path(options.train_file).name, splits)


def _from_datasets(options: argparse.Namespace) -> Source:
    try:
        import datasets
    except ImportError:
        raise DataError("--dataset_name needs the datasets library: pip install datasets") from None
    found = datasets.load_dataset(options.dataset_name, options.dataset_config_name)
    if not hasattr(found, "keys") or not {"train", "validation"} <= set(found):
        splits = ", ".join(found) if hasattr(found, "keys") else "none"
        raise DataError(
            f"--dataset_name {options.dataset_name} must have the splits train and validation; it has {splits}"
        )
    names = {}
    for column, kind in found["train"].features.items():
        kind = getattr(kind, "feature", kind)
        if getattr(kind, "names", None):
            names[column] = list(kind.names)
    # Many test splits are published without labels, which -1 stands for: nothing can be measured there.
    usable = [
        split for split in ("train", "validation", "test") if split in found and not _unlabelled(found[split], names)
    ]
    return Source(options.dataset_name, {split: list(found[split]) for split in usable}, names)


def _unlabelled(split: Any, names: dict[str, list[str]]) -> bool:
    return any(set(split[column][:100]) == {-1} for column in names if not isinstance(split[column][0], list))


def _csv_records(path: Path, text: str) -> list[Record]:
    rows = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(rows, None)
        if not header:
            raise DataError(f"{path} is empty; it needs a header and records")
        records = []
        for row in rows:
            if row and len(row) != len(header):
                raise DataError(f"{path}, line {rows.line_num}: {len(row)} cells under {len(header)} columns")
            if row:
                records.append(dict(zip(header, row, strict=True)))
    except csv.Error as error:
        raise DataError(f"{path}, line {rows.line_num}: not CSV: {error}") from None
    return records


def _json_lines(path: Path, text: str) -> Iterable[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(f"{path}, line {number}: not JSON: {error.msg}") from None
