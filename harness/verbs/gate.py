"""``beatgans gate``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import BaselineFile, RunPath

if TYPE_CHECKING:
    from ...reports.verdict import VerdictRecord


def gate(
    run: RunPath,
    baseline: BaselineFile,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the verdict as JUnit's XML.")] = None,
    summary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Append it as Markdown, such as to $GITHUB_STEP_SUMMARY.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as JSON, with every comparison.")] = None,
    tolerate: Annotated[
        list[str] | None,
        typer.Option(metavar="inconclusive|better", help="Let such findings pass; may be given twice."),
    ] = None,
) -> None:
    """Tell by the exit code whether a run is worse than its baseline.

    0: no regression. 1: a regression is proven. 4: that cannot be judged, for reasons that are given.
    """
    from ..errors import CannotJudgeError, RegressionError
    from ..folder import RunFolder
    from ..gating import gate_run
    from ..outputs import check_outputs

    check_outputs({"--junit": junit, "--summary": summary, "--json": json}, [baseline, run, RunFolder(run).results])
    verdict = gate_run(run, baseline, tolerate or ())
    _show(verdict)
    _write(verdict, junit, summary, json)
    if verdict.outcome == "regression":
        raise RegressionError(verdict.sentence)
    if verdict.outcome == "cannot judge":
        raise CannotJudgeError(verdict.sentence)
    print(f"{verdict.sentence[0].upper()}{verdict.sentence[1:]}.")


def _show(verdict: VerdictRecord) -> None:
    """The scores that were tested, and what to know besides; the verdict itself comes last, with the exit code."""
    from rich.console import Console

    from ...reports.comparison_rows import comparison_rows, num_identical
    from ...reports.labels import printable
    from ...reports.render.comparisons import comparison_table

    if comparison_rows(verdict.comparisons):
        Console().print(comparison_table(verdict.comparisons))
        print()
    if identical := num_identical(verdict.comparisons):
        print(f"{identical} of {len(verdict.comparisons)} scores: the images are identical to the baseline's.")
    for text in (*_beyond_the_table(verdict), *verdict.notes):
        print(f"- {printable(text)}")


def _beyond_the_table(verdict: VerdictRecord) -> Iterator[str]:
    """The reasons that are not to be read from the table's numbers."""
    if not verdict.comparisons:
        yield from verdict.reasons
    yield from (
        f"{entry.metric} of {entry.point}: {entry.reason}"
        for entry in verdict.comparisons
        if entry.finding == "not compared"
    )


def _write(verdict: VerdictRecord, junit: Path | None, summary: Path | None, json: Path | None) -> None:
    from ...reference_batches import InputError
    from ...reports.exports import junit as as_junit
    from ...reports.exports import step_summary
    from ...reports.verdict import verdict_json
    from ..outputs import write_output

    for option, path, text in (("--junit", junit, as_junit), ("--json", json, verdict_json)):
        if path is not None:
            write_output(option, path, text(verdict).encode())
    if summary is not None:
        try:
            # A job has one summary, and other steps have their parts in it.
            with summary.open("a", encoding="utf-8") as file:
                file.write(step_summary(verdict))
        except OSError as error:
            raise InputError(f"--summary {summary} cannot be written ({error.strerror}); name another file") from error
