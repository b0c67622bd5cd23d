"""What a run leaves beside the model: ``metrics.json``, ``curve.png`` and a model card, all of that run only."""

from __future__ import annotations

import json
import platform
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from examples.tasks.arguments import settings
from examples.tasks.task import Task

CARD = """---
library_name: albert_docs_pkg
pipeline_tag: {tag}
base_model: {model}
---

# {name}

{title} with an ALBERT, fine-tuned from `{model}` with {framework}.

```py
from albert_docs_pkg import pipeline

answer = pipeline("{tag}", model="path/to/{name}")({example})
```

## Results

| {columns} |
| {rules} |
{rows}

Baselines learned from the same training records. All figures were measured at the end of this run, each split once
as a whole.

![Training loss and validation {headline}](curve.png)

## Training

| | |
| --- | --- |
| data | {data} |
| records | {records} |
| command | `{command}` |
| steps | {steps:,} of {rows_per_step} rows |
| time | {minutes:.1f} minutes, of which the processor worked {processor_minutes:.1f}; measuring included |
| machine | {machine} |
| versions | {versions} |
| date | {date} |

## Limits

Nothing but the above was measured. The weights are those after the last step, whatever validation said before.
"""

FRAMEWORKS = {"pytorch": "PyTorch", "tensorflow": "TensorFlow", "flax": "Flax"}

LIBRARIES = {"pytorch": ("torch",), "tensorflow": ("tensorflow", "keras"), "flax": ("jax", "flax", "optax")}


class Clock:
    """Seconds of a run over all its parts: on the wall, and as the processor counts them."""

    def __init__(self) -> None:
        self.before = (0.0, 0.0)
        self.start()

    def start(self) -> None:
        """Begin to count this part of the run."""
        self.began = (time.monotonic(), time.process_time())

    def read(self) -> tuple[float, float]:
        """Return the seconds so far."""
        now = (time.monotonic(), time.process_time())
        wall, processor = (past + at - start for past, at, start in zip(self.before, now, self.began, strict=True))
        return wall, processor

    def load(self, seconds: Sequence[float]) -> None:
        """Add what an earlier part of the run took."""
        self.before = (seconds[0], seconds[1])


