"""``_toctree.yml`` and ``_redirects.yml``: the navigation and the old addresses of a doc-builder project."""

from __future__ import annotations

import posixpath
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from albert_docs_pkg.sphinxext.diagnostics import warn

_SECTION_KEYS = {"title", "local", "sections", "isExpanded", "new", "newlocal", "local_fw", "quiz", "subtitle"}


_LINE = "__line__"


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is faster where it was built


class _LineLoader(_Loader):
    """Loads plain data, and notes in each mapping on which line it begins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping with a key for its line."""
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        mapping[_LINE] = node.start_mark.line + 1
        return mapping


def setup_toctree(app: Sphinx) -> None:
    """Read the files when a build starts, and put the navigation on the front page."""
    app.connect("env-before-read-docs", read_files)
    app.connect("doctree-read", add_toctrees, priority=50)
    app.connect("build-finished", write_redirects)


def read_files(app: Sphinx, environment: BuildEnvironment, docnames: list[str]) -> None:
    """Load both files; when the navigation changed, the front page is read again."""
    option = app.config.doc_builder_toctree
    tree: list[dict[str, Any]] = []
    redirects: dict[str, str] = {}
    if option:
        path = Path(app.srcdir) / option
        tree = _load(path, list, [])
        old = path.with_name("_redirects.yml")
        redirects = _load(old, dict, {}) if old.is_file() else {}
        _collect_renames(tree, redirects)
        prefix = posixpath.dirname(option.replace("\\", "/"))
        tree = _normalise(tree, prefix, str(path))
        redirects = {
            posixpath.join(prefix, str(source)): str(target)
            if str(target).startswith(("/", "http"))
            else posixpath.join(prefix, str(target))
            for source, target in redirects.items()
        }
        _check(environment, tree, redirects, str(path), str(old))
    before = environment.__dict__.get("doc_builder_tree", [])
    changed = [app.config.root_doc] if _plain(before) != _plain(tree) else []
    for doc in {entry["doc"] for entry in [*_docs(before), *_docs(tree)]} if changed else ():
        if _below(before, doc) != _below(tree, doc):
            changed.append(doc)
    docnames += [doc for doc in changed if doc in environment.found_docs and doc not in docnames]
    environment.__dict__["doc_builder_tree"] = tree
    environment.__dict__["doc_builder_redirects"] = redirects


def add_toctrees(app: Sphinx, document: nodes.document) -> None:
    """Append hidden toctrees to the front page, and to pages that have pages below them."""
    environment = app.env
    docname = environment.current_document.docname
    tree = environment.__dict__.get("doc_builder_tree", [])
    if not tree:
        return
    if docname == app.config.root_doc:
        for caption, entries in _groups(tree):
            _append(app, document, docname, caption, entries)
    below = _below(tree, docname)
    if below and docname != app.config.root_doc:
        _append(app, document, docname, None, below)


def write_redirects(app: Sphinx, exception: Exception | None) -> None:
    """Write a page for each old address that leads to the new one."""
    if exception is not None or app.builder.format != "html" or app.builder.name == "epub":
        return
    redirects: dict[str, str] = app.env.__dict__.get("doc_builder_redirects", {})
    if app.config.doc_builder_toctree:
        # servers and readers look for an index page; the navigation may begin with another one
        redirects = {"index": app.config.root_doc, **redirects}
    for source, target in sorted(redirects.items()):
        if source in app.env.found_docs:
            continue
        address = _address(app, source, target)
        if address is None:
            continue
        place = app.builder.get_target_uri(source)
        file = Path(app.outdir) / (f"{place}index.html" if place.endswith("/") or not place else place)
        if not file.resolve().is_relative_to(Path(app.outdir).resolve()):
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        link = escape(address, quote=True)
        file.write_text(
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Moved</title>'
            f'<link rel="canonical" href="{link}"><meta http-equiv="refresh" content="0; url={link}"></head>'
            f'<body><p>This page is now at <a href="{link}">{link}</a>.</p></body></html>\n',
            encoding="utf-8",
        )


def _load(path: Path, kind: type, empty: Any) -> Any:
    location = f"{path}:1"
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LineLoader)
        if isinstance(content, dict):
            content.pop(_LINE, None)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        warn(f"it cannot be read: {problem}", "toctree", f"{path}:{mark.line + 1}" if mark else location)
        return empty
    if content is None:
        return empty
    if not isinstance(content, kind):
        warn(f"it must hold a {'list' if kind is list else 'mapping'}", "toctree", location)
        return empty
    return content


def _collect_renames(entries: Any, redirects: dict[str, str]) -> None:
    """``local: old`` with ``newlocal: new`` is a page that moved."""
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        if entry.get("newlocal") and entry.get("local"):
            redirects.setdefault(str(entry["local"]), str(entry["newlocal"]))
            entry["local"] = entry["newlocal"]
        _collect_renames(entry.get("sections"), redirects)


