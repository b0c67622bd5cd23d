"""``<PipelineTag pipeline="..."/>``: a badge with the name of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import token_line
from sphinx.application import Sphinx

from albert_docs_pkg.sphinxext.syntax import SYNTAX, Component

if TYPE_CHECKING:
    from albert_docs_pkg.sphinxext.renderer import DocBuilderRenderer

_TASKS = (
    "any-to-any audio-classification audio-text-to-text audio-to-audio automatic-speech-recognition "
    "depth-estimation document-question-answering feature-extraction fill-mask graph-ml image-classification "
    "image-feature-extraction image-segmentation image-text-to-image image-text-to-text image-text-to-video "
    "image-to-3d image-to-image image-to-text image-to-video keypoint-detection mask-generation multiple-choice "
    "object-detection other question-answering reinforcement-learning robotics sentence-similarity summarization "
    "table-question-answering table-to-text tabular-classification tabular-regression tabular-to-text "
    "text-classification text-generation text-ranking text-retrieval text-to-3d text-to-audio text-to-image "
    "text-to-speech text-to-video text2text-generation time-series-forecasting token-classification translation "
    "unconditional-image-generation video-classification video-text-to-text video-to-video visual-document-retrieval "
    "visual-question-answering voice-activity-detection zero-shot-classification zero-shot-image-classification "
    "zero-shot-object-detection"
)
TASKS = frozenset(_TASKS.split())
"""The task ids of the Hugging Face hub, and ``multiple-choice`` and ``summarization``, which pages still use."""

_UPPER = {"3d": "3D", "ml": "ML"}


def setup_pipeline_tag(app: Sphinx) -> None:
    """Register the tag."""
    SYNTAX.add_component(Component("PipelineTag", "db_pipeline", body="none", inline=True), render_pipeline)


def render_pipeline(renderer: DocBuilderRenderer, token: SyntaxTreeNode) -> None:
    """A badge; a block of its own gets a paragraph.

    Node tree::

        <paragraph>
            <inline classes="sd-badge db-pipeline">
                Fill Mask
    """
    task = str(token.meta["attributes"].get("pipeline", ""))
    if task not in TASKS:
        renderer.warn(f'<PipelineTag pipeline="{task}"/>: no such task', "pipeline", token_line(token, 0))
    label = " ".join(_UPPER.get(word, word.capitalize()) for word in task.split("-"))
    badge = nodes.inline(label, label, classes=["sd-badge", "sd-outline-secondary", "db-pipeline"])
    if token.meta["inline"]:
        renderer.place(badge, token)
    else:
        renderer.place(nodes.paragraph(label, "", badge, classes=["db-pipeline-block"]), token)
