"""Tells docstrings in reStructuredText from those in Markdown, which may still hold some of its roles."""

from __future__ import annotations

import re

_FENCE = re.compile(r"[ ]*(?P<marker>`{3,}|~{3,})")
_DIRECTIVE = re.compile(r"^[ ]*\.\. [\w-]+::", re.MULTILINE)
_REST = re.compile(r":(?:obj|class|func|meth|mod|attr|ref|math):`|^[ ]*Examples?.*::[ ]*$", re.MULTILINE)
_ANY_FENCE = re.compile(r"^[ ]*(?:`{3,}|~{3,})", re.MULTILINE)
_ROLE = re.compile(r":(?:py:)?(obj|class|func|meth|mod|attr|exc|data):`([~\w.]+)`")
_VALUES = frozenset({"None", "True", "False", "int", "str", "float", "bool", "list", "dict", "tuple", "set", "bytes"})
_EXAMPLE = re.compile(r"^([ ]*Examples?[^:`]*)::[ ]*$")


def is_rest(docstring: str) -> bool:
    """Whether a docstring is written in reStructuredText: it has directives, or roles or ``Example::`` and no fence.

    Example:
        >>> is_rest("See :class:`str`."), is_rest("See ``str`` and [`str`].")
        (True, False)
    """
    if _DIRECTIVE.search(docstring):
        return True
    return _REST.search(docstring) is not None and not _ANY_FENCE.search(docstring)


def without_roles(text: str) -> str:
    """Markdown for the reStructuredText that docstrings with Markdown fences still have: roles and ``Example::``.

    Example:
        >>> without_roles("A :class:`~json.JSONEncoder` or :obj:`None`.")
        'A [`~json.JSONEncoder`] or `None`.'
    """
    if ":" not in text:
        return text
    lines = text.split("\n")
    for number, fenced in enumerate(fenced_lines(lines)):
        if not fenced:
            line = _ROLE.sub(lambda match: f"`{match[2]}`" if match[2] in _VALUES else f"[`{match[2]}`]", lines[number])
            lines[number] = _EXAMPLE.sub(r"\1:", line)
    return "\n".join(lines)


def fenced_lines(lines: list[str]) -> list[bool]:
    """For each line, whether it belongs to a fence."""
    result, marker = [], ""
    for line in lines:
        match = _FENCE.match(line)
        if marker:
            result.append(True)
            if match and match.group("marker").startswith(marker) and not line.strip().strip(marker[0]):
                marker = ""
        else:
            marker = match.group("marker") if match else ""
            result.append(bool(marker))
    return result
