"""Tests of what counts as the output that a page shows, and of the line that a failure names."""

from __future__ import annotations

import doctest
import textwrap

import pytest

from tests.snippets.blocks import Block
from tests.snippets.evaluation import FrameworkNames, OutputChecker, run_block

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize(
    ("shown", "actual"),
    [
        ("0.1234", "0.12349"),
        ("0.123", "0.124"),
        ("tensor([ 0.1234, -2.0000])", "tensor([0.1235, -2.0001])"),
        ("tensor(0.6931, grad_fn=<NllLossBackward0>)", "tensor(0.6932, grad_fn=<NllLossBackward0>)"),
        ("tensor([1., 2.])", "tensor([1., 2.], device='cuda:0')"),
        ("tensor(0.5001)", "tensor(0.5002, device='cuda:0')"),
        ("1e-05", "1.0005e-05"),
        ("loss 0.250 ... 12 steps", "loss 0.2503 after all of 12 steps"),
        ("-0.0000", "0.00004"),
        ("[[0.1000,\n  0.2000]]", "[[0.1000, 0.2001]]"),
    ],
)
def test_output_within_tolerance_is_accepted(shown: str, actual: str) -> None:
    assert OutputChecker().check_output(shown + "\n", actual + "\n", FLAGS)


@pytest.mark.parametrize(
    ("shown", "actual"),
    [
        ("0.1234", "0.1244"),
        ("0.5", "0.6"),
        ("12.5", "12.6"),
        ("3", "4"),
        ("1000", "1001"),
        ("[2, 13, 1]", "[2, 13, 2]"),
        ("torch.Size([1, 5, 256])", "torch.Size([1, 5, 257])"),
        ("2.13.0", "2.14.0"),
        ("0.25", "nan"),
        ("0.25", "0.25 and more"),
        ("tensor([0.1, 0.2])", "tensor([0.1])"),
        ("tensor(1., device='cuda:0')", "tensor(1.)"),
        ("albert 1.0", "alberta 1.0"),
    ],
)
def test_other_output_is_refused(shown: str, actual: str) -> None:
    assert not OutputChecker().check_output(shown + "\n", actual + "\n", FLAGS)


@pytest.mark.parametrize(
    ("source", "location", "says"),
    [
        ("x = 1\n\ny = x / 0\n", "page.md:12: ", "ZeroDivisionError: division by zero"),
        ("def f():\n    raise KeyError('a')\n\nf()\n", "page.md:11: ", "KeyError: 'a'"),
        ("x = 1\ny = = 2\n", "page.md:11: ", "SyntaxError"),
        ("raise SystemExit(2)\n", "page.md:10: ", "SystemExit: 2"),
        (">>> x = 1\n>>> x\n2\n", "page.md:11: ", "Expected:\n    2\nGot:\n    1"),
        (">>> x = 1\n>>> x.a\n", "page.md:11: ", "AttributeError"),
        (">>> x = 1\n>>>x\n", "page.md:9: ", "lacks blank"),
    ],
)
def test_failure_names_the_line_of_the_page(source: str, location: str, says: str) -> None:
    failure = run_block(Block(9, 10, source), "page.md", "/nowhere/page.md", {})
    assert failure is not None
    assert failure.startswith(location)
    assert says in failure


def test_blocks_share_the_namespace_they_are_given() -> None:
    namespace: dict[str, object] = {}
    assert run_block(Block(1, 1, "import math\nx = 1\n"), "p", "p", namespace) is None
    assert run_block(Block(1, 1, ">>> y = x + 1\n>>> print(math.floor(2.5))\n2\n"), "p", "p", namespace) is None
    assert run_block(Block(1, 1, "assert y == 2\n"), "p", "p", namespace) is None


def test_expected_exception_is_accepted() -> None:
    source = textwrap.dedent("""\
        >>> 1 / 0
        Traceback (most recent call last):
        ...
        ZeroDivisionError: division by zero
        """)
    assert run_block(Block(1, 1, source), "p", "p", {}) is None


def test_each_framework_has_names_of_its_own_beside_the_shared_ones() -> None:
    names = FrameworkNames()
    shared: dict[str, object] = {}

    def run(source: str, framework: str | None = None) -> str | None:
        block = Block(1, 1, source, framework=framework)
        return run_block(block, "p", "p", names.of(block, shared))

    assert run("size = 2\n") is None
    assert run("model = 'pt' * size\ndef use(): return model + str(size)\n", "pt") is None
    assert run("model = 'tf' * size\nsize = 7\n", "tf") is None
    assert run(">>> model, size\n('ptpt', 2)\n", "pt") is None
    assert run(">>> 'model' in globals(), size\n(False, 2)\n") is None
    assert run(">>> model, size\n('tftf', 7)\n", "tf") is None
    assert run("size = 3\n") is None
    assert run(">>> use()\n'ptpt3'\n", "pt") is None
    assert run(">>> size\n3\n", "tf") is None
