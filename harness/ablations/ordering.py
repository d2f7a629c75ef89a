"""Whether a paper's ordering of two arms holds: Welch's interval of the difference of their means over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

LEVEL = 0.95
RULE = (
    "An ordering holds where the 95 % interval of the difference of the two arms' means over the training seeds lies "
    "wholly on the paper's side of zero, does not hold where it lies wholly on the other side, and is not decided "
    "where it contains zero. The interval is Welch's: the difference ± t standard errors, where the standard error is "
    "sqrt(s²/n + s'²/n') of the seeds' standard deviations s and s', and t the quantile of Student's distribution with "
    "the Welch-Satterthwaite degrees of freedom. Each ordering is judged by itself: of twenty without a difference one "
    "would be decided by chance."
)
Answer = Literal["holds", "does not hold", "not decided"]


@dataclass(frozen=True)
class Judgement:
    """What was found out about two arms.

    Attributes:
        answer: by the rule.
        difference: by how much the one that should be better is; below zero where it is worse. None without values.
        standard_error: of it.
        low: the lower end of its 95 % interval.
        high: the upper end.
        reason: why there is no interval; None where there is one.
    """

    answer: Answer
    difference: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    reason: str | None = None


def judge(better: Sequence[float | None], worse: Sequence[float | None], higher_is_better: bool) -> Judgement:
    """Compares what should be better with what should be worse, a value a training seed each."""
    left, right = ([value for value in values if value is not None] for values in (better, worse))
    if len(left) < len(better) or len(right) < len(worse):
        return Judgement("not decided", None, None, None, None, "a seed has no value")
    sign = 1 if higher_is_better else -1
    difference = sign * (mean(left) - mean(right))
    if min(len(left), len(right)) < 2:
        return Judgement("not decided", difference, None, None, None, "one seed has no standard error")
    variances = [variance(values) / len(values) for values in (left, right)]
    error = math.sqrt(sum(variances))
    reach = error and error * _quantile(variances, [len(left), len(right)])
    low, high = difference - reach, difference + reach
    answer: Answer = "holds" if low > 0 else "does not hold" if high < 0 else "not decided"
    return Judgement(answer, difference, error, low, high)


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean."""
    return math.fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """With n - 1."""
    middle = mean(values)
    return math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1)


def standard_error(values: Sequence[float]) -> float | None:
    """Of the mean; None for fewer than two values."""
    return math.sqrt(variance(values) / len(values)) if len(values) > 1 else None


def _quantile(variances: Sequence[float], numbers: Sequence[int]) -> float:
    """Student's, for the degrees of freedom that the variances of two means come to (Welch 1947)."""
    # Imported here because SciPy takes a moment that help need not.
    from scipy.stats import t

    squares = (part**2 / (number - 1) for part, number in zip(variances, numbers, strict=True))
    freedom = sum(variances) ** 2 / math.fsum(squares)
    return float(t.ppf((1 + LEVEL) / 2, freedom))
