from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator.distances import float64_distances
from beatgans.evaluator.evaluate import PreparedReference, evaluate
from beatgans.evaluator.features import Features
from beatgans.evaluator.precision_recall import precision_and_recall, radii
from beatgans.evaluator.uncertainty import binomial_standard_error, contiguous_groups, jackknife_standard_error


def draw(random, n, spread=1.0):
    pool = spread * random.normal(size=(n, 6))
    logits = 2 * random.normal(size=(n, 5))
    return Features(*(array.astype(np.float32) for array in (pool, pool[:, :2], logits)))


@pytest.mark.parametrize(("n", "groups"), [(500, 20), (503, 20), (7, 3), (5, 1)])
def test_groups_are_contiguous_equal_and_complete(n, groups):
    slices = contiguous_groups(n, groups)
    assert len(slices) == groups
    np.testing.assert_array_equal(np.concatenate([np.arange(n)[group] for group in slices]), np.arange(n))
    assert np.ptp([group.stop - group.start for group in slices]) <= 1


def test_jackknife_of_a_mean_meets_the_closed_form():
    values = np.random.default_rng(0).normal(size=200)
    one_by_one = [np.delete(values, group).mean() for group in contiguous_groups(200, 200)]
    assert jackknife_standard_error(one_by_one) == pytest.approx(values.std(ddof=1) / np.sqrt(200), rel=1e-12)


def test_jackknife_of_groups_meets_the_closed_form_of_their_means():
    values = np.random.default_rng(0).normal(size=200)
    groups = contiguous_groups(200, 20)
    replicates = [np.delete(values, group).mean() for group in groups]
    means = np.array([values[group].mean() for group in groups])
    assert jackknife_standard_error(replicates) == pytest.approx(means.std(ddof=1) / np.sqrt(20), rel=1e-12)


def test_more_replicates_do_not_make_the_standard_error_smaller():
    # Dividing the spread of the replicates by the root of their number would: by 10 here.
    values = np.random.default_rng(0).normal(size=2000)
    coarse, fine = (
        jackknife_standard_error(np.delete(values, group).mean() for group in contiguous_groups(2000, groups))
        for groups in (20, 2000)
    )
    assert 0.6 < coarse / fine < 1.6


def test_binomial_standard_error():
    assert binomial_standard_error(0.2, 400) == pytest.approx(0.02)
    assert binomial_standard_error(1.0, 400) == 0


def test_intervals_cover_what_other_samples_give():
    """Two standard errors about each of 40 sets of samples hold the mean of all sets nearly always.

    They are not much larger than it takes either, but for recall, where a jackknife is known to be cautious.
    """
    random = np.random.default_rng(1)
    reference = PreparedReference(draw(random, 400), "exact")
    scores = [evaluate(reference, draw(random, 240, spread=0.7), "exact") for _ in range(40)]
    for metric in scores[0]:
        values = np.array([score[metric].value for score in scores])
        errors = np.array([score[metric].standard_error for score in scores])
        assert (abs(values - values.mean()) < 2 * errors).mean() >= 0.85, metric
        assert 0.7 < errors.mean() / values.std(ddof=1) < (2 if metric == "recall" else 1.4), metric


def test_jackknife_of_recall_stays_where_a_bootstrap_does_not():
    """A bootstrap repeats samples, whose balls shrink; its recall is that of other samples."""
    random = np.random.default_rng(2)
    reference, samples = draw(random, 400).pool, draw(random, 400, spread=0.7).pool
    reference_radii = radii(reference, 3, float64_distances, 1000)

    def recall(of, groups):
        return precision_and_recall(
            reference, reference_radii, of, contiguous_groups(400, groups), 3, float64_distances, 1000
        )

    jackknife = recall(samples, 20)
    error = jackknife_standard_error(jackknife.recall_without_each)
    bootstrap = [recall(samples[random.integers(400, size=400)], 1).recall for _ in range(10)]
    assert abs(np.mean(jackknife.recall_without_each) - jackknife.recall) < error
    assert max(bootstrap) < min(jackknife.recall_without_each)
    assert np.mean(bootstrap) < jackknife.recall - 2 * error
