"""The gate: whether a run is worse than its baseline, by how much, and how that is known.

A pure function from candidate, baseline and policy to a verdict. Nothing passes for want of evidence:

- Identical pixels pass at once; there is nothing to estimate.
- A score is *worse* (or *better*) if it moved by more than the margin, and that there was any change is proven at the
  policy's significance after Holm's correction over all scores of all points that were tested.
- It is *unchanged* if a one-sided interval at the same significance keeps it from being worse by more than the margin.
- Everything else is inconclusive, and a number of images that would decide it is named.

Both directions count: a score that is suddenly too good comes of a broken pipeline as often as of a better model, and
which of the two it was is for a person to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..reports import RunRecord
from ..reports.verdict import ComparisonRecord, VerdictRecord
from .baseline import Baseline, made_with
from .fairness import differing, unfairness
from .policy import Policy, Tolerable
from .score_comparisons import compare_scores
from .verdict_words import conclude, refuse

NAMED = 3
"""Scores that a note names."""
SPEEDS = "Speeds are not judged: two runs that did not take turns on one machine differ by what else it did."


def judge(
    candidate: RunRecord, baseline: Baseline, policy: Policy | None = None, tolerate: Collection[Tolerable] = ()
) -> VerdictRecord:
    """Holds a run against a baseline.

    Args:
        candidate: the run.
        baseline: what it must not be worse than.
        policy: how to judge; that of the baseline by default.
        tolerate: findings that pass though they prove nothing; they are named in the verdict's notes.
    """
    policy = policy or baseline.policy
    reasons = [*_partial(candidate), *unfairness(candidate, baseline)]
    if reasons:
        return refuse(reasons, candidate.name, baseline.accepted)
    comparisons = compare_scores(candidate.points, baseline.points, policy, same_seeds=candidate.seed == baseline.seed)
    return conclude(
        comparisons,
        tolerate,
        suite=candidate.name,
        accepted=baseline.accepted,
        significance=policy.significance,
        notes=[*_notes(candidate, baseline, comparisons), SPEEDS],
    )


def _partial(candidate: RunRecord) -> list[str]:
    if candidate.status == "complete":
        return []
    return [f"the run {candidate.name} is partial; complete it with `beatgans run` without --only"]


def _notes(candidate: RunRecord, baseline: Baseline, comparisons: Sequence[ComparisonRecord]) -> Iterator[str]:
    """What to know besides the findings."""
    new = [point.id for point in candidate.points if point.id not in baseline.points]
    if new:
        yield f"Not in the baseline, and so not judged: {', '.join(new)}; accept a new baseline to hold them too."
    unheld = [
        f"{metric} of {point.id}"
        for point in candidate.points
        if point.id in baseline.points
        for metric in point.scores
        if metric not in baseline.points[point.id].scores
    ]
    if unheld:
        more = f" and {len(unheld) - NAMED} more" if len(unheld) > NAMED else ""
        yield f"Scores that the baseline does not have, and so not judged: {', '.join(unheld[:NAMED])}{more}."
    compared = {(entry.point, entry.metric) for entry in comparisons}
    valueless = [
        f"{metric} of {name}"
        for name, point in baseline.points.items()
        for metric in point.scores
        if (name, metric) not in compared
    ]
    if valueless:
        yield f"Without a value in run and baseline alike: {', '.join(valueless)}."
    if candidate.seed != baseline.seed and any(entry.paired is False for entry in comparisons):
        yield (
            f"The run's seed is {candidate.seed} and the baseline's {baseline.seed}, so their images are not paired;"
            " the same seed proves smaller changes."
        )
    moved = [f"{name} {old} -> {new}" for name, old, new in differing(baseline.made_with, made_with(candidate))]
    if moved and any(entry.finding != "identical" for entry in comparisons):
        yield f"Made with other software or hardware than the baseline: {', '.join(moved)}."
