"""Keep the metrics of full runs in ``examples/results`` and draw the tables of the READMEs from them.

    python -m examples.tasks.results runs/pytorch-text-classification    # take over a run, then draw
    python -m examples.tasks.results                                     # draw only

A README has a table between ``<!-- results: TASK -->`` and ``<!-- end -->``; what stands there is replaced.
``commands`` in place of ``results`` lists the commands; ``longer`` and ``longer commands`` are of ``results/longer``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from examples.tasks.reports import FRAMEWORKS, machine_of, write_text

EXAMPLES = Path(__file__).resolve().parents[1]
RESULTS = EXAMPLES / "results"
HEADLINES = {
    "text-classification": ("accuracy", "macro_f1"),
    "token-classification": ("accuracy", "macro_f1"),
    "masked-language-modeling": ("top1", "top5", "perplexity"),
    "question-answering": ("exact_match", "f1"),
    "multiple-choice": ("accuracy",),
    "pretraining": ("top1", "top5", "order_accuracy"),
}
"""The metrics of each task that its table shows."""


def main(arguments: Sequence[str]) -> None:
    """Take over runs, then draw every table."""
    for folder in arguments:
        keep(Path(folder))
    for page in pages():
        write_text(page, with_tables(page.read_text(encoding="utf-8")))


def keep(folder: Path) -> Path:
    """Copy the metrics of a run, without the points of its curve, and return where they are kept."""
    report = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    report.pop("history", None)
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{report['framework']}-{report['task']}.json"
    write_text(target, json.dumps(report, indent=2) + "\n")
    return target


def pages() -> list[Path]:
    """Return the READMEs that may hold tables."""
    return [EXAMPLES / "README.md", *sorted((EXAMPLES / "tasks").glob("*.md"))]


def kept(task: str, longer: bool = False) -> list[dict[str, Any]]:
    """Return the kept reports of a task, one for each framework that has one."""
    folder = RESULTS / "longer" if longer else RESULTS
    paths = [folder / f"{framework}-{task}.json" for framework in FRAMEWORKS]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def with_tables(text: str) -> str:
    """Return a page with the tables that its markers ask for."""
    for task in HEADLINES:
        for kind, draw, longer in (
            ("results", result_table, False),
            ("commands", command_list, False),
            ("longer", result_table, True),
            ("longer commands", command_list, True),
        ):
            opening, closing = f"<!-- {kind}: {task} -->\n", "<!-- end -->"
            before, found, rest = text.partition(opening)
            if found:
                _, ending, after = rest.partition(closing)
                if not ending:
                    raise ValueError(f"the marker {opening.strip()} has no {closing} after it")
                text = f"{before}{opening}\n{draw(kept(task, longer))}\n{closing}{after}"
    return text


def result_table(reports: Sequence[Mapping[str, Any]]) -> str:
    """Return the metrics of the frameworks and, below, of the baselines for each number of records."""
    if not reports:
        return "No full run is recorded yet.\n"
    names = HEADLINES[reports[0]["task"]]
    split = "test" if "test" in reports[0]["results"] else "validation"
    titles = [f"{split} {name.replace('_', ' ')}" for name in names]
    course = ["training records", "steps", "processor minutes", "machine", "date"]
    lines = [_line(["", *titles, *course]), _line(["---"] * (len(names) + 6))]
    for report in reports:
        training = report["training"]
        tokens = training.get("tokens_per_step")
        size = f"{tokens:,} tokens" if tokens else f"{training['rows_per_step']} rows"
        course = [
            f"{report['data']['train']:,}",
            f"{training['steps']:,} × {size}",
            f"{training['processor_seconds'] / 60:.1f}",
            machine_of(report),
            report["environment"]["date"],
        ]
        lines.append(_line([FRAMEWORKS[report["framework"]], *_cells(report["results"][split], names), *course]))
    described = set()
    for report in reports:
        # Baselines that learned from the same records are the same in each framework.
        sizes = (report["data"]["train"], report["data"][split])
        for title, by_split in report["baselines"].items() if sizes not in described else ():
            records = f"{sizes[0]:,}"
            lines.append(_line([title, *_cells(by_split[split], names), records, *[""] * (len(course) - 1)]))
        described.add(sizes)
    return "\n".join(lines) + "\n"


def command_list(reports: Sequence[Mapping[str, Any]]) -> str:
    """Return the commands of the recorded runs."""
    commands = [report["command"] for report in reports]
    return "```bash\n" + "\n".join(commands) + "\n```\n" if commands else "No full run is recorded yet.\n"


def _cells(metrics: Mapping[str, float], names: Sequence[str]) -> list[str]:
    return [_number(name, metrics[name]) if name in metrics else "–" for name in names]


def _number(name: str, value: float) -> str:
    return f"{value:,.1f}" if name == "perplexity" else f"{value:.1%}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main(sys.argv[1:])
