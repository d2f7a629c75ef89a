"""Guidance, as Table 4 of ADM has it: the same model and sampler at several scales."""

from __future__ import annotations

from dataclasses import replace

from ..row import Row
from ..table import ResultsTable
from .view import alike, chosen, number_of, settings, view

FEWEST = 2  # scales; one shows nothing of guidance


def guidance(table: ResultsTable) -> ResultsTable | None:
    """The points that differ in the scale of the guidance alone, by that scale; None where there are none."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in table.competitors:
        if number_of(row, "guidance") is not None:
            groups.setdefault(alike(table, row, ["guidance"]), []).append(row)
    swept = [rows for rows in groups.values() if len({number_of(row, "guidance") for row in rows}) >= FEWEST]
    if not swept:
        return None
    columns = [
        replace(column, title="Scale") if column.key == "guidance" else column
        for column in chosen(table, (*settings(table), "fid", "sfid", "inception_score", "precision", "recall"))
        if column.key != "truncation"
    ]
    ordered = [row for rows in swept for row in sorted(rows, key=lambda row: number_of(row, "guidance") or 0.0)]
    return view(table, "classifier guidance", columns, ordered, "A scale of 0 is no guidance.")
