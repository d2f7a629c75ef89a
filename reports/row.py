"""The rows of a results table and their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
    """One operating point, or one line of a published table."""

    id: str
    model: str
    group: str
    """The heading that it stands under where rows are grouped: the model (with the run), or the published table."""
    label: str
    """The settings in words, for where the heading is known already."""
    kind: Literal["generated", "real", "published"]
    """Real images are shown apart; neither they nor published numbers compete for the best."""
    cells: Mapping[str, Cell]
    """By the column's key."""

    @property
    def is_floor(self) -> bool:
        """True for real images, the floor that a perfect generator would come to."""
        return self.kind == "real"
