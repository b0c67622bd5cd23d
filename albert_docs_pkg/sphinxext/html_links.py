"""Addresses in raw HTML: links to pages are resolved, images and other files of the source folder are copied along."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import partial
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import NoUri
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from albert_docs_pkg.sphinxext.diagnostics import warn
from albert_docs_pkg.sphinxext.links import find_target

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_TAG = re.compile(r"<(?P<name>a|img|video|audio|source|embed|object|iframe)(?=\s)(?P<rest>[^<>]*)>", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?P<before>\s(?P<name>href|src|poster|data)\s*=\s*)(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def setup_html_links(app: Sphinx) -> None:
    """Register the transform; it runs when all pages are known."""
    app.add_post_transform(HtmlLinks)


def note_local_files(renderer: DocBuilderRenderer, node: nodes.raw, line: int) -> None:
    """Look for the files that raw HTML shows; those that are there are copied, a missing one is a warning."""
    environment = renderer.sphinx_env
    docname = environment.docname
    for tag, name, written, start in _addresses(node.astext()):
        if not _is_local(written):
            continue
        node["db_page"] = docname
        file = _file(environment, docname, written)
        if file is not None:
            environment.note_dependency(file)
            if tag == "a":
                environment.dlfiles.add_file(docname, file)
            else:
                environment.images.add_file(docname, file)
            node.setdefault("db_files", {})[written] = file
        elif tag not in ("a", "iframe"):
            at = line + node.astext().count("\n", 0, start)
            renderer.warn(f'<{tag} {name}="{written}">: there is no such file', "file", at)


class HtmlLinks(SphinxPostTransform):
    """Rewrites the addresses in raw HTML for the page that is being written."""

    default_priority = 8

    def run(self, **kwargs: Any) -> None:
        """Go through the raw HTML of the page; a build that only checks pages reports what is wrong with them."""
        if self.env._app.builder.format != "html" and self.env._app.builder.name != "dummy":
            return
        for node in list(self.document.findall(nodes.raw)):
            if "db_page" in node:
                text = _rewrite(node.astext(), partial(self._address, node))
                node.clear()
                node += nodes.Text(text)

    def _address(self, node: nodes.raw, tag: str, written: str, lines: int) -> str | None:
        """What an address becomes, or ``None`` where it stays; it stands ``lines`` below the beginning of ``node``."""
        docname = node["db_page"]
        builder: Any = self.env._app.builder
        here = builder.get_target_uri(docname).partition("#")[0]
        file = node.get("db_files", {}).get(written)
        if file is not None and builder.format == "html":
            if tag == "a":
                if not builder.download_support:
                    return None
                _, place = self.env.dlfiles[Path(file)]
                return quote(relative_uri(here, f"_downloads/{place.as_posix()}"))
            _, name = self.env.images[file]
            builder.images[file] = name
            return quote(relative_uri(here, posixpath.join(builder.imagedir, name)))
        if file is not None or tag != "a" or not _is_local(written):
            return None
        target = find_target(self.env, docname, unquote(written))
        if target.problem:
            warn(f'<a href="{written}">: {target.problem}', target.subtype, f"{node.source}:{(node.line or 0) + lines}")
        if target.address:
            return target.address
        if target.page is None:
            return None
        try:
            address = str(builder.get_relative_uri(docname, target.page))
        except NoUri:
            return None
        if not target.anchor:
            return address or "#"
        return f"{'' if target.page == docname else address.partition('#')[0]}#{target.anchor}"


def _addresses(text: str) -> list[tuple[str, str, str, int]]:
    """Tag, attribute, address and position of each address in a piece of HTML."""
    found: list[tuple[str, str, str, int]] = []
    blanked = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    for tag in _TAG.finditer(blanked):
        for one in _ADDRESS.finditer(tag.group("rest")):
            value = one["double"] or one["single"] or one["bare"] or ""
            found.append((tag["name"].lower(), one["name"].lower(), unescape(value), tag.start("rest") + one.start()))
    return found


def _rewrite(text: str, change: Callable[[str, str, int], str | None]) -> str:
    """Replace addresses outside of comments."""

    def in_tag(tag: re.Match[str]) -> str:
        def in_attribute(one: re.Match[str]) -> str:
            lines = text.count("\n", 0, position + tag.start("rest") + one.start())
            new = change(tag["name"].lower(), unescape(one["double"] or one["single"] or one["bare"] or ""), lines)
            return one.group() if new is None else f'{one["before"]}"{escape(new, quote=True)}"'

        start = tag.start("rest") - tag.start()
        return tag.group()[:start] + _ADDRESS.sub(in_attribute, tag["rest"]) + ">"

    parts: list[str] = []
    position = 0
    for comment in _COMMENT.finditer(text):
        parts += [_TAG.sub(in_tag, text[position : comment.start()]), comment.group()]
        position = comment.end()
    return "".join([*parts, _TAG.sub(in_tag, text[position:])])


def _is_local(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(address) and not parts.scheme and not parts.netloc and not address.startswith(("{", "//"))


def _file(environment: BuildEnvironment, docname: str, written: str) -> str | None:
    """The path of a file below the source folder, relative to it."""
    path = unquote(written.partition("#")[0].partition("?")[0])
    if not path or "\x00" in path:
        return None
    relative, _ = environment.relfn2path(path, docname)
    root = Path(environment.srcdir).resolve()
    try:
        file = (root / relative).resolve()
        inside = file.is_relative_to(root) and file.is_file()
    except OSError:
        return None
    return relative if inside and environment.path2doc(relative) not in environment.found_docs else None