class History:
    """What was measured during a run: points of the training curve, and metrics of the validation records.

    Args:
        log_steps: how many steps one point of the training curve is the mean of.
        records: what an earlier part of the run measured.
    """

    def __init__(self, log_steps: int, records: Sequence[dict[str, Any]] = ()) -> None:
        self.log_steps = log_steps
        self.records = list(records)
        self.recent: list[float] = []
        self.start: dict[str, dict[str, float]] = {}

    def add_start(self, split: str, metrics: Mapping[str, float]) -> None:
        """Take the metrics of a split before the first step."""
        self.start[split] = dict(metrics)

    def add_loss(self, step: int, loss: float) -> None:
        """Take the loss of a step that was just done."""
        self.recent.append(loss)
        if step % self.log_steps == 0:
            self.flush(step)

    def flush(self, step: int) -> None:
        """Make a point of the losses since the last one."""
        if self.recent:
            self.records.append({"step": step, "loss": sum(self.recent) / len(self.recent)})
            self.recent.clear()

    def add_validation(self, step: int, metrics: Mapping[str, float]) -> None:
        """Take the metrics of the validation records."""
        self.records.append({"step": step, "validation": dict(metrics)})

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        return {"records": self.records, "recent": self.recent, "start": self.start}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on where :meth:`state` was taken."""
        self.records, self.recent = list(state["records"]), list(state["recent"])
        self.start = dict(state["start"])


def write_report(
    task: Task,
    framework: str,
    history: History,
    results: Mapping[str, Mapping[str, float]],
    *,
    steps: int,
    rows_per_step: int,
    clock: Clock,
    device: str,
    devices: int = 1,
    parameters: int,
) -> dict[str, Any]:
    """Measure the baselines and write the three files into the output folder.

    Args:
        task: the task, for its data and baselines.
        framework: ``"pytorch"``, ``"tensorflow"`` or ``"flax"``.
        history: of the run.
        results: metrics of the final model by split.
        steps: how many were done.
        rows_per_step: on all devices and in all passes.
        clock: of the run; measuring counts, the baselines do not.
        device: kind of device, such as ``"cpu"``.
        devices: how many took part.
        parameters: of the model.

    Returns:
        What ``metrics.json`` holds.
    """
    options = task.options
    seconds, processor_seconds = clock.read()
    report = {
        "task": task.name,
        "framework": framework,
        "command": command_line(options.output_dir),
        "data": {"source": task.source.name, **{split: len(rows) for split, rows in task.source.splits.items()}},
        "results": {split: dict(metrics) for split, metrics in results.items()},
        "baselines": {"before this training": history.start} if history.start else {},
        "training": {
            "steps": steps,
            "rows_per_step": rows_per_step,
            "seconds": round(seconds, 1),
            "processor_seconds": round(processor_seconds, 1),
            "device": device,
            "devices": devices,
            "parameters": parameters,
        },
        "environment": environment(framework, options.threads),
        "settings": settings(options),
        "history": history.records,
    }
    for split in results:
        for name, metrics in task.baselines(split).items():
            report["baselines"].setdefault(name, {})[split] = metrics
    folder = Path(options.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    draw_curve(history.records, task.headline, folder / "curve.png")
    write_text(folder / "README.md", model_card(task, report))
    write_text(folder / "metrics.json", json.dumps(report, indent=2) + "\n")
    return report


def command_line(output_dir: str) -> str:
    """Return the command that was given, from the folder of the scripts on, whatever machine it ran on."""
    script = Path(sys.argv[0])
    parts = script.parts[script.parts.index("examples") :] if "examples" in script.parts else (script.name,)
    arguments = [Path(word).name if word == output_dir else word for word in sys.argv[1:]]
    return " ".join(["python", "/".join(parts), *map(shlex.quote, arguments)])


def environment(framework: str, threads: int | None) -> dict[str, Any]:
    """Return date, versions and class of the processor; nothing that names the machine."""
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": platform.python_version(),
        "versions": {library: _version(library) for library in LIBRARIES[framework]},
        "processor": processor(),
        "threads": threads,
    }


def processor() -> str:
    """Return the class of the processor, such as ``"AMD EPYC"``."""
    path = Path("/proc/cpuinfo")
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def machine_of(report: Mapping[str, Any]) -> str:
    """Return the machine of a run in a few words."""
    training, threads = report["training"], report["environment"]["threads"]
    cores = f"{threads} thread{'s' if threads != 1 else ''}" if threads else "all threads"
    kind = report["environment"]["processor"] if training["device"] == "cpu" else training["device"]
    times = f"{training['devices']} × " if training["devices"] > 1 else ""
    return f"{times}{kind}" + (f", {cores}" if training["device"] == "cpu" else "")


def model_card(task: Task, report: Mapping[str, Any]) -> str:
    """Return the model card of a run."""
    training, found = report["training"], report["environment"]
    splits = list(report["results"])
    names = list(report["results"][splits[0]])
    rows = []
    for title, by_split in ({"this model": report["results"]} | report["baselines"]).items():
        cells = [_cell(by_split[split].get(name)) for split in splits for name in names]
        rows.append(f"| {title} | {' | '.join(cells)} |")
    return CARD.format(
        tag=task.pipeline_task,
        example=json.dumps(task.pipeline_input),
        title=task.title,
        name=Path(task.options.output_dir).resolve().name,
        model=task.options.model_name_or_path,
        framework=FRAMEWORKS[report["framework"]],
        columns=" | ".join(["", *(f"{split} {name.replace('_', ' ')}" for split in splits for name in names)]),
        rules=" | ".join(["---"] * (1 + len(splits) * len(names))),
        rows="\n".join(rows),
        headline=task.headline.replace("_", " "),
        data=report["data"]["source"],
        records=", ".join(f"{count:,} {split}" for split, count in report["data"].items() if split != "source"),
        command=report["command"],
        steps=training["steps"],
        rows_per_step=training["rows_per_step"],
        minutes=training["seconds"] / 60,
        processor_minutes=training["processor_seconds"] / 60,
        machine=machine_of(report),
        versions=", ".join(f"{library} {number}" for library, number in found["versions"].items()),
        date=found["date"],
    )


def draw_curve(records: Sequence[Mapping[str, Any]], headline: str, target: Path) -> None:
    """Draw the training loss and the validation loss and metric over the steps."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    steps = [record for record in records if "loss" in record]
    checks = [record for record in records if "validation" in record]
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 4), gridspec_kw={"bottom": 0.13, "left": 0.07, "right": 0.98}
    )
    left.plot([r["step"] for r in steps], [r["loss"] for r in steps], label="training", linewidth=1)
    if checks and "loss" in checks[0]["validation"]:
        left.plot([r["step"] for r in checks], [r["validation"]["loss"] for r in checks], "o-", label="validation")
    right.plot([r["step"] for r in checks], [r["validation"][headline] for r in checks], "o-", label="validation")
    left.set(xlabel="step", ylabel="cross entropy", title="loss")
    right.set(xlabel="step", ylabel=headline.replace("_", " "), title="held-out records")
    for axes in (left, right):
        axes.legend()
        axes.grid(alpha=0.3)
    staged = target.with_suffix(".partial.png")
    figure.savefig(staged, dpi=100)
    plt.close(figure)
    staged.replace(target)


def write_text(target: Path, text: str) -> None:
    """Write a file beside its place and move it there."""
    staged = target.with_name(target.name + ".partial")
    staged.write_text(text, encoding="utf-8")
    staged.replace(target)


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if value < 10 else f"{value:,.1f}"


def _version(library: str) -> str:
    """Return the version of a library by its module, whose distribution may have another name (tensorflow-cpu)."""
    return str(import_module(library).__version__).partition("+")[0]
