"""Reads doc-builder's Google-style Markdown docstrings into parts: text, parameters, returns, raises."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from albert_docs_pkg.sphinxext.docstring_markup import fenced_lines, without_roles


@dataclass
class Text:
    """Markdown, beginning at the zero-based ``line`` of the docstring."""

    text: str
    line: int


@dataclass
class Parameter:
    """A parameter: its name as written (``**kwargs``), what stands in parentheses, and its description."""

    name: str
    type: str
    description: str
    line: int
    description_line: int


@dataclass
class Parameters:
    """An ``Args:`` or ``Attributes:`` section, or one ``> Group`` of it."""

    title: str
    parameters: list[Parameter]
    line: int


@dataclass
class Result:
    """A ``Returns:`` or ``Yields:`` section; the type may be empty."""

    title: str
    type: str
    text: str
    line: int


@dataclass
class Errors:
    """A ``Raises:`` section: pairs of an error and when it is raised."""

    entries: list[Parameter]
    line: int


Part = Text | Parameters | Result | Errors


@dataclass
class Docstring:
    """The parts of a docstring in their order, and what doc-builder would misread as ``(line, message)``."""

    parts: list[Part] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


_PARAMETERS = re.compile(r"(?P<indent>[ ]*)(?P<title>Args?|Arguments?|Attributes|Params|Parameters)[ ]*:[ ]*$")
_RESULT = re.compile(r"(?P<indent>[ ]*)(?P<title>Returns?|Yields?)[ ]*:[ ]*(?P<rest>.*)$")
_RAISES = re.compile(r"(?P<indent>[ ]*)Raises[ ]*:[ ]*(?P<rest>.*)$")
_OTHER = re.compile(r"[ ]*(?:Examples?|Usage|Notes?|References?)\b[^:`]{0,60}:{1,2}[ ]*$")
_GROUP = re.compile(r"[ ]*>[ ]*(?!\[!)(?P<title>\S.*)$")
_NAME = re.compile(
    r"[ ]*(?:[-*][ ]+)?(?P<name>`?\*{0,2}[A-Za-z_][\w.]*`?(?:(?:[ ]*,[ ]*|[ ]*/[ ]*)`?\*{0,2}[A-Za-z_][\w.]*`?)*)"
)
_LONE_TYPE = re.compile(r"[^`:]*`[^`]+`\S*$")
_TYPE_ALONE = re.compile(r"\(.*\)$")


def read_docstring(docstring: str) -> Docstring:
    r"""Read a docstring; its first line may be less indented than the others, as in source code.

    Example:
        >>> parsed = read_docstring("Add.\n\nArgs:\n    a (`int`, *optional*): One.\n\nReturns:\n    `int`: Sum.")
        >>> [type(part).__name__ for part in parsed.parts]
        ['Text', 'Parameters', 'Result']
    """
    lines = without_roles(inspect.cleandoc(docstring)).split("\n")
    following = next((line for line in lines[1:] if line.strip()), "")
    if _begins_section(lines[0]) and following and _indent(following) == 0 and not _begins_section(following):
        # a docstring that begins with a title: what is below it was taken for the margin
        lines[1:] = [f"    {line}" if line else line for line in lines[1:]]
    return _Reader(lines).read()


class _Reader:
    """Goes through the lines once."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.result = Docstring()
        self.fenced = fenced_lines(lines)

    def read(self) -> Docstring:
        position = 0
        text_start, base = 0, 0
        while position < len(self.lines):
            line = self.lines[position]
            end = None if self.fenced[position] else self._section(position, text_start, base)
            if end is None:
                position += 1
                continue
            indent = _indent(line)
            position = text_start = end
            base = indent
        self._text(text_start, len(self.lines), base)
        return self.result

    def _section(self, position: int, text_start: int, base: int) -> int | None:
        """Read the section whose title is at ``position``; return where it ends, or ``None`` if there is none."""
        line = self.lines[position]
        parameters, result, raises = _PARAMETERS.match(line), _RESULT.match(line), _RAISES.match(line)
        if not (parameters or result or raises):
            return None
        indent = _indent(line)
        end = self._block_end(position + 1, indent)
        first = self._first(position + 1, end)
        if parameters and first is None:
            first, end = self._unindented(position, indent)
        inline = result.group("rest") if result else raises.group("rest") if raises else ""
        if first is None and not inline:
            if not parameters:
                self.result.problems.append((position, f"{line.strip()} has nothing indented below it"))
            return None
        if parameters:
            assert first is not None
            if not _name(self.lines[first]) and not _GROUP.match(self.lines[first]):
                return None
            self._text(text_start, position, base)
            return self._parameters(parameters.group("title"), position, first, end)
        self._text(text_start, position, base)
        if result:
            title = "Yields" if result.group("title").startswith("Y") else "Returns"
            return self._result(title, inline, position, first, end)
        return self._errors(inline, position, first, end)

    def _block_end(self, position: int, indent: int) -> int:
        """Where the lines that are indented deeper than ``indent`` end."""
        while position < len(self.lines):
            line = self.lines[position]
            if line.strip() and _indent(line) <= indent and not (self.fenced[position] and self.fenced[position - 1]):
                break
            position += 1
        return position

    def _unindented(self, title: int, indent: int) -> tuple[int | None, int]:
        """The first and the last line of parameters that stand below ``Args:`` without being indented."""
        first = end = None
        for number in range(title + 1, len(self.lines)):
            line = self.lines[number]
            if line.strip() and _indent(line) <= indent and not self.fenced[number]:
                if _ends_section(line) or _indent(line) < indent or self._head(number, number + 1) is None:
                    break
                first = number if first is None else first
            elif line.strip() and first is None:
                break
            end = number + 1
        if first is not None:
            self.result.problems.append((title, f"the lines below {self.lines[title].strip()} are not indented"))
        return first, end or title + 1

    def _first(self, begin: int, end: int) -> int | None:
        return next((number for number in range(begin, end) if self.lines[number].strip()), None)

    def _parameters(self, title: str, start: int, first: int, end: int) -> int:
        indent = _indent(self.lines[first])
        label = "Attributes" if title == "Attributes" else "Parameters"
        group = Parameters(label, [], start)
        groups = [group]
        position = first
        while position < end:
            line = self.lines[position]
            if not line.strip():
                position += 1
                continue
            at_indent = _indent(line) <= indent and not self.fenced[position]
            if at_indent and position > first and _ends_section(line):
                end = position
                break
            title_match = _GROUP.match(line) if at_indent else None
            if title_match:
                group = Parameters(title_match.group("title").strip(), [], position)
                groups.append(group)
                position += 1
                continue
            head = self._head(position, end) if at_indent else None
            if head is None:
                if at_indent and group.parameters:
                    self.result.problems.append((position, f"no `name: text`: {line.strip()[:60]!r}"))
                stop = self._description_end(position + 1, end, indent)
                addition = _dedent(self.lines[position:stop])
                if group.parameters:
                    last = group.parameters[-1]
                    last.description = f"{last.description}\n\n{addition}".strip("\n")
                else:
                    self.result.parts.append(Text(addition, position))
                position = stop
                continue
            name, kind, inline, after = head
            stop = self._description_end(after, end, indent)
            blank = next((row for row in range(after, stop) if self.lines[row].strip()), after)
            description = _join(inline, self.lines[after:stop])
            line_of_text = after - 1 if inline else blank
            group.parameters.append(Parameter(name, kind, description, position, line_of_text))
            position = stop
        self.result.parts += [one for one in groups if one.parameters]
        return end

    def _description_end(self, position: int, end: int, indent: int) -> int:
        while position < end:
            line = self.lines[position]
            if line.strip() and _indent(line) <= indent and not self.fenced[position]:
                break
            position += 1
        return position

    def _head(self, position: int, end: int) -> tuple[str, str, str, int] | None:
        """Name, type, text after the colon, and the line after a parameter's introduction."""
        joined = self.lines[position]
        name = _name(joined)
        if name is None:
            return None
        after = position + 1
        while _depth(joined) > 0 and after < end and after < position + 6:
            joined = f"{joined.rstrip()} {self.lines[after].strip()}"
            after += 1
        colon = _colon(joined, len(name.group()))
        if colon is None:
            kind = joined[len(name.group()) :].strip()
            if not _TYPE_ALONE.match(kind):
                return None
            message = f"no colon behind {joined.strip()[:60]!r}; doc-builder would misread it"
            self.result.problems.append((position, message))
            return name.group("name").replace("`", ""), kind[1:-1].strip(), "", after
        if after > position + 1:
            message = f"the introduction of {name.group('name')} is broken over lines; doc-builder would misread it"
            self.result.problems.append((position, message))
        middle = joined[len(name.group()) : colon].strip()
        kind = middle[1:-1] if middle.startswith("(") and middle.endswith(")") else middle
        return name.group("name").replace("`", ""), kind.strip(), joined[colon + 1 :].strip(), after

    def _result(self, title: str, inline: str, start: int, first: int | None, end: int) -> int:
        if inline:
            kind, text = _split_type(inline, self.lines[start + 1 : end])
            self.result.parts.append(Result(title, kind, text, start))
            return end
        assert first is not None
        indent = _indent(self.lines[first])
        for number in range(first + 1, end):
            line = self.lines[number]
            if line.strip() and _indent(line) <= indent and not self.fenced[number] and _ends_section(line):
                end = number
                break
        kind, text = _split_type(self.lines[first].strip(), self.lines[first + 1 : end])
        self.result.parts.append(Result(title, kind, text, first))
        return end

    def _errors(self, inline: str, start: int, first: int | None, end: int) -> int:
        if first is None:
            self.result.parts.append(Errors([Parameter(inline, "", "", start, start)], start))
            return end
        entries: list[Parameter] = []
        indent = _indent(self.lines[first])
        position = first
        if inline:
            entries.append(Parameter(inline, "", "", start, start))
        while position < end:
            line = self.lines[position]
            if not line.strip():
                position += 1
                continue
            if _indent(line) <= indent and position > first and _ends_section(line):
                end = position
                break
            stop = self._description_end(position + 1, end, indent)
            name, text = _split_error(line.strip().removeprefix("- "))
            description = _join(text, self.lines[position + 1 : stop])
            entries.append(Parameter(name, "", description, position, position if text else position + 1))
            position = stop
        self.result.parts.append(Errors(entries, start))
        return end

    def _text(self, begin: int, end: int, base: int) -> None:
        rows = self.lines[begin:end]
        if not any(row.strip() for row in rows):
            return
        skipped = next(number for number, row in enumerate(rows) if row.strip())
        rows = rows[skipped:]
        shallow = min([base, *(_indent(row) for row in rows if row.strip())])
        text = "\n".join(row[shallow:] for row in rows)
        self.result.parts.append(Text(text.rstrip(), begin + skipped))


