"""Few steps: FID by sampler and number of steps, as papers on samplers have it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ..columns import Column
from ..rounding import MISSING
from ..row import Cell, Row
from ..table import ResultsTable
from .view import alike, chosen, fid_of, number_of, settings, view

MOST_COLUMNS = 8
NOT_SHOWN = ("steps", "truncation", "source")


def few_steps(table: ResultsTable) -> ResultsTable | None:
    """A row a sampler, a column a number of steps; None where no sampler has points of two numbers of steps.

    Where there are more numbers of steps than a page is wide, the fewest of those that most samplers have are shown.
    """
    lines: dict[tuple[object, ...], dict[int, Row]] = {}
    for row in table.competitors:
        number = number_of(row, "steps")
        if number is not None and fid_of(row) is not None:
            lines.setdefault(alike(table, row, ["steps", "respacing"]), {})[int(number)] = row
    lines = {key: points for key, points in lines.items() if len(points) > 1}
    if not lines:
        return None
    counts = Counter(number for points in lines.values() for number in points)
    steps = sorted(sorted(counts, key=lambda number: (-counts[number], number))[:MOST_COLUMNS])
    columns = [
        *(column for column in chosen(table, settings(table)) if column.key not in NOT_SHOWN),
        *(Column(_key(number), str(number), "score", higher_is_better=False) for number in steps),
        *chosen(table, ()),
    ]
    rows = [_line(points, steps) for points in lines.values()]
    return view(table, "FID by number of steps", columns, rows, _note(table))


def _key(steps: int) -> str:
    return f"fid_at_{steps}_steps"


def _line(points: dict[int, Row], steps: list[int]) -> Row:
    """One sampler's row: its settings, and the FID of each of its points."""
    first = next(iter(points.values()))
    fids = {_key(number): points[number].cells["fid"] if number in points else None for number in steps}
    sampler, guidance = first.cells["sampler"], number_of(first, "guidance")
    words = [
        *([] if sampler.value is None else [sampler.text]),
        f"guidance {first.cells['guidance'].text}" if guidance else "unguided",
    ]
    cells = {key: cell or Cell(None, MISSING) for key, cell in fids.items()}
    return replace(first, label=", ".join(words), cells={**first.cells, **cells})


def _note(table: ResultsTable) -> str:
    """What the numbers are to be read against."""
    others = [row for row in table.competitors if number_of(row, "steps") is None and fid_of(row) is not None]
    if not others:
        return "FID; a dash is a point that the suite does not have."
    best = min(others, key=lambda row: fid_of(row) or 0.0)
    fid = best.cells["fid"]
    error = f" ± {fid.error_text}" if fid.error_text else ""
    return f"FID; a dash is a point that the suite does not have. {best.model} at its best: {fid.text}{error}."
