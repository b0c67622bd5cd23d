"""The TensorFlow scripts pass the suite of scripts."""

from __future__ import annotations

from tests.examples.script_suite import ScriptSuite


class TestTensorFlowScripts(ScriptSuite):
    """Each script, run in this process."""

    framework = "tensorflow"
    others = ("", "Flax")
