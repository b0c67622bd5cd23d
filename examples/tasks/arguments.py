"""The command line that all training scripts share, whatever the task and the framework."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

SUFFIXES = (".csv", ".json", ".jsonl")

FREE = ("output_dir", "resume", "stop_at_step", "save_steps", "threads", "devices")
"""Arguments that may differ between a run and its continuation: the weights do not depend on them."""


def build_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the arguments of every script; a task adds the names of its columns and more."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output_dir", required=True, help="model, tokenizer, metrics, curve and card go here")

    data = parser.add_argument_group(
        "data", "the bundled WordNet set of the task, unless files or a data set are named"
    )
    data.add_argument("--train_file", help="CSV with a header, or JSON lines (.csv, .json, .jsonl)")
    data.add_argument("--validation_file", help="likewise; without it a part of the training records")
    data.add_argument("--test_file", help="likewise; measured once, at the end")
    data.add_argument("--validation_share", type=float, default=0.1, help="of --train_file without --validation_file")
    data.add_argument("--dataset_name", help="name or folder for datasets.load_dataset")
    data.add_argument("--dataset_config_name", help="its configuration")
    data.add_argument("--max_train_samples", type=int, help="use the first so many; all when absent")
    data.add_argument("--max_validation_samples", type=int)
    data.add_argument("--max_test_samples", type=int)

    model = parser.add_argument_group("model")
    model.add_argument("--model_name_or_path", default="albert-wordnet-nano", help="bundled name, folder, or hub id")
    model.add_argument("--max_length", type=int, default=128, help="longest row in tokens")
    model.add_argument("--classifier_dropout", type=float, help="in front of the head; the model's own when absent")

    training = parser.add_argument_group("training")
    training.add_argument("--seed", type=int, default=0)
    training.add_argument("--batch_size", type=int, default=32, help="rows of one device in one pass")
    training.add_argument("--eval_batch_size", type=int, default=64)
    training.add_argument("--gradient_accumulation_steps", type=int, default=1, help="passes for one step")
    training.add_argument("--epochs", type=float, default=1.0)
    training.add_argument("--max_steps", type=int, help="this many steps, whatever --epochs says")
    training.add_argument("--learning_rate", type=float, default=5e-4, help="highest; ends at 0")
    training.add_argument("--warmup_share", type=float, default=0.1, help="share of the steps in which it rises")
    training.add_argument("--weight_decay", type=float, default=0.01, help="of matrices; vectors have none")
    training.add_argument("--max_gradient_norm", type=float, default=1.0)
    training.add_argument("--mixed_precision", choices=("no", "bf16"), default="no")
    training.add_argument("--pad_to_multiple_of", type=int, default=16, help="row lengths; fewer shapes to compile")
    training.add_argument("--threads", type=int, help="of the processor for each process; all when absent")
    training.add_argument(
        "--devices", type=int, help="that share a step; all GPUs, else one, when absent (PyTorch: as torchrun starts)"
    )

    course = parser.add_argument_group("course of the run")
    course.add_argument("--evaluations", type=int, default=5, help="how often to measure, evenly over the run")
    course.add_argument("--log_steps", type=int, default=20, help="steps between two points of the training curve")
    course.add_argument("--save_steps", type=int, default=500, help="steps between two states to go on from")
    course.add_argument("--stop_at_step", type=int, help="leave a state and stop, for machines with a time limit")
    course.add_argument("--resume", action="store_true", help="go on from the state in --output_dir")
    return parser


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read a command line and refuse what cannot work before any work is done."""
    options = parser.parse_args(arguments)
    positive = (
        *("max_train_samples", "max_validation_samples", "max_test_samples", "batch_size", "eval_batch_size"),
        *("gradient_accumulation_steps", "epochs", "max_steps", "learning_rate", "max_gradient_norm", "threads"),
        *("pad_to_multiple_of", "evaluations", "log_steps", "save_steps", "stop_at_step", "devices"),
    )
    for name in positive:
        value = getattr(options, name, None)
        if value is not None and not value > 0:
            parser.error(f"--{name} must be above 0, got {value}")
    for name in ("warmup_share", "validation_share", "classifier_dropout"):
        value = getattr(options, name)
        if value is not None and not 0 <= value < 1:
            parser.error(f"--{name} must be at least 0 and below 1, got {value}")
    for name in ("weight_decay", "seed"):
        if getattr(options, name) < 0:
            parser.error(f"--{name} must be at least 0, got {getattr(options, name)}")
    if options.max_length < 8:
        parser.error(f"--max_length must be at least 8, got {options.max_length}")
    _check_data(parser, options)
    _check_folder(parser, options)
    return options


def _check_data(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    files = {name: getattr(options, name) for name in ("train_file", "validation_file", "test_file")}
    given = {name: path for name, path in files.items() if path}
    if given and options.dataset_name:
        parser.error(f"--dataset_name and --{next(iter(given))} name two sources of data; give one of them")
    if given and not options.train_file:
        parser.error(f"--{next(iter(given))} needs --train_file")
    if options.dataset_config_name and not options.dataset_name:
        parser.error("--dataset_config_name needs --dataset_name")
    for name, path in given.items():
        if not Path(path).is_file():
            parser.error(f"--{name} {path} is no file")
        if Path(path).suffix not in SUFFIXES:
            parser.error(f"--{name} must end in {', '.join(SUFFIXES)}, got {path}")
    if options.train_file and not options.validation_file and not options.validation_share:
        parser.error("--validation_share must be above 0 without --validation_file")


def _check_folder(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    folder = Path(options.output_dir)
    if folder.exists() and not folder.is_dir():
        parser.error(f"--output_dir {folder} is a file")
    states = sorted(path.name for path in folder.glob("training_state*") if ".partial" not in path.suffixes)
    if options.resume and not states:
        parser.error(f"--resume: {folder} has no training_state; leave --resume out to begin")
    if states and not options.resume:
        parser.error(
            f"--output_dir {folder} has the state of a run that has not ended: add --resume, or remove {states[0]}"
        )


def settings(options: argparse.Namespace) -> dict[str, object]:
    """Return the arguments that the weights of a run depend on."""
    return {name: value for name, value in sorted(vars(options).items()) if name not in FREE}


def check_same_run(options: argparse.Namespace, stored: dict[str, object]) -> None:
    """Refuse to go on with a run that was begun with other arguments.

    Raises:
        ValueError: an argument differs; all that do are listed.
    """
    now = settings(options)
    changed = [f"--{name} {stored.get(name)} (now {now.get(name)})" for name in now if stored.get(name) != now[name]]
    if changed:
        raise ValueError(f"--resume: the run in {options.output_dir} was begun with {', '.join(changed)}")
