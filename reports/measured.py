"""The results table of a record, and of published numbers beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .best import best_points
from .columns import Column, columns_of
from .labels import sampler_title, settings_label
from .notes import remarks_on
from .published import Beside
from .record import PointRecord, RunRecord, ScoreRecord
from .rounding import MISSING, decimals_for, mebibytes, significant
from .row import Cell, Row, Value
from .table import ResultsTable


def results_table(
    record: RunRecord,
    sources: Mapping[str, str] | None = None,
    published: Beside | None = None,
) -> ResultsTable:
    """Makes the table of a record.

    Args:
        record: the run, or several in one.
        sources: which run a point is from, by its id; by default all are from the record's.
        published: rows of published numbers, which follow the measured ones and have a mark.
    """
    sources, published = sources or {}, published or Beside()
    columns = columns_of(record, with_source=bool(published.rows) or len(set(sources.values())) > 1)
    points = sorted(record.points, key=lambda point: point.family == "real")
    scores = {column.key: _score_cells(column.key, points) for column in columns if column.kind == "score"}
    rows = tuple(_row(point, columns, scores, sources.get(point.id, record.name)) for point in points)
    filled = tuple(_filled(row, columns) for row in published.rows)
    return ResultsTable(record.title, columns, rows + filled, (*remarks_on(record), *published.remarks))


def _row(point: PointRecord, columns: Sequence[Column], scores: Mapping[str, Mapping[str, Cell]], source: str) -> Row:
    cells = {
        column.key: scores[column.key][point.id] if column.kind == "score" else _plain_cell(column, point)
        for column in columns
        if column.key != "source"
    }
    with_source = next(column.shown for column in columns if column.key == "source")
    return Row(
        id=point.id,
        model=point.model,
        group=f"{point.model}, {source}" if with_source else point.model,
        label=settings_label(point),
        kind="real" if point.family == "real" else "generated",
        cells=cells | {"source": Cell(source, source)},
    )


def _filled(row: Row, columns: Sequence[Column]) -> Row:
    """A published row with a dash in every column that it does not have."""
    cells = {column.key: row.cells.get(column.key, Cell(None, MISSING)) for column in columns}
    return Row(row.id, row.model, row.group, row.label, row.kind, cells)


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
