"""The footnotes on what a table lacks, so that nothing is missing without a reason."""

from __future__ import annotations

from collections.abc import Sequence

from .columns import Column
from .row import Row


def missing_notes(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """One note a reason, with all that is missing for it."""
    missing: dict[str, list[str]] = {}
    for row in rows:
        for reason, what in _missing_of(columns, row).items():
            missing.setdefault(reason, []).append(f"{what} of {row.id}")
    return [f"Missing ({reason}): {', '.join(what)}." for reason, what in missing.items()]


def _missing_of(columns: Sequence[Column], row: Row) -> dict[str, str]:
    """What a row lacks, by reason."""
    missing: dict[str, list[Column]] = {}
    for column in columns:
        reason = row.cells[column.key].reason
        if reason:
            missing.setdefault(reason, []).append(column)
    costs = [column for column in columns if column.kind == "cost"]
    return {
        reason: "all costs" if lacking == costs else ", ".join(_what(column, row) for column in lacking)
        for reason, lacking in missing.items()
    }


def _what(column: Column, row: Row) -> str:
    return column.title if row.cells[column.key].value is None else f"standard error of {column.title}"
