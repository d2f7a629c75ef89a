"""Comparisons of scores as rows of text, for whatever draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .columns import metric_title
from .rounding import MISSING, decimals_for
from .verdict import ComparisonRecord, Finding

ORDER: tuple[Finding, ...] = ("worse", "not compared", "better", "inconclusive", "unchanged", "identical")
"""What a reader must see first."""


class ComparisonRow(NamedTuple):
    """One comparison as people read it."""

    point: str
    metric: str
    """With an arrow in the direction of better."""
    baseline: str
    candidate: str
    difference: str
    """With its standard error."""
    margin: str
    p_value: str
    finding: str
    """And what to know of how it came: ``worse, unpaired``."""
    needed: str
    """Images of a point that would decide it; a dash where none would, or it is decided."""


def comparison_rows(comparisons: Sequence[ComparisonRecord]) -> list[ComparisonRow]:
    """The rows of all comparisons but those of identical images, those that do not pass first."""
    told = [entry for entry in comparisons if entry.finding != "identical"]
    return [_row(entry) for entry in sorted(told, key=lambda entry: ORDER.index(entry.finding))]


def num_identical(comparisons: Sequence[ComparisonRecord]) -> int:
    """How many scores are of identical images."""
    return sum(entry.finding == "identical" for entry in comparisons)


def _row(entry: ComparisonRecord) -> ComparisonRow:
    decimals = decimals_for([entry.difference or entry.baseline], [entry.standard_error])
    error = "" if entry.standard_error is None else f" ± {entry.standard_error:.{decimals}f}"
    return ComparisonRow(
        point=entry.point,
        metric=f"{metric_title(entry.metric)} {'↑' if entry.higher_is_better else '↓'}",
        baseline=_number(entry.baseline, decimals),
        candidate=_number(entry.candidate, decimals),
        difference=MISSING if entry.difference is None else f"{entry.difference:+.{decimals}f}{error}",
        margin=MISSING if entry.margin is None else f"{entry.margin:.2g}",
        p_value=MISSING if entry.p_value is None else f"{entry.p_value:.2g}",
        finding=_finding(entry),
        needed=MISSING if entry.samples_needed is None else f"{entry.samples_needed:,}",
    )


def _finding(entry: ComparisonRecord) -> str:
    words = [entry.finding, "unpaired" if entry.paired is False else "", "tolerated" if entry.tolerated else ""]
    return ", ".join(filter(None, words))


def _number(value: float | None, decimals: int) -> str:
    return MISSING if value is None else f"{value:.{decimals}f}"
