"""``beatgans baseline``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import RunPath

app = typer.Typer(name="baseline", no_args_is_help=False)


@app.callback()
def baseline() -> None:
    """Accept runs as baselines, which `beatgans gate` holds others against."""


@app.command("accept")
def accept_run(
    run: RunPath,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The baseline, to be committed.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why these numbers are the ones to hold to.")],
    who: Annotated[
        str | None, typer.Option("--by", metavar="WHO", help="Who accepts them.", show_default="as git has it")
    ] = None,
    margins: Annotated[
        list[str] | None,
        typer.Option(
            "--margin", metavar="SCORE=SIZE", help="The largest change that does not matter: fid=2% or recall=0.01."
        ),
    ] = None,
) -> None:
    """Make a run the baseline, and say what that changes. The policy of a baseline that is replaced stays."""
    from ...reference_batches import InputError
    from ..baseline import read_baseline, write_baseline
    from ..baseline_acceptance import accept, changes, current_user
    from ..errors import CannotJudgeError
    from ..gating import read_run

    record = read_run(run)
    try:
        previous = read_baseline(output) if output.exists() else None
    except CannotJudgeError as error:
        raise InputError(f"{error}, and nothing was written: delete it, or choose another file with -o") from None
    accepted = accept(record, reason, who or current_user(), previous, margins or ())
    for line in changes(previous, accepted) if previous is not None else ():
        print(line)
    write_baseline(output, accepted)
    print(f"{output} holds {len(accepted.points)} operating points of {record.name}; commit it.")
