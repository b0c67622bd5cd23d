"""The Flax scripts pass the suite of scripts."""

from __future__ import annotations

import argparse

import pytest

from examples.tasks.batches import TrainingPlan
from tests.examples.script_suite import ScriptSuite


class TestFlaxScripts(ScriptSuite):
    """Each script, run in this process."""

    framework = "flax"
    others = ("", "TF")


def test_rates_are_those_of_the_plan() -> None:
    import optax

    from examples.flax.training import learning_rates

    for total, share in ((10, 0.0), (10, 0.3), (7, 0.1), (1, 0.0)):
        plan = TrainingPlan.__new__(TrainingPlan)
        plan.options = argparse.Namespace(learning_rate=0.5, warmup_share=share)
        plan.total_steps = total
        schedule: optax.Schedule = learning_rates(plan)
        found = [float(schedule(step)) for step in range(total)]
        assert found == pytest.approx([plan.learning_rate(step) for step in range(total)], rel=1e-5)
