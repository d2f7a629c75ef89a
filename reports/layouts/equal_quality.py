"""What equal quality costs: the seconds of each curve of points where its FID is that of the baseline's best point."""

from __future__ import annotations

from ..columns import Column
from ..record import EqualQualityRecord, RunRecord
from ..rounding import MISSING, significant
from ..row import Cell, Row
from ..table import ResultsTable

NAME = "equal_quality"
COLUMNS = (
    Column("model", "Model", "setting", is_word=True),
    Column("curve", "Settings", "setting", is_word=True),
    Column("points", "Points", "setting"),
    Column("seconds_at_equal_fid", "s/image at equal FID", "cost", higher_is_better=False),
    Column("cost_ratio", "Times the baseline's", "cost", higher_is_better=False),
    Column("between", "Between", "setting", is_word=True),
)
NOTE = (
    "The logarithm of the seconds is interpolated, linearly in FID, between the two neighbouring points of a curve "
    "whose FIDs enclose that of the baseline's best point; error bars are left aside."
)


def equal_quality(record: RunRecord) -> ResultsTable | None:
    """A row for each curve; None where the run has no baseline or nothing to hold against it."""
    found = record.trade_off
    if found is None or not found.equal_quality:
        return None
    title = f"{record.title}: cost at the FID of {found.baseline_point}"
    rows = tuple(_row(curve) for curve in found.equal_quality)
    return ResultsTable(title, COLUMNS, rows, (found.sentence, NOTE))


def _row(curve: EqualQualityRecord) -> Row:
    between = None if curve.between is None else " – ".join(curve.between)
    label = curve.label or "all settings"
    cells = {
        "model": Cell(curve.model, curve.model),
        "curve": Cell(label, label),
        "points": Cell(len(curve.points), str(len(curve.points))),
        "seconds_at_equal_fid": _number(curve.seconds_per_image, curve.reason),
        "cost_ratio": _number(curve.cost_ratio, curve.reason),
        "between": Cell(between, between or MISSING),
    }
    name = f"{curve.model}, {curve.label}" if curve.label else curve.model
    return Row(name, curve.model, curve.model, label, "generated", cells)


def _number(value: float | None, reason: str | None) -> Cell:
    return Cell(None, MISSING, reason=reason) if value is None else Cell(value, significant(value))
