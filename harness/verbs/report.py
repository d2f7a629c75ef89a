"""``beatgans report``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where to write the report.", show_default="RUN/report")
    ] = None,
) -> None:
    """Draw the report of a run again, from its results.json."""
    from ...reports import read_record
    from ..folder import RunFolder, hold_folder, make_folder
    from ..report import first_samples, write_report

    run = RunFolder(folder)
    record = read_record(run.results)
    target = output or run.report
    make_folder(target)
    # A run that is at work in the folder would take a half-written file for one that was left behind.
    with hold_folder(folder) if output is None else nullcontext():
        write_report(record, target, first_samples(run, record))
    print(f"Report: {target / 'index.html'}")
