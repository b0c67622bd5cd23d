"""The grammar of Markdown docstrings, with the forms that are found in the wild."""

from __future__ import annotations

import pytest

from albert_docs_pkg.sphinxext.docstring_markup import is_rest
from albert_docs_pkg.sphinxext.docstrings import Errors, Parameters, Result, Text, read_docstring


def parameters(docstring: str) -> list[tuple[str, str, str]]:
    """Name, type and description of all parameters."""
    parts = read_docstring(docstring).parts
    groups = [part for part in parts if isinstance(part, Parameters)]
    return [(one.name, one.type, one.description) for group in groups for one in group.parameters]


@pytest.mark.parametrize("title", ["Args", "Arg", "Arguments", "Argument", "Attributes", "Params", "Parameters"])
def test_all_titles_of_parameter_sections_are_known(title: str) -> None:
    assert parameters(f"Text.\n\n{title}:\n    a (`int`): One.\n") == [("a", "`int`", "One.")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a: Text.", ("a", "", "Text.")),
        ("a (int): Text.", ("a", "int", "Text.")),
        (
            "a (`int` of shape `(x, y)`, defaults to `x`): T",
            ("a", "`int` of shape `(x, y)`, defaults to `x`", "T"),
        ),
        ("a ({`'x'`, `'y: z'`}): T: more", ("a", "{`'x'`, `'y: z'`}", "T: more")),
        ("a ([`Class`]): T", ("a", "[`Class`]", "T")),
        ("a (`dict[str: int]`): T", ("a", "`dict[str: int]`", "T")),
        ("**kwargs (`Any`): T", ("**kwargs", "`Any`", "T")),
        ("*args: T", ("*args", "", "T")),
        ("`a` (`int`): T", ("a", "`int`", "T")),
        ("a, b (`int`): T", ("a, b", "`int`", "T")),
        ("- a (`int`): T", ("a", "`int`", "T")),
        ("config.json (`str`): T", ("config.json", "`str`", "T")),
    ],
)
def test_a_parameter_has_a_name_a_type_and_a_text(line: str, expected: tuple[str, str, str]) -> None:
    assert parameters(f"Args:\n    {line}\n") == [expected]


def test_descriptions_keep_their_lists_code_and_blank_lines() -> None:
    doc = """
    Args:
        a (`int`):
            One of:

            - first
              - nested

            ```py
            x: int = 1
            ```
        b: Two
    """
    assert parameters(doc) == [
        ("a", "`int`", "One of:\n\n- first\n  - nested\n\n```py\nx: int = 1\n```"),
        ("b", "", "Two"),
    ]


def test_an_introduction_over_two_lines_is_read_and_reported() -> None:
    doc = read_docstring("Args:\n    a (`int`,\n        *optional*): Text.\n    b: Other.\n")
    assert [one.name for part in doc.parts if isinstance(part, Parameters) for one in part.parameters] == ["a", "b"]
    assert doc.parts[0].parameters[0].type == "`int`, *optional*"  # type: ignore[union-attr]
    assert len(doc.problems) == 1
    assert doc.problems[0][0] == 1


def test_a_quoted_title_begins_a_group() -> None:
    doc = read_docstring("Args:\n    a: A\n\n    > For training\n\n    b: B\n")
    assert [(part.title, len(part.parameters)) for part in doc.parts if isinstance(part, Parameters)] == [
        ("Parameters", 1),
        ("For training", 1),
    ]


def test_several_sections_stay_apart() -> None:
    doc = read_docstring("Text.\n\nArgs:\n    a: A\n\nAttributes:\n    b: B\n\n    - c\n")
    assert [part.title for part in doc.parts if isinstance(part, Parameters)] == ["Parameters", "Attributes"]


@pytest.mark.parametrize("indent", ["", "    "])
def test_returns_and_examples_end_the_parameters_at_either_indentation(indent: str) -> None:
    rest = ["Returns:", "    `int`: One.", "Example:", "", "```py", "x", "```"]
    doc = "\n".join(["Text.", "", "Args:", "    a: A", *(indent + line for line in rest)])
    parts = read_docstring(doc).parts
    assert [type(part) for part in parts] == [Text, Parameters, Result, Text]
    assert parts[2] == Result("Returns", "`int`", "One.", parts[2].line)
    assert parts[3].text == "Example:\n\n```py\nx\n```"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("\n    `int`: One: two.", "`int`", "One: two."),
        ("\n    `torch.Tensor`\n        More.", "`torch.Tensor`", "More."),
        ("\n    [`X`] or `tuple(Y)`: A text\n    that goes on.", "[`X`] or `tuple(Y)`", "A text\nthat goes on."),
        ("\n    A sentence without a type.", "", "A sentence without a type."),
        (" what is returned", "", "what is returned"),
        (" `int`: One.", "`int`", "One."),
        ("\n    dict: with\n\n    - a list", "dict", "with\n\n- a list"),
    ],
)
def test_results_have_a_type_where_they_say_so(body: str, kind: str, text: str) -> None:
    for title, word in (("Returns", "Returns"), ("Return", "Returns"), ("Yields", "Yields"), ("Yield", "Yields")):
        (part,) = read_docstring(f"{title}:{body}\n").parts
        assert isinstance(part, Result)
        assert (part.title, part.type, part.text) == (word, kind, text)


