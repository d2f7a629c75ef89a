"""Which scores of a column are the best, as far as their uncertainty can tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

Z_95 = 1.96  # half the width of a 95 % interval, in standard errors


class Estimate(Protocol):
    """What is compared: a score with its uncertainty."""

    @property
    def value(self) -> float | None:
        """The score, or None where there is none."""
        ...

    @property
    def standard_error(self) -> float | None:
        """Its standard error, or None where it is not known."""
        ...

    @property
    def higher_is_better(self) -> bool:
        """Which way is better."""
        ...


class ShownEstimate(NamedTuple):
    """An estimate that a table's cell shows."""

    value: float | None
    standard_error: float | None
    higher_is_better: bool


def best_points(scores: Mapping[str, Estimate]) -> frozenset[str]:
    """The ids whose score is the best, or whose 95 % interval overlaps that of the best.

    Where a standard error is unknown the interval is the value alone. Missing values take no part.
    """
    known = {point: score for point, score in scores.items() if score.value is not None}
    if not known:
        return frozenset()
    best = min(known.values(), key=_badness)
    return frozenset(point for point, score in known.items() if _overlaps(score, best))


def _badness(score: Estimate) -> float:
    assert score.value is not None
    return -score.value if score.higher_is_better else score.value


def _overlaps(score: Estimate, best: Estimate) -> bool:
    reach = Z_95 * ((score.standard_error or 0.0) + (best.standard_error or 0.0))
    return abs(_badness(score) - _badness(best)) <= reach
