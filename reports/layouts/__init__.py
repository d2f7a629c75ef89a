"""The tables of the paper, as views of the results table: fewer rows and columns, and no number of their own.

:func:`equal_quality` is not of the paper: it shows an answer of the record.
"""

from __future__ import annotations

from collections.abc import Callable

from ..table import ResultsTable
from .equal_quality import equal_quality
from .few_steps import few_steps
from .guidance import guidance
from .sample_quality import sample_quality
from .speed import speed_against_quality
from .upsampling import upsampling

__all__ = [
    "LAYOUTS",
    "equal_quality",
    "few_steps",
    "guidance",
    "layouts_of",
    "sample_quality",
    "speed_against_quality",
    "upsampling",
]

LAYOUTS: dict[str, Callable[[ResultsTable], ResultsTable | None]] = {
    "sample_quality": sample_quality,
    "guidance": guidance,
    "upsampling": upsampling,
    "few_steps": few_steps,
    "speed_against_quality": speed_against_quality,
}
"""All layouts by name, that of their files. Each gives None where a table has nothing to show in it."""


def layouts_of(table: ResultsTable) -> dict[str, ResultsTable]:
    """The layouts that a table has rows for."""
    drawn = {name: layout(table) for name, layout in LAYOUTS.items()}
    return {name: view for name, view in drawn.items() if view is not None}
