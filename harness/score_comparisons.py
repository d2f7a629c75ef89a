"""Every score of two runs beside each other: the differences, what is proven of them, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..reports import PointRecord, ScoreRecord
from ..reports.verdict import ComparisonRecord, Finding
from .baseline import PointBaseline
from .decision import decide
from .holm import holm
from .policy import Policy
from .score_difference import ScoreDifference, can_be_paired, paired_difference, unpaired_difference
from .verdict_words import describe

NO_POINT = "the run has no such point"
ROUNDING = 1e-4
"""The share of a score that the arithmetic of another machine or library may move it by, on the same images.

Of Inception's features two programs differ by 1.3e-6 (``docs/performance.md``).
"""
SHARES = {"precision": 1, "recall": 1, "density": 1, "coverage": 1, "authpct": 100}
"""What all images come to in scores that count images: of those at the edge of a ball a rounding decides."""
SHARE_ROUNDING = 1e-3
"""The share of these images that may change sides; one image always may."""


@dataclass(frozen=True)
class _Tested:
    """One score of one point, in the run and in the baseline, and the difference of the two."""

    point: str
    metric: str
    candidate: ScoreRecord
    baseline: ScoreRecord
    difference: ScoreDifference


def compare_scores(
    candidate: Sequence[PointRecord], baseline: Mapping[str, PointBaseline], policy: Policy, *, same_seeds: bool
) -> list[ComparisonRecord]:
    """Holds all scores of a baseline's points against those of a run, in the baseline's order.

    Identical images are found and not tested: their scores are equal up to a rounding, or cannot be compared. The
    p-values of all others are corrected together by Holm's procedure. A score that has no value on either side is left
    out.

    Args:
        candidate: the run's points.
        baseline: the points that it is held against, by id.
        policy: which changes matter, and what is proof.
        same_seeds: whether both were sampled from the same seeds, and are paired.
    """
    points = {point.id: point for point in candidate}
    compared = [
        _compare(name, metric, points.get(name), accepted, policy, same_seeds)
        for name, accepted in baseline.items()
        for metric in accepted.scores
    ]
    tested = [entry for entry in compared if isinstance(entry, _Tested)]
    p_values = iter(holm([entry.difference.p_value for entry in tested]))
    return [
        _judged(entry, next(p_values), len(tested), policy) if isinstance(entry, _Tested) else entry
        for entry in compared
        if entry is not None
    ]


def _compare(
    name: str, metric: str, point: PointRecord | None, accepted: PointBaseline, policy: Policy, same_seeds: bool
) -> _Tested | ComparisonRecord | None:
    """One score: tested, or found without a test; None where neither side has a value."""
    old, new = accepted.scores[metric], point.scores.get(metric) if point is not None else None
    reason = _not_comparable(point, accepted, metric)
    if point is None or new is None or reason is not None:
        return _untested(name, metric, "not compared", old, new, reason)
    if old.value is None or new.value is None:
        return None
    if point.samples_sha256 == accepted.samples_sha256:
        if abs(new.value - old.value) <= _rounding(metric, old.value, old.n, policy):
            return _untested(name, metric, "identical", old, new, None)
        reason = "the images are identical and the score is not, so it is computed in another way"
    else:
        reason = _without_error(old, "baseline") or _without_error(new, "run")
    if reason is not None:
        return _untested(name, metric, "not compared", old, new, reason)
    return _Tested(name, metric, new, old, _difference(new, old, same_seeds or point.family == "real"))


def _rounding(metric: str, value: float, num_images: int, policy: Policy) -> float:
    """How far a score of the same images may move by rounding, in its units; never by more than what matters."""
    edge = SHARES.get(metric, 0) * max(SHARE_ROUNDING, 1 / num_images)
    return min(policy.margin(metric).of(value), max(ROUNDING * abs(value), edge))


def _not_comparable(point: PointRecord | None, accepted: PointBaseline, metric: str) -> str | None:
    """Why a score of a point is not to be held against the baseline's; None where it is, or has a value in neither."""
    if point is None:
        return NO_POINT
    if point.num_images != accepted.num_images:
        return f"the run has {point.num_images} images of it and the baseline {accepted.num_images}"
    old, new = accepted.scores[metric], point.scores.get(metric)
    if new is None:
        return "the run has no such score"
    if new.n != old.n:
        return f"the run scored {new.n} images of it and the baseline {old.n}"
    if new.higher_is_better != old.higher_is_better:
        return "run and baseline do not agree on which direction is better"
    if (old.value is None) != (new.value is None):
        lacking, score = ("baseline", old) if old.value is None else ("run", new)
        return f"the {lacking} has no value of it ({score.reason})"
    return None


def _without_error(score: ScoreRecord, side: str) -> str | None:
    """Why the error of a difference cannot be known; None where it can."""
    if score.standard_error is None:
        return f"the {side} has no standard error of it ({score.reason})"
    if score.replicates is None:
        return f"the {side} has no replicates of it, as other metrics and older runs have none"
    return None


def _difference(new: ScoreRecord, old: ScoreRecord, pair: bool) -> ScoreDifference:
    """The difference of two scores that have replicates.

    Existing images are paired in their order. Deleting groups of the same place together is right for images of the
    same seeds, and for those of others too, where it only estimates the same error from fewer degrees of freedom.
    """
    if pair and can_be_paired(new, old):
        return paired_difference(new, old)
    assert new.replicates is not None
    assert old.replicates is not None
    return unpaired_difference(new, old, min(len(new.replicates), len(old.replicates)))


def _untested(
    point: str, metric: str, finding: Finding, old: ScoreRecord, new: ScoreRecord | None, reason: str | None
) -> ComparisonRecord:
    """A comparison without a test."""
    return ComparisonRecord(
        point=point,
        metric=metric,
        finding=finding,
        reason=reason,
        higher_is_better=old.higher_is_better,
        baseline=old.value,
        candidate=new.value if new is not None else None,
    )


def _judged(entry: _Tested, p_value: float, tests: int, policy: Policy) -> ComparisonRecord:
    old, new, difference = entry.baseline, entry.candidate, entry.difference
    assert old.value is not None
    margin = policy.margin(entry.metric).of(old.value)
    decision = decide(
        difference, p_value, margin, new.n, tests, policy.significance, higher_is_better=old.higher_is_better
    )
    comparison = ComparisonRecord(
        point=entry.point,
        metric=entry.metric,
        finding=decision.finding,
        higher_is_better=old.higher_is_better,
        baseline=old.value,
        candidate=new.value,
        difference=difference.value,
        standard_error=difference.standard_error,
        p_value=p_value,
        margin=margin,
        paired=difference.paired,
        samples_needed=decision.samples_needed,
    )
    return comparison.model_copy(update={"reason": describe(comparison)})