def test_errors_are_pairs() -> None:
    rows = ["ValueError: If a.", "`TypeError`: If b.", "[`E`](url) if c", "    and more.", "- OSError: d"]
    doc = "\n    ".join(["Raises:", *rows])
    (part,) = read_docstring(doc).parts
    assert isinstance(part, Errors)
    assert [(one.name, one.description) for one in part.entries] == [
        ("ValueError", "If a."),
        ("`TypeError`", "If b."),
        ("[`E`](url)", "if c\nand more."),
        ("OSError", "d"),
    ]


def test_titles_in_code_and_sentences_are_text() -> None:
    doc = "Text\n\n```\nArgs:\n    a: b\nReturns:\n    x\n```\n\nArgs: are described elsewhere.\n"
    assert [type(part) for part in read_docstring(doc).parts] == [Text]


def test_an_empty_result_is_reported_and_stays_text() -> None:
    doc = read_docstring("Text.\n\nReturns:\n\nNothing below.\n")
    assert [type(part) for part in doc.parts] == [Text]
    assert doc.problems == [(2, "Returns: has nothing indented below it")]


def test_lines_are_those_of_the_docstring() -> None:
    doc = read_docstring("One.\n\nArgs:\n    a: A\n    b:\n        B\n\nText.\n")
    assert [part.line for part in doc.parts] == [0, 2, 7]
    assert [one.line for one in doc.parts[1].parameters] == [3, 4]  # type: ignore[union-attr]
    assert [one.description_line for one in doc.parts[1].parameters] == [3, 5]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Uses :class:`X`.", True),
        ("Text\n\n.. note:: x", True),
        ("Example::\n\n    x", True),
        ("Uses ``x`` and [`X`].", False),
        ("a :b: c", False),
    ],
)
def test_restructured_text_is_recognised(docstring: str, expected: bool) -> None:
    assert is_rest(docstring) is expected


def test_a_parameter_without_a_colon_is_read_and_reported() -> None:
    doc = "Args:\n    a (`bool`, defaults to `True`)\n        Whether.\n    b (`int`): Two.\n"
    assert parameters(doc) == [("a", "`bool`, defaults to `True`", "Whether."), ("b", "`int`", "Two.")]
    message = "no colon behind 'a (`bool`, defaults to `True`)'; doc-builder would misread it"
    assert read_docstring(doc).problems == [(1, message)]


def test_roles_in_a_docstring_with_fences_become_markdown() -> None:
    doc = "See :class:`~pond.Duck` and :obj:`None`.\n\nExample::\n\n```py\nx = ':obj:`int`'\n```\n"
    assert not is_rest(doc)
    part = read_docstring(doc).parts[0]
    assert isinstance(part, Text)
    assert part.text == "See [`~pond.Duck`] and `None`.\n\nExample:\n\n```py\nx = ':obj:`int`'\n```"


@pytest.mark.parametrize("doc", ["A :class:`Duck`.", "Example::\n\n    x", "```\nx\n```\n\n.. note:: y"])
def test_roles_and_directives_without_fences_are_restructuredtext(doc: str) -> None:
    assert is_rest(doc)


def test_parameters_that_are_not_indented_are_read_and_reported() -> None:
    doc = """
    Text.

    Args:
    a (`int` of shape `(x, y)`):
        One.
    b ( `str`, *optional*):
        Two.

        - more
    c: torch.Tensor
        Three.

    Returns:
        `int`: R

    Args:

    Some sentence about nothing.
    """
    assert parameters(doc) == [
        ("a", "`int` of shape `(x, y)`", "One."),
        ("b", "`str`, *optional*", "Two.\n\n- more"),
        ("c", "", "torch.Tensor\nThree."),
    ]
    assert read_docstring(doc).problems == [(2, "the lines below Args: are not indented")]
