"""Commands for doc-builder folders: ``lint`` prints warnings without a build, ``quickstart`` writes a ``conf.py``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from albert_docs_pkg.sphinxext.lint import lint
from albert_docs_pkg.sphinxext.quickstart import write_configuration


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 0 when nothing is wrong, 1 when there are warnings, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m albert_docs_pkg.sphinxext", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("lint", help="print what is wrong with pages, without building them")
    checking.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a page, or a folder of pages")
    checking.add_argument("--package", default="", help="look names and [[autodoc]] objects up in this package")
    starting = commands.add_parser("quickstart", help="write a conf.py for a folder of pages")
    starting.add_argument("docs", type=Path, metavar="DOCS_DIR", help="the folder, often with a _toctree.yml")
    starting.add_argument("package", metavar="PACKAGE", help="the package that the pages document")
    starting.add_argument("--force", action="store_true", help="replace a conf.py that is there")
    options = parser.parse_args(arguments)
    try:
        if options.command == "quickstart":
            print(write_configuration(options.docs, options.package, force=options.force))
            return 0
        count = 0
        for path in options.paths:
            for warning in lint(path, package=options.package):
                print(warning)
                count += 1
        print(f"{count} warning{'' if count == 1 else 's'}", file=sys.stderr)
        return 1 if count else 0
    except (OSError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.exit(main())
