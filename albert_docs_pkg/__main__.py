"""Commands for checkpoints: ``convert`` writes one in another format, ``inspect`` describes it and names problems."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from albert_docs_pkg.checkpoints import FORMATS


@dataclass(frozen=True)
class Command:
    """A command of ``python -m albert_docs_pkg``.

    Args:
        help: what it does, in one line.
        description: what it does, for its own ``--help``.
        add_arguments: adds its arguments to a parser.
        run: does it, and returns the exit status.
    """

    help: str
    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the command line; that of the process when absent.

    Returns:
        The exit status: 0 when all is well, 1 when something is wrong with a checkpoint or could not be done. Bad
        arguments end the process with 2.

    Example:
        >>> from albert_docs_pkg.__main__ import main
        >>> main(["inspect", "albert-wordnet-nano", "--quiet"])
        0
    """
    parser = argparse.ArgumentParser(prog="python -m albert_docs_pkg", description=__doc__.replace("``", ""))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.help, description=command.description))
    options = parser.parse_args(arguments)
    try:
        status = COMMANDS[options.command].run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever reads (head, less) has seen enough; Python would complain once more when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, ValueError, TypeError, ImportError) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{options.command}: interrupted; nothing was written", file=sys.stderr)
        return 130


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", metavar="SRC", help="a folder, a hub id such as albert/albert-base-v2, or a bundled name"
    )
    parser.add_argument("--from", dest="format", choices=FORMATS, help="read this format; the first found otherwise")
    parser.add_argument("--revision", default="main", help="branch, tag or commit on the hub (default: main)")
    parser.add_argument("--subfolder", default="", help="folder inside the checkpoint")
    parser.add_argument("--local-files-only", action="store_true", help="use what is cached, never the network")


def _location(options: argparse.Namespace) -> dict[str, object]:
    return {name: getattr(options, name) for name in ("revision", "subfolder", "local_files_only")}


def _add_convert(parser: argparse.ArgumentParser) -> None:
    _add_source(parser)
    parser.add_argument("folder", metavar="DST", help="the folder to write, made when missing")
    parser.add_argument(
        "--to",
        required=True,
        choices=[name for name in FORMATS if name != "tensorflow1"],
        help="model.safetensors, pytorch_model.bin, tf_model.h5 or flax_model.msgpack",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the checkpoint in a folder that has files")
    parser.add_argument("--quiet", action="store_true", help="print nothing and show no progress bar")


def _convert(options: argparse.Namespace) -> int:
    from albert_docs_pkg.checkpoints import convert

    done = convert(
        options.source,
        options.folder,
        options.to,
        format=options.format,
        overwrite=options.overwrite,
        progress=not options.quiet,
        **_location(options),
    )
    if not options.quiet:
        print(
            f"{done.folder}: {done.architecture}, {done.parameters:,} parameters, {done.source_format} to {done.format}"
        )
        print("\n".join(f"  {name}" for name in done.files))
    return 0


def _add_inspect(parser: argparse.ArgumentParser) -> None:
    _add_source(parser)
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--no-values", action="store_true", help="do not read the weights to look for NaN and infinity")
    parser.add_argument("--quiet", action="store_true", help="print nothing; the exit status says it")


def _inspect(options: argparse.Namespace) -> int:
    from albert_docs_pkg.checkpoints import inspect_checkpoint

    found = inspect_checkpoint(
        options.source, format=options.format, values=not options.no_values, **_location(options)
    )
    if not options.quiet:
        print(json.dumps(found.to_dict(), indent=2) if options.json else found)
    return 1 if found.problems else 0


COMMANDS = {
    "convert": Command(
        "write a checkpoint in another format, with its config and tokenizer",
        "Write a checkpoint in another format, with its config and tokenizer. The exit status is 1 when it cannot be "
        "done; then nothing is written.",
        _add_convert,
        _convert,
    ),
    "inspect": Command(
        "say what a checkpoint is and what is wrong with it",
        "Print format, weights, config, tokenizer and problems of a checkpoint. The exit status is 1 when there are "
        "problems.",
        _add_inspect,
        _inspect,
    ),
}
"""The commands by name."""


if __name__ == "__main__":
    sys.exit(main())
