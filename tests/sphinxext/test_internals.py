"""What the extension relies on inside of MyST-Parser, sphinx-design, markdown-it and Sphinx.

When one of these fails after an upgrade, the file named in the test is where to look.
"""

from __future__ import annotations

import inspect

import pytest
from docutils import nodes
from docutils.parsers.rst.states import NestedStateMachine
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser
from sphinx_design.shared import create_component

from albert_docs_pkg.sphinxext.parser import DocBuilderParser, create_parser
from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer


@pytest.mark.parametrize(
    "method",
    [
        "_render_tokens", "_render_finalise", "update_section_level_state", "generate_heading_target",
        "render_link_unknown", "render_link_anchor", "create_warning", "render_children", "nested_render_text",
        "current_node_context", "add_line_and_source_path", "copy_attributes", "run_directive",
    ],
)  # fmt: skip
def test_the_methods_that_the_renderer_overrides_or_calls_exist(method: str) -> None:
    """renderer.py."""
    assert callable(getattr(SphinxRenderer, method))


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("generate_heading_target", ["self", "token", "level", "node", "title_node"]),
        ("update_section_level_state", ["self", "section", "level"]),
        ("render_link_anchor", ["self", "token", "target"]),
        ("_render_tokens", ["self", "tokens"]),
    ],
)
def test_overridden_methods_have_the_signature_that_myst_calls(method: str, parameters: list[str]) -> None:
    """renderer.py."""
    assert list(inspect.signature(getattr(DocutilsRenderer, method)).parameters) == parameters
    assert list(inspect.signature(getattr(DocBuilderRenderer, method)).parameters) == parameters


def test_rules_can_be_replaced_by_token_type() -> None:
    """renderer.py: functions of constructs go into ``rules``."""
    renderer = create_md_parser(MdParserConfig(), SphinxRenderer).renderer
    assert callable(renderer.rules["render_fence"])


def test_the_rules_before_which_ours_stand_have_these_names() -> None:
    """The plugins of all constructs."""
    md = create_md_parser(MdParserConfig(), SphinxRenderer)
    block, inline, core = md.get_all_rules()["block"], md.get_all_rules()["inline"], md.get_all_rules()["core"]
    assert {"html_block", "fence", "blockquote", "code"} <= set(block)
    assert {"html_inline", "link", "escape"} <= set(inline)
    assert {"block", "inline"} <= set(core)


def test_a_block_rule_may_change_where_a_line_begins() -> None:
    """component_rules.py cuts tags off lines through these lists."""
    state = StateBlock("ab\ncd", MarkdownIt(), {}, [])
    assert (state.bMarks[:2], state.eMarks[:2], state.tShift[:2], state.sCount[:2]) == ([0, 3], [2, 5], [0, 0], [0, 0])
    assert (state.lineMax, state.blkIndent, state.parentType) == (2, 0, "root")
    assert state.bsCount[:2] == [0, 0]


def test_myst_syntax_is_off_on_doc_builder_pages() -> None:
    """parser.py."""
    types = {
        token.type for token in create_parser().parse("% comment\n\n(target)=\n\n+++\n\n{role}`x`\n\n    indented\n")
    }
    assert types == {"paragraph_open", "inline", "paragraph_close"}


def test_tab_sets_are_made_of_these_components() -> None:
    """tab_sets.py builds what sphinx-design's directives would build."""
    node = create_component("tab-set", classes=["sd-tab-set"])
    assert isinstance(node, nodes.container)
    assert node["design_component"] == "tab-set"
    from sphinx_design.tabs import TabSetHtmlTransform

    assert TabSetHtmlTransform.default_priority == 200


def test_reports_find_their_source_through_an_attribute() -> None:
    """rst_objects.py takes MyST's mock away while docutils parses."""
    parameters = inspect.signature(NestedStateMachine.run).parameters
    assert list(parameters)[:5] == ["self", "input_lines", "input_offset", "memo", "node"]


def test_the_parser_is_registered_for_its_file_type_alone() -> None:
    """parser.py."""
    assert DocBuilderParser.supported == ("doc-builder",)
