"""Views: what all layouts are made with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..best import ShownEstimate, best_points
from ..columns import Column
from ..row import Row
from ..table import ResultsTable


def view(
    table: ResultsTable, subject: str, columns: Sequence[Column], rows: Iterable[Row], note: str | None = None
) -> ResultsTable:
    """A table of some rows and columns of another, with its notes, its best marked among the rows that are left."""
    return replace(
        table,
        title=f"{table.title}: {subject}",
        columns=tuple(columns),
        rows=marked(tuple(rows), columns),
        remarks=(note, *table.remarks) if note else table.remarks,
    )


def settings(table: ResultsTable) -> tuple[str, ...]:
    """The keys of the settings that the table shows."""
    return tuple(column.key for column in table.shown if column.kind == "setting" and column.key != "source")


def alike(table: ResultsTable, row: Row, but: Sequence[str]) -> tuple[object, ...]:
    """All settings of a row but some: rows for which these are equal differ in those alone."""
    keys = [column.key for column in table.columns if column.kind == "setting"]
    return tuple(row.cells[key].value for key in keys if key not in {"id", "num_images", *but})


def chosen(table: ResultsTable, keys: Sequence[str]) -> list[Column]:
    """The columns of these keys that the table shows, in the order of the keys, and the source where it is shown."""
    shown = {column.key: column for column in table.shown}
    return [shown[key] for key in (*keys, "source") if key in shown]


def marked(rows: tuple[Row, ...], columns: Sequence[Column]) -> tuple[Row, ...]:
    """The rows, with the best of each score's column marked anew."""
    for column in columns:
        if column.kind != "score":
            continue
        cells = {row.id: row.cells[column.key] for row in rows if row.kind == "generated"}
        estimates = {
            point: ShownEstimate(
                None if cell.value is None else float(cell.value), cell.standard_error, bool(column.higher_is_better)
            )
            for point, cell in cells.items()
        }
        best = best_points(estimates)
        rows = tuple(
            replace(row, cells={**row.cells, column.key: replace(row.cells[column.key], best=row.id in best)})
            for row in rows
        )
    return rows


def fid_of(row: Row) -> float | None:
    """A row's FID, or None where it has none."""
    cell = row.cells.get("fid")
    return None if cell is None or cell.value is None else float(cell.value)


def number_of(row: Row, key: str) -> float | None:
    """A setting or a cost of a row as a number, or None where it does not apply or is missing."""
    cell = row.cells.get(key)
    return None if cell is None or cell.value is None else float(cell.value)
