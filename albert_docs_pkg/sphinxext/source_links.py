"""Source links of documented objects: to a highlighted copy in the site, or to a repository where one is named."""

from __future__ import annotations

import inspect
import posixpath
import sys
from collections.abc import Set
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.ext import viewcode
from sphinx.pycode import ModuleAnalyzer

_SOURCE_PAGES = "sphinx.ext.viewcode"
_LINKS = "sphinx.ext.linkcode"
_VIEWCODE_ASKS = viewcode.should_generate_module_page


def setup_source_links(app: Sphinx) -> None:
    """Choose who makes the links.

    A project that loads ``sphinx.ext.linkcode`` with a function of its own keeps it. Otherwise
    ``doc_builder_source_url`` decides: an address has linkcode lead there, ``None`` has viewcode add the source to the
    site, and ``""`` leaves links out.
    """
    app.add_config_value("doc_builder_source_url", None, "env", types=(str, type(None)))
    wanted = app.config.doc_builder_source_url
    loaded = app.config.extensions
    if wanted and _LINKS not in loaded:
        app.setup_extension(_LINKS)
        app.connect("config-inited", use_source_url, priority=100)
    elif wanted is None and _LINKS not in loaded:
        app.setup_extension(_SOURCE_PAGES)
    app.connect("doctree-read", add_missing_source_links, priority=600)  # after viewcode
    app.connect("env-merge-info", merge_source_files)
    viewcode.should_generate_module_page = source_page_is_old


def use_source_url(app: Sphinx, config: Config) -> None:
    """Have linkcode ask for the lines of an object in the repository."""
    template = str(config.doc_builder_source_url)

    def linkcode_resolve(domain: str, info: dict[str, str]) -> str | None:
        return source_url(template, info["module"], info["fullname"]) if domain == "py" else None

    config.linkcode_resolve = linkcode_resolve


def source_url(template: str, module: str, path: str) -> str | None:
    """The address of an object's source, or ``None`` where it has none in Python.

    Args:
        template: An address with ``{path}`` (``package/module.py``), ``{line}`` and ``{end}``, or the address of the
            folder that holds the package; ``/{path}#L{line}-L{end}`` is then appended.
        module: The module under which the object is documented.
        path: Its name inside of the module.

    Example:
        >>> source_url("https://example.org/Lib", "json", "JSONDecoder.decode").startswith("https://example.org/Lib/json/")
        True
    """
    found = source_of(module, path)
    if found is None:
        return None
    home, name = found
    lines = _tags(home)[name]
    file = home.replace(".", "/")
    file = f"{file}/__init__.py" if hasattr(sys.modules.get(home), "__path__") else f"{file}.py"
    if "{" not in template:
        template = template.rstrip("/") + "/{path}#L{line}-L{end}"
    values = {"path": file, "line": str(lines[1]), "end": str(lines[2])}
    for key, value in values.items():
        template = template.replace(f"{{{key}}}", value)
    return template


def source_of(module: str, path: str) -> tuple[str, str] | None:
    """The module in which an object is written, and its name there; ``None`` where that is not Python.

    Members that a class inherits are found in the class that defines them, and properties in their getter.

    Example:
        >>> source_of("json", "JSONDecoder")
        ('json.decoder', 'JSONDecoder')
    """
    value: Any = _module(module)
    for part in path.split("."):
        owner = value
        try:
            value = inspect.getattr_static(owner, part) if isinstance(owner, type) else getattr(owner, part)
        except Exception:
            return None
    if isinstance(value, property):
        value = value.fget
    elif isinstance(value, classmethod | staticmethod):
        value = value.__func__
    elif isinstance(value, cached_property):
        value = value.func
    try:
        value = inspect.unwrap(value)
    except Exception:
        return None
    home, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    for one in ((home, name), (module, path)):
        if isinstance(one[0], str) and isinstance(one[1], str) and one[1] in _tags(one[0]):
            return one[0], one[1]
    return None


def add_missing_source_links(app: Sphinx, document: nodes.document) -> None:
    """Add what viewcode does not find because an object is inherited, wrapped, a property, or has a second name.

    The copy of the source leads back to a page through the name of its module as the first page wrote it, so each entry
    gets that name as a further anchor.
    """
    if _SOURCE_PAGES not in app.extensions:
        return
    docname = app.env.current_document.docname
    for description in list(document.findall(addnodes.desc)):
        for signature in description.children if description.get("domain") == "py" else ():
            if not isinstance(signature, addnodes.desc_signature) or not signature.get("module"):
                continue
            link = next((child for child in signature.children if isinstance(child, viewcode.viewcode_anchor)), None)
            if link is None:
                found = source_of(signature["module"], signature["fullname"])
                if found is None:
                    continue
                home, name = found
                page = posixpath.join(viewcode.OUTPUT_DIRNAME, home.replace(".", "/"))
                signature += viewcode.viewcode_anchor(reftarget=page, refid=name, refdoc=docname)
            else:
                home, name = link["reftarget"].partition("/")[2].replace("/", "."), link["refid"]
            entry = _entry(app.env, home)
            entry[2].setdefault(name, docname)
            anchor = f"{entry[3]}.{name}"
            if anchor not in document.ids:
                document.ids[anchor] = signature
                signature["ids"].append(anchor)


def merge_source_files(app: Sphinx, environment: BuildEnvironment, docnames: Set[str], other: BuildEnvironment) -> None:
    """Take over which files another process saw."""
    _source_files(environment).update(_source_files(other))


def source_page_is_old(app: Sphinx, modname: str) -> bool:
    """Whether a source page must be written, by the times of both files; viewcode would import all modules for that."""
    page = Path(app.outdir, viewcode.OUTPUT_DIRNAME, *modname.split(".")).with_suffix(".html")
    try:
        return Path(_source_files(app.env)[modname]).stat().st_mtime > page.stat().st_mtime
    except (KeyError, OSError):
        return _VIEWCODE_ASKS(app, modname)


def _source_files(environment: BuildEnvironment) -> dict[str, str]:
    files: dict[str, str] = environment.__dict__.setdefault("doc_builder_source_files", {})
    return files


def _entry(environment: BuildEnvironment, module: str) -> tuple[str, dict[str, Any], dict[str, str], str]:
    """Viewcode's notes on a module: its source, where its objects begin, who shows them, and its name on pages."""
    modules: dict[str, Any] = environment.__dict__.setdefault("_viewcode_modules", {})
    analyzer = ModuleAnalyzer.for_module(module)
    analyzer.find_tags()
    _source_files(environment)[module] = str(analyzer.srcname)
    if not modules.get(module) or modules[module][0] != analyzer.code:
        modules[module] = (analyzer.code, analyzer.tags, {}, module)
    entry: tuple[str, dict[str, Any], dict[str, str], str] = modules[module]
    return entry


def _module(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except Exception:
        return None


def _tags(module: str) -> dict[str, tuple[str, int, int]]:
    """Where the objects of a module begin and end; empty where it has no source."""
    try:
        analyzer = ModuleAnalyzer.for_module(module)
        analyzer.find_tags()
    except Exception:  # built in, compiled, or not to be parsed
        return {}
    return analyzer.tags
