"""Upsampling, as Table 6 of ADM has it: one stage against two, guided and not."""

from __future__ import annotations

from dataclasses import replace

from ..columns import Column
from ..rounding import MISSING
from ..row import Cell, Row
from ..table import ResultsTable
from .sample_quality import sample_quality
from .view import chosen, view

NOTE = "Steps of the first stage, and of the stage that enlarges its images."
STAGES = (
    Column("base_steps", "Base steps", "setting"),
    Column("upsampling_steps", "Upsampling steps", "setting"),
)


def upsampling(table: ResultsTable) -> ResultsTable | None:
    """Each model at its best with the steps of its two stages; None where no row has a second one."""
    best = sample_quality(table)
    if best is None or not any(_is_two_stage(row) for row in best.rows):
        return None
    settings = [column for column in chosen(table, ("model",)) if column.key != "source"]
    scores = chosen(table, ("guidance", "fid", "sfid", "inception_score", "precision", "recall"))
    rows = [replace(row, cells={**row.cells, **_stages(row.cells["steps"])}) for row in best.rows]
    return view(table, "upsampling", [*settings, *STAGES, *scores], rows, NOTE)


def _is_two_stage(row: Row) -> bool:
    return "+" in row.cells["steps"].text


def _stages(steps: Cell) -> dict[str, Cell]:
    """The steps of both stages; those of a single one are the first's."""
    base, _, second = steps.text.partition("+")
    return {
        key: Cell(int(text) if text.isdigit() else None, text or MISSING)
        for key, text in zip(("base_steps", "upsampling_steps"), (base, second), strict=True)
    }