def _normalise(entries: Any, prefix: str, file: str) -> list[dict[str, Any]]:
    """Entries with the keys ``title``, ``doc`` and ``sections``; ``local_fw`` becomes one entry for each framework."""
    result: list[dict[str, Any]] = []
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            warn(f"an entry is {entry!r}; it must be a mapping with a title", "toctree", file)
            continue
        line = entry.pop(_LINE, 1)
        for key in sorted(set(entry) - _SECTION_KEYS, key=str):
            warn(f"unknown key {key!r}", "toctree", f"{file}:{line}")
        title = str(entry.get("title") or "")
        sections = _normalise(entry.get("sections"), prefix, file)
        local = entry.get("local")
        frameworks = entry.get("local_fw")
        if isinstance(frameworks, dict):
            frameworks.pop(_LINE, None)
            names = {"pt": "PyTorch", "tf": "TensorFlow", "jax": "JAX"}
            for key, name in frameworks.items():
                label = f"{title} ({names.get(str(key), key)})"
                result.append({"title": label, "doc": posixpath.join(prefix, str(name)), "sections": [], "line": line})
            continue
        doc = posixpath.join(prefix, str(local)) if local else None
        result.append({"title": title, "doc": doc, "sections": sections, "line": line})
    return result


def _check(
    environment: BuildEnvironment, tree: list[dict[str, Any]], redirects: dict[str, str], file: str, old: str
) -> None:
    for entry in _docs(tree):
        if entry["doc"] not in environment.found_docs:
            message = f"{entry['doc']} is listed, but there is no such page"
            warn(message, "toctree", f"{file}:{entry['line']}")
    for source, target in sorted(redirects.items()):
        if not target.startswith(("/", "http")) and target.partition("#")[0] not in environment.found_docs:
            warn(f"the redirect {source} leads to {target}; there is no such page", "toctree", f"{old}:1")


def _plain(tree: list[dict[str, Any]]) -> list[Any]:
    return [(entry["title"], entry["doc"], _plain(entry["sections"])) for entry in tree]


def _docs(tree: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All entries with a page."""
    found = []
    for entry in tree:
        if entry["doc"]:
            found.append(entry)
        found += _docs(entry["sections"])
    return found


def _groups(tree: list[dict[str, Any]]) -> list[tuple[str | None, list[tuple[str, str]]]]:
    """Captions with the pages directly below them; sections without a page of their own are flattened."""
    groups: list[tuple[str | None, list[tuple[str, str]]]] = []
    loose: list[tuple[str, str]] = []
    for entry in tree:
        if entry["doc"] or not entry["sections"]:
            if entry["doc"]:
                loose.append((entry["title"], entry["doc"]))
            continue
        if loose:
            groups.append((None, loose))
            loose = []
        groups += _subgroups(entry["title"], entry["sections"])
    if loose:
        groups.append((None, loose))
    return groups


def _subgroups(title: str, sections: list[dict[str, Any]]) -> list[tuple[str | None, list[tuple[str, str]]]]:
    direct = [(one["title"], one["doc"]) for one in sections if one["doc"]]
    groups: list[tuple[str | None, list[tuple[str, str]]]] = [(title, direct)] if direct else []
    for one in sections:
        if not one["doc"] and one["sections"]:
            groups += _subgroups(f"{title}: {one['title']}" if one["title"] else title, one["sections"])
    return groups


def _below(tree: list[dict[str, Any]], docname: str) -> list[tuple[str, str]]:
    for entry in tree:
        if entry["doc"] == docname:
            return [(one["title"], one["doc"]) for one in _flatten(entry["sections"])]
        below = _below(entry["sections"], docname)
        if below:
            return below
    return []


def _flatten(sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    result = []
    for one in sections:
        if one["doc"]:
            result.append(one)
        else:
            result += _flatten(one["sections"])
    return result


def _append(
    app: Sphinx, document: nodes.document, docname: str, caption: str | None, entries: list[tuple[str, str]]
) -> None:
    known = [(title or None, doc) for title, doc in entries if doc in app.env.found_docs and doc != docname]
    if not known:
        return
    toctree = addnodes.toctree(
        "",
        parent=docname,
        entries=known,
        includefiles=[doc for _, doc in known],
        maxdepth=-1,
        caption=caption,
        glob=False,
        hidden=True,
        includehidden=False,
        numbered=0,
        titlesonly=True,
    )
    toctree["rawcaption"] = caption or ""
    toctree["rawentries"] = [title for title, _ in known if title]
    toctree.source, toctree.line = document["source"], 1
    wrapper = nodes.compound(classes=["toctree-wrapper"])
    wrapper += toctree
    # Sphinx looks for toctrees inside of the first section
    holder = next(document.findall(nodes.section), document)
    holder += wrapper


def _address(app: Sphinx, source: str, target: str) -> str | None:
    if target.startswith("http"):
        return target
    if target.startswith("/"):
        return f"https://huggingface.co{target}"
    page, _, anchor = target.partition("#")
    if page not in app.env.found_docs:
        return None
    return app.builder.get_relative_uri(source, page) + (f"#{anchor}" if anchor else "")
