"""Finds the Python object that a name on a page means, and the name under which to document it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from sphinx.config import Config
from sphinx.ext.autodoc.mock import mock


@dataclass(frozen=True)
class Found:
    """An object with its place in a package.

    Args:
        module: The module part of the name it is documented under.
        path: The rest of that name: ``"AlbertModel"`` or ``"AlbertModel.forward"``; empty for a module.
        value: The object.
        kind: ``"class"``, ``"exception"``, ``"function"``, ``"method"``, ``"property"``, ``"attribute"``, ``"data"``
            or ``"module"``.
        names: Further full names under which another page may document it.
        static: A member as its class holds it, before descriptors act: a ``property`` or ``staticmethod`` object.
    """

    module: str
    path: str
    value: Any
    kind: str
    names: tuple[str, ...] = ()
    static: Any = None

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.module}.{self.path}" if self.path else self.module

    @property
    def is_class(self) -> bool:
        """Whether it can have methods."""
        return self.kind in ("class", "exception")


@dataclass(frozen=True)
class Missing:
    """A name that means nothing, with the reason."""

    name: str
    reason: str


def find(name: str, config: Config) -> Found | Missing:
    """Look ``name`` up in ``doc_builder_package``, after the prefixes of ``doc_builder_aliases``."""
    with mock(config.autodoc_mock_imports):
        return _find(name, config.doc_builder_package, tuple(config.doc_builder_aliases.items()))


def find_in_package(name: str, package: str, aliases: Mapping[str, str] | None = None) -> Found | Missing:
    """Look a dotted name up in a package; its submodules are imported on the way.

    Args:
        name: The name as a page has it; a leading package name may be there or not.
        package: The package to look in.
        aliases: Prefixes of names to replace.

    Example:
        >>> find_in_package("encoder.JSONEncoder.default", "json").kind
        'method'
        >>> find_in_package("decoder.JSONDecoder", "json").name
        'json.JSONDecoder'
    """
    return _find(name, package, tuple((aliases or {}).items()))


def find_in_scope(name: str, module: str) -> Found | None:
    """Look a dotted name up among the globals of the module in which a docstring stands."""
    holder = sys.modules.get(module)
    first, _, rest = name.partition(".")
    value = getattr(holder, "__dict__", {}).get(first)
    home, path = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(home, str) or not isinstance(path, str) or home not in sys.modules:
        return None
    found = _find(f"{path}.{rest}" if rest else path, home, ())
    return found if isinstance(found, Found) else None


def documented_methods(cls: type) -> list[str]:
    """The methods that ``[[autodoc]]`` shows of a class when the page does not list any.

    These are public callables, no classes, with a docstring that differs from that of every base class; sorted.
    """
    names = []
    for name in dir(cls):
        if name.startswith("_"):
            continue
        value = _safe_getattr(cls, name)
        doc = getattr(value, "__doc__", None)
        if not callable(value) or isinstance(value, type) or not doc:
            continue
        inherited = (_safe_getattr(base, name) for base in cls.__mro__[1:])
        if not any(getattr(method, "__doc__", None) == doc for method in inherited if method is not None):
            names.append(name)
    return names


def member(found: Found, name: str) -> Found | None:
    """The member ``name`` of a class that was found, or ``None``."""
    try:
        value = getattr(found.value, name)
    except Exception:
        static = inspect.getattr_static(found.value, name, None)
        if static is None:
            return None
        value = static
    kind = _member_kind(found.value, name, value)
    return Found(found.module, f"{found.path}.{name}", value, kind, (), inspect.getattr_static(found.value, name, None))


@cache
def _find(name: str, package: str, aliases: tuple[tuple[str, str], ...]) -> Found | Missing:
    dotted = _apply_aliases(name, package, aliases)
    if not dotted or not all(part.isidentifier() for part in dotted.split(".")):
        return Missing(name, "it is not a dotted name")
    parts = [] if package and dotted == package else dotted.split(".")
    try:
        value: Any = import_module(package) if package else import_module(parts.pop(0))
    except Exception as error:
        return Missing(name, f"{package or dotted} cannot be imported: {error}")
    module: ModuleType = value
    owner: Any = None
    path: list[str] = []
    for part in parts:
        owner, parent = value, value
        value, reason = _child(parent, part)
        if reason:
            return Missing(name, reason)
        if isinstance(value, ModuleType) and not path:
            module = value
        else:
            path.append(part)
    if not path:
        return Found(module.__name__, "", module, "module")
    if len(path) == 1:
        kind = _module_level_kind(value)
        home, names = _shortest_home(module, path[0], value)
        return Found(home, path[0], value, kind, names)
    # a member: its class decides where it is at home
    top, _ = _child(module, path[0])
    home, names = _shortest_home(module, path[0], top)
    rest = ".".join(path)
    others = tuple(f"{full}.{'.'.join(path[1:])}" for full in names)
    return Found(
        home, rest, value, _member_kind(owner, path[-1], value), others, inspect.getattr_static(owner, path[-1], None)
    )


def _apply_aliases(name: str, package: str, aliases: tuple[tuple[str, str], ...]) -> str:
    for prefix, target in sorted(aliases, key=lambda item: -len(item[0])):
        if name == prefix or name.startswith(f"{prefix}."):
            name = f"{target}{name[len(prefix) :]}".lstrip(".")
            break
    if package and (name == package or name.startswith(f"{package}.")):
        name = name[len(package) + 1 :]
    return name or package


def _child(parent: Any, name: str) -> tuple[Any, str]:
    """``parent.name``, importing it where it is a submodule; with the reason when there is none."""
    problem = ""
    try:
        return getattr(parent, name), ""
    except AttributeError:
        pass
    except Exception as error:  # a lazy package whose import fails
        problem = f": {error}"
    if isinstance(parent, ModuleType):
        if hasattr(parent, "__path__"):
            try:
                return import_module(f"{parent.__name__}.{name}"), ""
            except ModuleNotFoundError as error:
                if error.name != f"{parent.__name__}.{name}":
                    problem = f": {error}"
            except Exception as error:
                problem = f": {error}"
        return None, f"the module {parent.__name__} has no {name}{problem}"
    static = inspect.getattr_static(parent, name, None)
    if static is not None:
        return static, ""
    annotations = getattr(parent, "__annotations__", {})
    if name in annotations:
        return None, ""
    return None, f"{getattr(parent, '__qualname__', parent)} has no {name}{problem}"


def _shortest_home(module: ModuleType, name: str, value: Any) -> tuple[str, tuple[str, ...]]:
    """The shortest module path through which ``value`` is public, and its other full names."""
    written, defined = module.__name__, getattr(value, "__module__", None)
    names = {f"{written}.{name}"}
    if not isinstance(defined, str) or not isinstance(getattr(value, "__qualname__", None), str):
        return written, ()
    names.add(f"{defined}.{value.__qualname__}")
    best = written
    for source in (written, defined):
        parts = source.split(".")
        for length in range(1, len(parts) + 1):
            candidate = ".".join(parts[:length])
            holder = sys.modules.get(candidate)
            if holder is not None and parts[0] == written.split(".")[0] and _safe_getattr(holder, name) is value:
                names.add(f"{candidate}.{name}")
                if candidate.count(".") < best.count("."):
                    best = candidate
                break
    return best, tuple(sorted(names - {f"{best}.{name}"}))


def _module_level_kind(value: Any) -> str:
    if isinstance(value, ModuleType):
        return "module"
    if isinstance(value, type):
        return "exception" if issubclass(value, BaseException) else "class"
    if inspect.isroutine(value):
        return "function"
    return "function" if callable(value) and hasattr(value, "__name__") else "data"


def _member_kind(owner: Any, name: str, value: Any) -> str:
    static = inspect.getattr_static(owner, name, value)
    if isinstance(static, property) or type(static).__name__ in ("cached_property", "cached_property_function"):
        return "property"
    if isinstance(value, type):
        return "exception" if issubclass(value, BaseException) else "class"
    if inspect.isroutine(static) or isinstance(static, staticmethod | classmethod) or callable(value):
        if inspect.isdatadescriptor(static):
            return "attribute"
        return "method"
    return "attribute"


def _safe_getattr(owner: Any, name: str) -> Any:
    try:
        return getattr(owner, name)
    except Exception:
        return None
