"""Which scores of a column are the best, as far as their uncertainty can tell."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .record import ScoreRecord

Z_95 = 1.96  # half the width of a 95 % interval, in standard errors


def best_points(scores: Mapping[str, ScoreRecord]) -> frozenset[str]:
    """The ids whose score is the best, or differs from the best by less than the noise.

    A score joins the best when the 95 % interval of their difference includes zero; the two are taken as independent,
    which is on the careful side for points that share their seeds. Where either standard error is unknown only an
    equal value joins. Missing values take no part.
    """
    known = {point: score for point, score in scores.items() if score.value is not None}
    if not known:
        return frozenset()
    best = min(known.values(), key=_badness)
    return frozenset(point for point, score in known.items() if _is_level(score, best))


def _badness(score: ScoreRecord) -> float:
    assert score.value is not None
    return -score.value if score.higher_is_better else score.value


def _is_level(score: ScoreRecord, best: ScoreRecord) -> bool:
    difference = abs(_badness(score) - _badness(best))
    if score.standard_error is None or best.standard_error is None:
        return difference == 0
    return difference <= Z_95 * math.hypot(score.standard_error, best.standard_error)
