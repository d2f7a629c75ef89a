"""The results table of a record: one object, drawn by every renderer, so that no two of them can disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from .best import best_points
from .columns import Column, columns_of
from .labels import sampler_title, settings_label
from .notes import notes_of
from .record import PointRecord, RunRecord, ScoreRecord
from .rounding import MISSING, decimals_for, mebibytes, significant

Value = str | int | float | None


@dataclass(frozen=True)
class Cell:
    """One value, exactly and as people read it."""

    value: Value
    """As in the record; None where it is missing or does not apply."""
    text: str
    """Rounded, with a dash where there is no value."""
    standard_error: float | None = None
    error_text: str = ""
    """The standard error with the decimals of the value, or nothing."""
    best: bool = False
    """The best of its column, or level with it."""
    reason: str | None = None
    """Why a value or its standard error is missing; None where nothing is."""


@dataclass(frozen=True)
class Row:
    """One operating point."""

    id: str
    model: str
    label: str
    """The settings in words, for where the model is known already."""
    is_floor: bool
    """True for real images, which are shown apart and compete for nothing."""
    cells: Mapping[str, Cell]
    """By the column's key."""


@dataclass(frozen=True)
class ResultsTable:
    """A table of operating points."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    """In the record's order, the floor rows last."""
    notes: tuple[str, ...]
    """The footnotes: what the signs mean, protocol, hardware, what is missing."""

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns for people."""
        return tuple(column for column in self.columns if column.shown)

    @property
    def competitors(self) -> tuple[Row, ...]:
        """The rows of generated images."""
        return tuple(row for row in self.rows if not row.is_floor)

    @property
    def floor(self) -> tuple[Row, ...]:
        """The rows of real images."""
        return tuple(row for row in self.rows if row.is_floor)

    @property
    def groups(self) -> list[tuple[str, tuple[Row, ...]]]:
        """Neighbouring rows of one model, real images apart, each group with the model's name."""
        grouped = groupby(self.rows, key=lambda row: (row.is_floor, row.model))
        return [(model, tuple(rows)) for (_, model), rows in grouped]

    def flat_names(self) -> list[str]:
        """The fields of :meth:`flat_rows`, in order."""
        names = []
        for column in self.columns:
            names += [column.key, f"{column.key}_standard_error"] if column.kind == "score" else [column.key]
        return [*names, "reason"]

    def flat_rows(self) -> list[dict[str, Value]]:
        """One dictionary a row, with all columns, exact values, standard errors, and the reasons of what is missing."""
        return [_flat(row, self.columns) for row in self.rows]


def results_table(record: RunRecord) -> ResultsTable:
    """Makes the table of a record."""
    columns = columns_of(record)
    points = sorted(record.points, key=lambda point: point.family == "real")
    scores = {column.key: _score_cells(column.key, points) for column in columns if column.kind == "score"}
    rows = tuple(
        Row(
            id=point.id,
            model=point.model,
            label=settings_label(point),
            is_floor=point.family == "real",
            cells={c.key: scores[c.key][point.id] if c.kind == "score" else _plain_cell(c, point) for c in columns},
        )
        for point in points
    )
    shown = [column for column in columns if column.shown]
    return ResultsTable(record.title, columns, rows, notes_of(record, shown, rows))


def _score_cells(metric: str, points: list[PointRecord]) -> dict[str, Cell]:
    """The cells of a metric's column, by point."""
    scores = {point.id: point.scores[metric] for point in points if metric in point.scores}
    floor = {point.id for point in points if point.family == "real"}
    best = best_points({point: score for point, score in scores.items() if point not in floor})
    decimals = decimals_for(
        [score.value for score in scores.values()], [score.standard_error for score in scores.values()]
    )
    unscored = Cell(None, MISSING, reason="not asked for")
    return {
        point.id: _score_cell(scores[point.id], decimals, point.id in best) if point.id in scores else unscored
        for point in points
    }


def _score_cell(score: ScoreRecord, decimals: int, best: bool) -> Cell:
    return Cell(
        value=score.value,
        text=MISSING if score.value is None else f"{score.value:.{decimals}f}",
        standard_error=score.standard_error,
        error_text="" if score.standard_error is None else f"{score.standard_error:.{decimals}f}",
        best=best,
        reason=score.reason if score.standard_error is None else None,
    )


def _plain_cell(column: Column, point: PointRecord) -> Cell:
    """The cell of a setting or a cost. A setting that is None does not apply; a cost that is None has a reason."""
    value: Value = getattr(point if column.kind == "setting" else point.profile, column.key)
    reason = point.profile.reason if column.kind == "cost" and value is None else None
    return Cell(value, _plain_text(column.key, value), reason=reason)


def _plain_text(key: str, value: Value) -> str:
    if value is None:
        return MISSING
    if key == "peak_memory_bytes":
        return mebibytes(int(value))
    if key == "sampler":
        return sampler_title(str(value))
    if key.startswith(("seconds_", "images_per")):
        return significant(float(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _flat(row: Row, columns: tuple[Column, ...]) -> dict[str, Value]:
    flat: dict[str, Value] = {}
    for column in columns:
        cell = row.cells[column.key]
        flat[column.key] = cell.value
        if column.kind == "score":
            flat[f"{column.key}_standard_error"] = cell.standard_error
    reasons = [f"{key}: {cell.reason}" for key, cell in row.cells.items() if cell.reason]
    return flat | {"reason": "; ".join(reasons) or None}
