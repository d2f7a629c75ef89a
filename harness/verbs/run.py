"""``beatgans run``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...reference_batches import InputError
from ..errors import InterruptionError, RunError
from .options import BatchSize, Device

NAMED = 3
"""Points that a warning names."""

if TYPE_CHECKING:
    from ...reports import RunRecord
    from ..overhead import Overhead
    from ..run import Outcome


def run(
    suite: Annotated[str, typer.Argument(help="A built-in suite, such as digits, or the path of a YAML file.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The run's folder.", show_default="runs/<suite name>")
    ] = None,
    device: Device = "auto",
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change the suite, such as num_images=100 or points.0.steps=[5,10]."
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB", help="Work on those operating points alone whose ids match, such as '*ddim*'; repeatable."
        ),
    ] = None,
    batch_size: BatchSize = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that sample at once.", show_default="one a core or GPU")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over in a new folder; nothing is deleted.")] = False,
) -> None:
    """Run a suite: sample, score and report. A run that was interrupted is continued.

    The same command given several times, on one machine or on many that share the folder, shares out the work; so does
    torchrun -m beatgans.harness run.
    """
    from ..device import rank, world_size
    from ..folder import unused_folder
    from ..progress import Progress
    from ..run import RunOptions, run_suite
    from ..suite import load_suite

    resolved = load_suite(suite, overrides or ())
    path = output or Path("runs") / resolved.name
    if fresh and world_size() > 1:
        raise InputError("--fresh: each of torchrun's processes would take a folder of its own; name a new one with -o")
    if fresh:
        path = unused_folder(path)
    command = shlex.join(["beatgans", *sys.argv[1:]]).encode(errors="backslashreplace").decode()
    options = RunOptions(device, tuple(only or ()), batch_size, workers, command)
    cure = f"give the same command with -o {path} in place of --fresh" if fresh else "give the same command again"
    try:
        outcome = run_suite(resolved, path, options, Progress(quiet=rank() > 0))
    except KeyboardInterrupt:
        raise InterruptionError(f"interrupted; {cure} to continue") from None
    except OSError as error:
        raise RunError(
            f"the run stopped at {error.filename or path}: {error.strerror}; mend that and {cure} to continue"
        ) from error
    if rank() == 0:
        _show(outcome)


def warnings_of(record: RunRecord) -> list[str]:
    """The warnings of a run, then those of its points, each once with the points that it is about."""
    about: dict[str, list[str]] = {}
    for point in record.points:
        for text in point.warnings:
            about.setdefault(text, []).append(point.id)
    return [*record.warnings, *(f"{_some(points)}: {text}" for text, points in about.items())]


def _some(names: list[str]) -> str:
    """The first of some names, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _show(outcome: Outcome) -> None:
    """The table and the answer of a run that was worked on, a line about one that needed none, and the page."""
    record = outcome.record
    if outcome.had_work:
        for warning in warnings_of(record):
            print(f"beatgans: {warning}", file=sys.stderr)
        from rich.console import Console

        from ...reports import results_table
        from ...reports.render import terminal

        Console().print(terminal(results_table(record)))
        print()
        if record.answer is not None:
            print(record.answer.sentence)
        if record.trade_off is not None:
            print(record.trade_off.sentence)
    elif record.status == "complete":
        print(f"{outcome.folder.path} is complete: all {len(record.points)} operating points were sampled and scored.")
    else:
        print(f"{outcome.folder.path} has all that --only asks for. {record.warnings[0]}")
    if outcome.overhead is not None:
        print(overhead_line(outcome.overhead))
    print(f"Report: {outcome.folder.page}")


def overhead_line(overhead: Overhead) -> str:
    """What of a command's time was neither a network's nor a metric's, in words."""
    return (
        f"{overhead.share:.1%} of the {overhead.wall:.1f} s went to neither networks, pixels nor metrics:"
        f" {overhead.stages['starting']:.1f} s to starting, {overhead.stages['report']:.1f} s to the report."
    )
