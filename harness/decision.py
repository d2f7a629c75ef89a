"""The decision on one difference: proven, excluded, or open, and how many images would close it."""

from __future__ import annotations

import math
from typing import NamedTuple

from ..reports.verdict import Finding
from .score_difference import ScoreDifference

MOST_NEEDED = 100_000_000
"""Images beyond which no number is named: the difference lies at the margin itself."""


class Decision(NamedTuple):
    """What is known of a difference."""

    finding: Finding
    samples_needed: int | None = None


def decide(
    difference: ScoreDifference,
    p_value: float,
    margin: float,
    n: int,
    tests: int,
    significance: float,
    *,
    higher_is_better: bool,
) -> Decision:
    """Decides on one difference.

    Args:
        difference: candidate less baseline.
        p_value: of no difference, corrected for the number of tests.
        margin: the largest change that does not matter.
        n: the images of either side.
        tests: how many differences are tested at once.
        significance: the largest chance of an error.
        higher_is_better: the direction of better.
    """
    loss = -difference.value if higher_is_better else difference.value
    if abs(loss) > margin and p_value <= significance:
        return Decision("worse" if loss > 0 else "better")
    one_sided = difference.quantile(1 - significance) * difference.standard_error
    if loss + one_sided <= margin:
        return Decision("unchanged")
    # Standard errors fall with the square root of the number of images; what remains is taken to stay as it is.
    if loss <= margin:
        ratio = one_sided / (margin - loss) if loss < margin else math.inf
    else:
        ratio = difference.quantile(1 - significance / (2 * tests)) * difference.standard_error / loss
    needed = n * max(1.0, ratio) ** 2
    return Decision("inconclusive", _rounded_up(needed) if needed <= MOST_NEEDED else None)


def _rounded_up(number: float) -> int:
    """The next number of two significant digits."""
    unit: int = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return math.ceil(number / unit) * unit
