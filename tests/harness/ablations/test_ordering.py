from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from beatgans.harness.ablations.ordering import judge, mean, standard_error


@pytest.mark.parametrize(("numbers", "spread"), [((3, 3), 1.0), ((3, 5), 4.0), ((2, 10), 0.1)])
def test_the_interval_is_welchs(numbers, spread):
    random = np.random.default_rng(0)
    better, worse = (list(random.normal(0, scale, number)) for number, scale in zip(numbers, (1, spread), strict=True))
    judged = judge(better, worse, higher_is_better=True)
    interval = ttest_ind(better, worse, equal_var=False).confidence_interval(0.95)
    assert (judged.low, judged.high) == pytest.approx((interval.low, interval.high))
    assert judged.difference == pytest.approx(np.mean(better) - np.mean(worse))
    flipped = judge(better, worse, higher_is_better=False)
    assert (flipped.low, flipped.high) == pytest.approx((-interval.high, -interval.low))


@pytest.mark.parametrize(
    ("better", "worse", "answer"),
    [
        ([1.0, 1.1, 0.9], [2.0, 2.1, 1.9], "holds"),
        ([2.0, 2.1, 1.9], [1.0, 1.1, 0.9], "does not hold"),
        ([1.0, 2.0, 0.0], [1.5, 2.5, 0.6], "not decided"),
        ([1.0, 1.0], [1.0, 1.0], "not decided"),
        ([1.0, 1.0], [2.0, 2.0], "holds"),
        ([1.0], [2.0], "not decided"),
        ([1.0, None], [2.0, 2.1], "not decided"),
    ],
)
def test_there_are_three_answers(better, worse, answer):
    judged = judge(better, worse, higher_is_better=False)
    assert judged.answer == answer
    assert (judged.reason is None) == (judged.low is not None)


def test_where_there_is_no_difference_one_in_twenty_is_decided():
    random = np.random.default_rng(3)
    draws = random.normal(size=(4000, 2, 3))
    answers = [judge(list(better), list(worse), higher_is_better=False).answer for better, worse in draws]
    assert 0.025 < 1 - answers.count("not decided") / len(answers) < 0.06  # Welch's is a little careful with few


def test_the_mean_and_its_error():
    values = [1.0, 2.0, 4.0]
    assert mean(values) == pytest.approx(np.mean(values))
    assert standard_error(values) == pytest.approx(np.std(values, ddof=1) / np.sqrt(3))
    assert standard_error([1.0]) is None