def _begins_section(line: str) -> bool:
    return bool(_PARAMETERS.match(line) or _RESULT.match(line) or _RAISES.match(line))


def _ends_section(line: str) -> bool:
    return _begins_section(line) or bool(_OTHER.match(line))


def _name(line: str) -> re.Match[str] | None:
    """The name at the start of a parameter's line; what follows must be a type in parentheses or a colon."""
    match = _NAME.match(line)
    if match is None:
        return None
    rest = line[match.end() :].lstrip()
    return match if rest.startswith(("(", ":", "[", "`", "{")) else None


def _colon(text: str, start: int) -> int | None:
    """The first colon after ``start`` that is in no parentheses and no backquotes."""
    depth, quoted = 0, False
    for position in range(start, len(text)):
        character = text[position]
        if character == "`":
            quoted = not quoted
        elif quoted:
            continue
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth = max(depth - 1, 0)
        elif character == ":" and depth == 0:
            return position
    return text.find(":", start) if ":" in text[start:] and (quoted or depth) else None


def _depth(text: str) -> int:
    bare = re.sub(r"`[^`]*`", "", text)
    return sum(bare.count(mark) for mark in "([{") - sum(bare.count(mark) for mark in ")]}")


def _split_type(head: str, rows: list[str]) -> tuple[str, str]:
    colon = _colon(head, 0)
    if colon is not None and (len(head) == colon + 1 or head[colon + 1].isspace()):
        return head[:colon].strip(), _join(head[colon + 1 :].strip(), rows)
    body = _dedent(rows)
    if _LONE_TYPE.match(head) and not body[:1].islower():
        return head, body
    return "", _join(head, rows)


def _join(first: str, rows: list[str]) -> str:
    """A text that begins on one line and goes on in ``rows``, with a paragraph between them where they have one."""
    body = _dedent(rows)
    if not first or not body:
        return first or body
    return f"{first}\n{body}" if rows[0].strip() else f"{first}\n\n{body}"


def _split_error(line: str) -> tuple[str, str]:
    colon = _colon(line, 0)
    if colon is not None:
        return line[:colon].strip(), line[colon + 1 :].strip()
    if line.startswith("["):
        close = line.find(")")
        if close > 0:
            return line[: close + 1], line[close + 1 :].strip()
    name, _, text = line.partition(" ")
    return (name, text.strip()) if re.match(r"`?[A-Za-z_][\w.]*`?$", name) else ("", line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _dedent(rows: list[str]) -> str:
    indents: Iterator[int] = (_indent(row) for row in rows if row.strip())
    shallow = min(indents, default=0)
    return "\n".join(row[shallow:] for row in rows).strip("\n")
