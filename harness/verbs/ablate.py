"""``beatgans ablate``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InterruptionError, RunError
from .options import Device

if TYPE_CHECKING:
    from ...reports.ablation_record import AblationRecord


def ablate(
    study: Annotated[str, typer.Argument(help="A built-in study, such as digits, or the path of a YAML file.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Its folder.", show_default="runs/ablations")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change the study, such as recipes.diffusion.steps=100."),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Train each arm so often, with seeds from 0 on.", show_default="the study's"),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="QUESTION", help="Answer this question alone; repeatable.")
    ] = None,
    device: Device = "auto",
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that train or sample at once.", show_default="one a core or GPU"),
    ] = None,
) -> None:
    """Train the variants of a recipe with several seeds, and say which of a paper's orderings hold.

    The same command goes on where it was interrupted. docs/ablations.md explains studies.
    """
    from ..ablations.study import load_study
    from ..progress import Progress

    path = output or Path("runs") / "ablations"
    resolved = load_study(study, overrides or ())
    if seeds is not None:
        resolved = resolved.model_copy(update={"seeds": tuple(range(seeds))})
    if only:
        resolved = resolved.only(only)
    command = shlex.join(["beatgans", *sys.argv[1:]]).encode(errors="backslashreplace").decode()

    from ..ablations.run import run_study

    try:
        record = run_study(resolved, path, device, workers, command, Progress())
    except KeyboardInterrupt:
        raise InterruptionError("interrupted; give the same command again to go on") from None
    except OSError as error:
        raise RunError(
            f"the study stopped at {error.filename or path}: {error.strerror}; mend that and give the same command "
            "again to go on"
        ) from error
    show_answers(record)
    print(f"Report: {path / 'report' / 'ablations.md'}")


def show_answers(record: AblationRecord) -> None:
    """What became of each ordering, a line each, and the sum of it."""
    from ...reports.ablation_tables import verdict

    for question in record.questions:
        print(question.title)
        for ordering in question.orderings:
            print(f"  {ordering.answer}: {ordering.claim}")
    print(verdict(record))
