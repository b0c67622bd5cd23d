"""Measures how the build time of doc-builder pages grows: cold, and after one page was edited.

Each generated page documents three objects with `[[autodoc]]` and has ten snippets, links to its neighbours, and tabs.

    python examples/benchmarks/sphinxext_pages.py --pages 50 200 800
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODULE = '''"""Module {number}."""


class Model{number}:
    """
    Model number {number}. See [`load{number}`].

    Args:
        width (`int`, *optional*, defaults to 4):
            How wide it is.
        depth (`int`, *optional*, defaults to 2): How deep it is.

    Example:

    ```py
    >>> Model{number}(3)
    ```
    """

    def __init__(self, width: int = 4, depth: int = 2):
        self.width = width

    def forward(self, inputs: list[int]) -> list[int]:
        """Runs the model.

        Args:
            inputs (`list[int]`): What to run it on.

        Returns:
            `list[int]`: The result.
        """
        return inputs


def load{number}(name: str) -> Model{number}:
    """Loads a model.

    Args:
        name (`str`): Its name.
    """
    return Model{number}()


def save{number}(model: Model{number}, name: str) -> None:
    """Saves a model under a name."""
'''

PAGE = """# Page {number}

<hfoptions id="way">
<hfoption id="one">

One way, with [`Model{number}`] and [the next page](page{next}#models).

</hfoption>
<hfoption id="two">

<Tip>

Another way.

</Tip>

</hfoption>
</hfoptions>

{snippets}

## Models

[[autodoc]] m{number}.Model{number}
    - forward

[[autodoc]] m{number}.load{number}

[[autodoc]] m{number}.save{number}
"""

SNIPPET = "### Step {step}\n\nSome text about step {step}.\n\n```py\nvalue = {step}\nprint(value)\n```"


def write_project(folder: Path, count: int) -> None:
    """Write a package and as many pages."""
    package = folder / "generated"
    package.mkdir(parents=True)
    imports = [f"from generated.m{number} import Model{number}, load{number}, save{number}" for number in range(count)]
    (package / "__init__.py").write_text("\n".join(imports) + "\n")
    snippets = "\n\n".join(SNIPPET.format(step=step) for step in range(10))
    docs = folder / "docs"
    docs.mkdir()
    for number in range(count):
        (package / f"m{number}.py").write_text(MODULE.format(number=number))
        page = PAGE.format(number=number, next=(number + 1) % count, snippets=snippets)
        (docs / f"page{number}.mdx").write_text(page)
    (docs / "index.mdx").write_text("# Front page\n")
    entries = "".join(f"  - local: page{number}\n    title: Page {number}\n" for number in range(count))
    (docs / "_toctree.yml").write_text(f"- title: Pages\n  sections:\n{entries}")
    (docs / "conf.py").write_text(
        'project = "generated"\nextensions = ["albert_docs_pkg.sphinxext"]\ndoc_builder_package = "generated"\n'
        'doc_builder_docstrings = "markdown"\ndoc_builder_toctree = "_toctree.yml"\nhtml_theme = "basic"\n'
    )


def build(folder: Path, jobs: int) -> tuple[float, float]:
    """Build in a process of its own; return its seconds by the clock and of processor time."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # the second build finds the library compiled, as it is elsewhere
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "-j", str(jobs), "docs", "out"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print one line for each size and kind of build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[50, 200, 800], help="numbers of pages")
    parser.add_argument("--jobs", type=int, default=1, help="processes that read and write")
    options = parser.parse_args()
    print(f"{'pages':>6} {'build':>10} {'clock s':>9} {'cpu s':>8} {'cpu ms/page':>12}")
    for count in options.pages:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "project"
            write_project(folder, count)
            for kind in ("cold", "one edit", "nothing"):
                if kind == "one edit":
                    page = folder / "docs" / "page1.mdx"
                    page.write_text(page.read_text() + "\nEdited.\n")
                clock, cpu = build(folder, options.jobs)
                print(f"{count:>6} {kind:>10} {clock:>9.2f} {cpu:>8.2f} {1000 * cpu / count:>12.1f}", flush=True)


if __name__ == "__main__":
    main()
