"""``beatgans report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..report import Report


def report(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="The folders of one run or of several, which are shown in one table."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to write the report.", show_default="RUN/report, of a single run"),
    ] = None,
    published: Annotated[
        str | None,
        typer.Option(
            metavar="adm|all|none",
            help="Which published numbers to show beside.",
            show_default="adm, where protocol, reference and number of images are the papers'",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Write this file alone, straight into the folder, such as fid_against_steps.png."
        ),
    ] = None,
) -> None:
    """Draw the report of a run again from its results.json, or one report of several runs."""
    from ...reference_batches import InputError
    from ...reports import read_record
    from ..claims import Claims
    from ..folder import RunFolder, hold_folder, make_folder
    from ..report import write_report
    from ..report_of_runs import report_of_runs

    if output is None and (len(folders) > 1 or only):
        what = "a report of several runs" if len(folders) > 1 else "a part of a report"
        raise InputError(f"{what} needs a folder of its own; name it with -o")
    target = output or RunFolder(folders[0]).report
    if output is None:
        read_record(RunFolder(folders[0]).results)  # whose absence says more than a folder that cannot be locked
        with hold_folder(folders[0]), Claims(RunFolder(folders[0]).claims) as claims, claims.hold("report"):
            # Read here, so that no run at work writes a newer one meanwhile.
            drawn = report_of_runs(folders, published)
            make_folder(target)
            write_report(drawn, target, ())
    else:
        drawn = report_of_runs(folders, published)
        make_folder(target)
        write_report(drawn, target, only or ())
    if not only:
        _show(drawn)
    print(f"Report: {target if only else target / 'index.html'}")


def _show(drawn: Report) -> None:
    """The table and the answer."""
    from rich.console import Console

    from ...reports.render import terminal
    from ..report import table_of

    Console().print(terminal(table_of(drawn)))
    print()
    if drawn.record.answer is not None:
        print(drawn.record.answer.sentence)
