"""Runs one block in its page's namespace, and says at which line of the page it went wrong."""

from __future__ import annotations

import doctest
import io
import re
import traceback
from collections.abc import Iterator
from contextlib import nullcontext, redirect_stdout
from typing import Any, TextIO

from tests.snippets.blocks import Block

RELATIVE_TOLERANCE = 1e-3

_OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_SHOWN_FLOAT = re.compile(r"(?<![\w.])(?:[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+)(?!\.?\w)")
_DEVICE = re.compile(r",\s*device='cuda(?::\d+)?'")


def run_block(
    block: Block, page: str, path: str, namespace: dict[str, Any], printed: TextIO | None = None
) -> str | None:
    """Run a block; return what went wrong, opening with ``page:line``, or ``None``.

    A block with prompts is compared with the output it shows; a plain one only has to run. What it writes to the
    standard output goes to ``printed`` if that is given; what a prompt echoes counts as written.
    """
    if block.fault:
        return f"{page}:{block.line}: {block.fault}"
    namespace.setdefault("__name__", "__main__")
    if block.language == "pycon":
        return _run_prompts(block, page, namespace, printed)
    padding = "\n" * (block.code_line - 1)
    try:
        with redirect_stdout(printed) if printed is not None else nullcontext():
            exec(compile(padding + block.source, path, "exec", dont_inherit=True), namespace)
    except (Exception, SystemExit) as error:
        line = _line_of(error, path) or block.code_line
        return f"{page}:{line}: {type(error).__name__}: {error}\n{_traceback_from(error, path)}"
    return None


class FrameworkNames:
    """The names of a page as the blocks of each framework see them.

    A page tells the same story for several frameworks, and in each of them the model is called ``model``. So a block of
    a framework sees what blocks of no framework and earlier blocks of its own have defined, and the others do not see
    what it defines.
    """

    def __init__(self) -> None:
        self.namespaces: dict[str, dict[str, Any]] = {}
        self.shared: dict[str, dict[str, Any]] = {}

    def of(self, block: Block, namespace: dict[str, Any]) -> dict[str, Any]:
        """Return the namespace to run ``block`` in, for a page whose other blocks run in ``namespace``."""
        if block.framework is None:
            return namespace
        own = self.namespaces.setdefault(block.framework, {})
        known = self.shared.get(block.framework, {})
        own.update({name: value for name, value in namespace.items() if known.get(name, known) is not value})
        self.shared[block.framework] = dict(namespace)
        return own


class OutputChecker(doctest.OutputChecker):
    """Compares shown and actual output: whitespace and ``...`` are loose, integers exact, floats within a tolerance.

    A shown float stands for any value within a relative 1e-3, or within one unit of its last digit when it shows
    three decimals or more. Where the page shows no device, the device that a GPU adds to a tensor's text is ignored.
    """

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if super().check_output(want, got, optionflags):
            return True
        if "device=" not in want:
            got = _DEVICE.sub("", got)
            if super().check_output(want, got, optionflags):
                return True
        return _matches_within_tolerance(want, got)


class _Runner(doctest.DocTestRunner):
    """Runs an example and hands what it showed to ``printed``."""

    printed: TextIO | None = None

    def report_success(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        if self.printed is not None:
            # the traceback of an expected exception names files of this machine; the page shows it shorter
            self.printed.write(got if example.exc_msg is None else example.want)


def _run_prompts(block: Block, page: str, namespace: dict[str, Any], printed: TextIO | None) -> str | None:
    try:
        examples = doctest.DocTestParser().get_examples(block.source)
    except ValueError as error:
        return f"{page}:{block.line}: {error}"
    checker = OutputChecker()
    for example in examples:
        test = doctest.DocTest([example], namespace, page, None, 0, None)
        test.globs = namespace  # DocTest copies, and the next block needs what this one defines
        report: list[str] = []
        runner = _Runner(checker=checker, verbose=False, optionflags=_OPTIONS)
        runner.printed = printed
        with redirect_stdout(io.StringIO()):
            runner.run(test, out=report.append, clear_globs=False)
        if runner.failures:
            message = "".join(report).split("Failed example:", 1)[-1]
            return f"{page}:{block.code_line + example.lineno}: failed example:{message}"
    return None


def _matches_within_tolerance(want: str, got: str) -> bool:
    shown: list[str] = []
    pattern = ""
    for kind, text in _pieces(want.strip()):
        if kind == "float":
            shown.append(text)
            pattern += f"({_NUMBER})"
        elif kind == "anything":
            pattern += ".*?"
        elif kind == "space":
            pattern += r"\s+"
        else:
            pattern += re.sub(r"(\\[\[(])", r"\1\\s*", re.escape(text))
    found = re.fullmatch(pattern, got.strip(), re.DOTALL) if shown else None
    return found is not None and all(_close(float(a), float(b), a) for a, b in zip(shown, found.groups(), strict=True))


def _pieces(want: str) -> Iterator[tuple[str, str]]:
    position = 0
    # The space after an opening bracket is only there to align signs, so it goes with the bracket.
    token = re.compile(rf"(?P<float>{_SHOWN_FLOAT.pattern})|(?P<anything>\.\.\.)|(?P<bracket>[\[(]\s+)|(?P<space>\s+)")
    for match in token.finditer(want):
        if match.start() > position:
            yield "text", want[position : match.start()]
        kind = match.lastgroup or "text"
        yield ("text", match[0].strip()) if kind == "bracket" else (kind, match[0])
        position = match.end()
    if position < len(want):
        yield "text", want[position:]


def _close(shown: float, actual: float, text: str) -> bool:
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    last_digit = 10.0 ** (int(exponent or 0) - decimals) if decimals >= 3 else 0.0
    return abs(actual - shown) <= max(RELATIVE_TOLERANCE * abs(shown), 1.001 * last_digit)


def _line_of(error: BaseException, path: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return lines[-1] if lines else None


def _traceback_from(error: BaseException, path: str) -> str:
    """Format the traceback from the page's own frame on: what runs the snippets is of no interest to its author."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [index for index, frame in enumerate(frames) if frame.filename == path]
    return "".join(traceback.format_list(frames[own[0] :])) if own else ""
