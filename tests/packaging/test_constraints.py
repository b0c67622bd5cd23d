"""Tests that the pins cover what the environment is made of, so that two clones build with the same versions."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
EXTRAS = ("docs", "notebooks", "test")


def pinned_versions() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


def required_distributions(extras: tuple[str, ...]) -> set[str]:
    """Return everything that the package with these extras installs, found through the installed metadata."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = [*project["dependencies"], *(line for name in extras for line in project["optional-dependencies"][name])]
    waiting = [(Requirement(line), "") for line in direct]
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, _ = waiting.pop()
        name = canonicalize_name(requirement.name)
        found.add(name)
        for extra in {"", *requirement.extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                inner = [Requirement(line) for line in importlib.metadata.requires(name) or []]
            except importlib.metadata.PackageNotFoundError:
                continue
            waiting.extend((r, "") for r in inner if r.marker is None or r.marker.evaluate({"extra": extra}))
    return found


def test_everything_that_is_installed_is_pinned_at_its_version() -> None:
    pins = pinned_versions()
    for name in sorted(required_distributions(EXTRAS)):
        installed = re.sub(r"\+.*", "", importlib.metadata.version(name))
        assert pins.get(name) == installed, f"{name} {installed} is installed, pinned is {pins.get(name)}"


def test_pins_are_exact_and_name_no_index() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    wrong = [line for line in lines if not line.startswith("#") and not re.fullmatch(r"[\w.-]+==[\w.!]+", line)]
    assert not wrong
    assert pinned_versions()["torch"] == "2.13.0"
