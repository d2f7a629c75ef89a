"""The results table: one object, drawn by every renderer, so that no two of them can disagree."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from .columns import Column
from .missing import missing_notes
from .row import Row, Value


@dataclass(frozen=True)
class ResultsTable:
    """A table of operating points, of published numbers, or of both."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    """Generated images in the record's order, then real images, then published numbers."""
    remarks: tuple[str, ...]
    """The footnotes that do not depend on the rows: what the signs mean, protocol, hardware."""
    heading_keys: tuple[str, ...] = ("model",)
    """The columns that the groups' headings say already."""

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns for people."""
        return tuple(column for column in self.columns if column.shown)

    @property
    def competitors(self) -> tuple[Row, ...]:
        """The rows of generated images."""
        return tuple(row for row in self.rows if row.kind == "generated")

    @property
    def floor(self) -> tuple[Row, ...]:
        """The rows of real images."""
        return tuple(row for row in self.rows if row.kind == "real")

    @property
    def published(self) -> tuple[Row, ...]:
        """The rows of published numbers."""
        return tuple(row for row in self.rows if row.kind == "published")

    @property
    def notes(self) -> tuple[str, ...]:
        """All footnotes: the remarks, and what is missing of the measured rows, with the reasons."""
        return (*self.remarks, *missing_notes(self.shown, (*self.competitors, *self.floor)))

    @property
    def groups(self) -> list[tuple[str, tuple[Row, ...]]]:
        """Neighbouring rows of one heading, each kind apart, each group with its heading."""
        grouped = groupby(self.rows, key=lambda row: (row.kind, row.group))
        return [(heading, tuple(rows)) for (_, heading), rows in grouped]

    def flat_names(self) -> list[str]:
        """The fields of :meth:`flat_rows`, in order."""
        names = []
        for column in self.columns:
            names += [column.key, f"{column.key}_standard_error"] if column.kind == "score" else [column.key]
        return [*names, "reason"]

    def flat_rows(self) -> list[dict[str, Value]]:
        """One dictionary a row, with all columns, exact values, standard errors, and the reasons of what is missing."""
        return [_flat(row, self.columns) for row in self.rows]


def _flat(row: Row, columns: tuple[Column, ...]) -> dict[str, Value]:
    flat: dict[str, Value] = {}
    for column in columns:
        cell = row.cells[column.key]
        flat[column.key] = cell.value
        if column.kind == "score":
            flat[f"{column.key}_standard_error"] = cell.standard_error
    reasons = [f"{key}: {cell.reason}" for key, cell in row.cells.items() if cell.reason]
    return flat | {"reason": "; ".join(reasons) or None}
