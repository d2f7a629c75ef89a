from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from beatgans.harness.decision import Decision, decide
from beatgans.harness.score_difference import ScoreDifference

N, DEGREES = 1_000, 19


def decision(value, error, p_value=None, margin=1.0, tests=1, higher_is_better=False):
    difference = ScoreDifference(value, error, DEGREES, True)
    p_value = difference.p_value if p_value is None else p_value
    return decide(difference, p_value, margin, N, tests, 0.05, higher_is_better=higher_is_better)


def test_a_change_beyond_the_margin_that_is_proven_is_worse_or_better_by_the_scores_direction():
    assert decision(2.0, 0.1) == Decision("worse")
    assert decision(-2.0, 0.1) == Decision("better")
    assert decision(2.0, 0.1, higher_is_better=True) == Decision("better")
    assert decision(-2.0, 0.1, higher_is_better=True) == Decision("worse")


def test_proof_without_a_margin_is_no_finding_and_a_margin_without_proof_is_none_either():
    assert decision(0.5, 0.01) == Decision("unchanged")  # certain, and too small to matter
    assert decision(2.0, 2.0).finding == "inconclusive"  # large, and may be chance


def test_a_change_for_the_better_that_is_not_proven_is_no_worse_for_certain():
    assert decision(-5.0, 3.0).finding == "unchanged"
    assert decision(5.0, 3.0, higher_is_better=True).finding == "unchanged"


def test_the_correction_counts_and_not_the_single_test():
    assert decision(2.0, 0.8, p_value=0.04).finding == "worse"
    assert decision(2.0, 0.8, p_value=0.06).finding == "inconclusive"


@pytest.mark.parametrize(("value", "margin", "tests"), [(0.3, 1.0, 1), (-0.4, 0.1, 7), (1.7, 1.0, 5), (0.0, 0.5, 1)])
def test_so_many_images_would_have_decided(value, margin, tests):
    """With errors as they would be then, the same difference is decided; with a tenth fewer images it is not."""
    error = 2.0
    open_one = decision(value, error, margin=margin, tests=tests, p_value=1.0)
    assert open_one.finding == "inconclusive"

    def then(n):
        shrunk = error * np.sqrt(N / n)
        p = min(1.0, tests * 2 * stats.t.sf(abs(value) / shrunk, DEGREES))
        return decision(value, shrunk, margin=margin, tests=tests, p_value=p).finding

    assert then(open_one.samples_needed) in {"worse", "unchanged"}
    assert then(0.85 * open_one.samples_needed) == "inconclusive"
    assert len(str(open_one.samples_needed).rstrip("0")) <= 2


def test_at_the_margin_itself_no_number_of_images_decides():
    assert decision(1.0, 0.5, margin=1.0, p_value=1.0) == Decision("inconclusive", None)


def test_a_difference_of_nothing_without_any_error_is_unchanged():
    assert decision(0.0, 0.0, margin=0.0) == Decision("unchanged")
