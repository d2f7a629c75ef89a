"""The oracle is SciPy's t-tests: for a score that is a mean, the jackknife's groups are what they take as samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from beatgans.harness.score_difference import ScoreDifference, can_be_paired, paired_difference, unpaired_difference
from beatgans.reports import ScoreRecord

GROUPS = 20


def mean_score(group_means):
    """The record of a score that is the mean of groups of equal size."""
    replicates = [float(np.delete(group_means, group).mean()) for group in range(len(group_means))]
    return ScoreRecord(
        value=float(np.mean(group_means)),
        standard_error=float(stats.sem(group_means)),
        n=len(group_means) * 10,
        higher_is_better=True,
        replicates=tuple(replicates),
    )


@pytest.fixture
def groups():
    random = np.random.default_rng(0)
    shared = random.normal(size=GROUPS)
    return shared + 0.1 * random.normal(size=GROUPS), shared + 0.1 * random.normal(size=GROUPS) - 0.05


def test_the_paired_test_of_means_is_the_paired_t_test(groups):
    difference = paired_difference(*map(mean_score, groups))
    expected = stats.ttest_rel(*groups)
    assert difference.value == pytest.approx(np.mean(groups[0]) - np.mean(groups[1]))
    assert difference.standard_error == pytest.approx(stats.sem(groups[0] - groups[1]))
    assert (difference.degrees, difference.paired) == (GROUPS - 1, True)
    assert difference.p_value == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval(0.95)
    assert difference.quantile(0.975) * difference.standard_error == pytest.approx((high - low) / 2)


def test_the_unpaired_test_of_means_is_welchs(groups):
    a, b = groups[0], 3 * groups[1]
    difference = unpaired_difference(mean_score(a), mean_score(b), GROUPS)
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert difference.degrees == pytest.approx(expected.df)
    assert difference.p_value == pytest.approx(expected.pvalue)
    assert not difference.paired


def test_pairing_sees_what_the_shared_part_hides(groups):
    paired = paired_difference(*map(mean_score, groups))
    unpaired = unpaired_difference(*map(mean_score, groups), GROUPS)
    assert paired.value == unpaired.value
    assert paired.standard_error < unpaired.standard_error / 5


def test_without_any_spread_a_difference_is_certain_and_none_is_none():
    assert ScoreDifference(0.1, 0.0, 19, True).p_value == 0
    assert ScoreDifference(0.0, 0.0, 19, True).p_value == 1
    flat = mean_score(np.ones(GROUPS))
    assert unpaired_difference(flat, flat, GROUPS) == ScoreDifference(0.0, 0.0, GROUPS - 1, False)


@pytest.mark.parametrize("change", [{"replicates": None}, {"n": 190}, {"replicates": (1.0, 2.0)}])
def test_scores_of_other_groups_cannot_be_paired(groups, change):
    score = mean_score(groups[0])
    assert can_be_paired(score, score)
    assert not can_be_paired(score, score.model_copy(update=change))
    assert not can_be_paired(score.model_copy(update=change), score)
