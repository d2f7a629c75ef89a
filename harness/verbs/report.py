"""``beatgans report``."""

from __future__ import annotations

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
    from ..folder import RunFolder
    from ..report import first_samples, write_report

    run = RunFolder(folder)
    record = read_record(run.results)
    target = output or run.report
    write_report(record, target, first_samples(run, record))
    print(f"Report: {target / 'index.html'}")
