"""The comparison of two runs: every difference with its error, and no verdict."""

from __future__ import annotations

from dataclasses import dataclass

from ..reference_batches import InputError
from ..reports import RunRecord
from ..reports.verdict import ComparisonRecord
from .baseline import PointBaseline
from .fairness import unfairness
from .policy import Policy
from .score_comparisons import compare_scores


@dataclass(frozen=True)
class RunComparison:
    """Two runs beside each other.

    Attributes:
        comparisons: the scores of the points that both have.
        only_before: the points that the first run alone has.
        only_after: the points that the second run alone has.
    """

    comparisons: list[ComparisonRecord]
    only_before: list[str]
    only_after: list[str]


def compare_runs(before: RunRecord, after: RunRecord, policy: Policy | None = None) -> RunComparison:
    """Compares two runs, paired where they were sampled from the same seeds.

    Raises:
        InputError: their protocols, references or label policies differ; the message names the fields.
    """
    reasons = unfairness(after, before, ("first run", "second"))
    if reasons:
        raise InputError(f"the two runs cannot be compared: {'; '.join(reasons)}")
    known, new = ([point.id for point in run.points] for run in (before, after))
    comparisons = compare_scores(
        after.points,
        {point.id: PointBaseline.of(point) for point in before.points if point.id in new and point.scores},
        policy or Policy(),
        same_seeds=before.seed == after.seed,
    )
    return RunComparison(
        comparisons,
        only_before=[name for name in known if name not in new],
        only_after=[name for name in new if name not in known],
    )
