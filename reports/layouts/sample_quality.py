"""Sample quality, as Table 5 of ADM has it: each model at its best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from ..row import Row
from ..table import ResultsTable
from .view import chosen, fid_of, number_of, settings, view

FEW_STEPS = 25
"""As many as the paper's row ``ADM-G (25 steps)`` takes."""
NOTE = (
    f"Of each model the points of lowest FID: unguided, guided, and of at most {FEW_STEPS} steps. As they were chosen "
    "by this very number, it is a little too low for each."
)


def sample_quality(table: ResultsTable) -> ResultsTable | None:
    """A row or a few a model, then real images and published numbers; None where nothing generated has an FID."""
    models = groupby(table.competitors, key=lambda row: row.model)
    best = [row for _, rows in models for row in _best(list(rows))]
    if not best:
        return None
    columns = chosen(table, (*settings(table), "fid", "sfid", "precision", "recall"))
    return view(table, "sample quality", columns, [*best, *table.floor, *table.published], NOTE)


def _best(rows: Sequence[Row]) -> Iterator[Row]:
    """The best row of each kind that the model has, each once, in the table's order."""
    kinds: tuple[Callable[[Row], bool], ...] = (
        lambda row: not number_of(row, "guidance"),
        lambda row: bool(number_of(row, "guidance")),
        lambda row: 0 < (number_of(row, "steps") or 0) <= FEW_STEPS,
    )
    ids = {row.id for is_one in kinds if (row := _lowest(filter(is_one, rows))) is not None}
    return (row for row in rows if row.id in ids)


def _lowest(rows: Iterator[Row]) -> Row | None:
    scored = [(fid, row) for row in rows if (fid := fid_of(row)) is not None]
    return min(scored, key=lambda pair: pair[0])[1] if scored else None
