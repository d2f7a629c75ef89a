"""From findings to a verdict in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from ..reports.columns import METRIC_TITLES
from ..reports.rounding import decimals_for
from ..reports.verdict import BaselineOrigin, ComparisonRecord, Finding, Outcome, VerdictRecord
from .policy import Tolerable

NOTHING = "nothing was compared"
SEVERITY = ("worse", "not compared", "better", "inconclusive")
"""The findings that do not pass, in the order in which they are told."""
IN_WORDS: dict[Finding, str] = {
    "identical": "identical",
    "unchanged": "no worse than the margin allows",
    "worse": "worse",
    "better": "better",
    "inconclusive": "inconclusive",
    "not compared": "not compared",
}


def refuse(reasons: Sequence[str], suite: str, accepted: BaselineOrigin | None = None) -> VerdictRecord:
    """The verdict where nothing can be compared."""
    return VerdictRecord(
        outcome="cannot judge",
        sentence=f"cannot judge {suite}: {_listed(reasons)}",
        reasons=tuple(reasons),
        suite=suite,
        accepted=accepted,
    )


def conclude(
    comparisons: Sequence[ComparisonRecord],
    tolerate: Collection[Tolerable],
    *,
    suite: str,
    accepted: BaselineOrigin,
    significance: float,
    notes: Sequence[str],
) -> VerdictRecord:
    """The verdict over all comparisons: a proven regression outweighs what could not be judged."""
    comparisons = [
        entry.model_copy(update={"tolerated": True}) if entry.finding in tolerate else entry for entry in comparisons
    ]
    told = [entry for finding in SEVERITY for entry in comparisons if entry.finding == finding and not entry.tolerated]
    reasons = [f"{_title(entry)}: {entry.reason}" for entry in told]
    if all(entry.finding == "not compared" for entry in comparisons):
        reasons.insert(0, NOTHING)
    outcome: Outcome = "pass" if not reasons else "cannot judge"
    if any(entry.finding == "worse" for entry in told):
        outcome = "regression"
    tolerated = [f"Tolerated: {_title(entry)}: {entry.reason}." for entry in comparisons if entry.tolerated]
    return VerdictRecord(
        outcome=outcome,
        sentence=_sentence(outcome, suite, comparisons, reasons),
        reasons=tuple(reasons),
        notes=(*tolerated, *notes),
        suite=suite,
        accepted=accepted,
        significance=significance,
        comparisons=tuple(comparisons),
    )


def _sentence(outcome: Outcome, suite: str, comparisons: Sequence[ComparisonRecord], reasons: Sequence[str]) -> str:
    if outcome == "pass":
        counts = Counter(entry.finding for entry in comparisons)
        found = ", ".join(f"{counts[finding]} {words}" for finding, words in IN_WORDS.items() if counts[finding])
        return f"no regression of {suite}: of {len(comparisons)} scores {found}"
    if outcome == "regression":
        return f"regression of {suite}: {_listed(reasons)}"
    open_ones = [entry for entry in comparisons if entry.finding == "inconclusive" and not entry.tolerated]
    if len(open_ones) < len(reasons):
        return f"cannot judge {suite}: {_listed(reasons)}"
    numbers = [entry.samples_needed for entry in open_ones]
    decidable = [number for number in numbers if number is not None]
    which = "them" if len(decidable) == len(numbers) else f"{len(decidable)} of them"
    cure = f", and {max(decidable):,} images a point would decide {which}" if decidable else ""
    return f"cannot judge {suite}: {len(open_ones)} of {len(comparisons)} scores are inconclusive{cure}; {reasons[0]}"


def _listed(reasons: Sequence[str]) -> str:
    """The first reason, and how many follow."""
    first, *others = reasons
    return f"{first} (and {len(others)} more)" if others else first


def _title(entry: ComparisonRecord) -> str:
    return f"{METRIC_TITLES.get(entry.metric, entry.metric)} of {entry.point}"


def describe(entry: ComparisonRecord) -> str | None:
    """What a tested comparison's finding rests on; None for one that passes."""
    assert entry.difference is not None
    assert entry.margin is not None
    assert entry.p_value is not None
    if entry.finding == "unchanged":
        return None
    change = f"{_change(entry)} (margin {entry.margin:.2g}, p = {entry.p_value:.2g})"
    if entry.finding == "inconclusive":
        needed = entry.samples_needed
        cure = (
            f"about {needed:,} images would decide" if needed else "it is at the margin, so no number of images would"
        )
        return f"{change}: neither proven nor excluded; {cure}"
    if entry.finding == "better":
        return f"{change}: a better model or a broken pipeline; accept a new baseline if it is meant"
    return change


def _change(entry: ComparisonRecord) -> str:
    """The change in numbers: ``0.049 -> 0.061, a change of +0.012 ± 0.002``."""
    decimals = decimals_for([entry.difference], [entry.standard_error])
    error = "" if entry.standard_error is None else f" ± {entry.standard_error:.{decimals}f}"
    return (
        f"{entry.baseline:.{decimals}f} -> {entry.candidate:.{decimals}f},"
        f" a change of {entry.difference:+.{decimals}f}{error}"
    )
