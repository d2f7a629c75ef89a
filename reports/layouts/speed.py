"""Speed against quality: what an image costs at which FID, fastest first."""

from __future__ import annotations

from dataclasses import replace

from ..columns import Column
from ..pareto import on_front
from ..row import Cell, Row
from ..table import ResultsTable
from .view import chosen, fid_of, number_of, settings, view

FRONT = Column("front", "Front", "cost", is_word=True)
NOTE = "Front: no other point here is both faster and of lower FID (or equal in one), error bars left aside."
COSTS = ("network_evaluations", "classifier_evaluations", "seconds_per_image", "images_per_second", "peak_memory_bytes")


def speed_against_quality(table: ResultsTable) -> ResultsTable | None:
    """The points that have a time and an FID, by their time; None where there are none."""
    timed = [
        (seconds, fid, row)
        for row in table.competitors
        if (seconds := number_of(row, "seconds_per_image")) is not None and (fid := fid_of(row)) is not None
    ]
    if not timed:
        return None
    timed.sort(key=lambda entry: (entry[0], entry[1]))
    front = on_front([seconds for seconds, _, _ in timed], [fid for _, fid, _ in timed])
    rows = [_row(row, is_on) for (_, _, row), is_on in zip(timed, front, strict=True)]
    *columns, last = chosen(table, (*settings(table), "fid", *COSTS))
    columns = [*columns, FRONT, last] if last.key == "source" else [*columns, last, FRONT]
    return replace(view(table, "speed against quality", columns, rows, NOTE), heading_keys=())


def _row(row: Row, is_on_front: bool) -> Row:
    """The row under no heading, since the order is that of time and not of models."""
    word = "yes" if is_on_front else "no"
    return replace(row, group="", label=f"{row.model}: {row.label}", cells={**row.cells, "front": Cell(word, word)})
