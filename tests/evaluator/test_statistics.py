from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from beatgans.evaluator.statistics import moments, moments_without_each
from beatgans.evaluator.uncertainty import contiguous_groups


@pytest.fixture
def features():
    return np.random.default_rng(0).gamma(0.5, size=(203, 7)).astype(np.float32)


def test_covariance_divides_by_n_minus_1(features):
    centred = features.astype(np.float64) - features.astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(moments(features).covariance, centred.T @ centred / 202, rtol=1e-12)


def test_float32_mean_is_numpys_own(features):
    mean = moments(features, np.float32).mean
    assert mean.dtype == np.float32
    np.testing.assert_array_equal(mean, np.mean(features, axis=0))


def test_covariance_is_float64_whatever_the_mean_is(features):
    a, b = moments(features, np.float32).covariance, moments(features).covariance
    assert a.dtype == np.float64
    np.testing.assert_array_equal(a, b)


def test_one_feature_has_a_1_by_1_covariance(features):
    assert moments(features[:, :1]).covariance.shape == (1, 1)


def test_covariance_meets_numpys_over_many_blocks():
    features = np.random.default_rng(1).gamma(0.5, size=(9000, 5)).astype(np.float32) + np.float32(100)
    expected = np.cov(features, rowvar=False, dtype=np.float64)
    np.testing.assert_allclose(moments(features).covariance, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(moments(features).covariance, moments(features).covariance.T)


def test_features_are_not_copied_whole():
    features = np.random.default_rng(2).gamma(0.5, size=(60_000, 16)).astype(np.float32)
    tracemalloc.start()
    moments(features, np.float32)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < features.nbytes  # a float64 copy would be twice that


def test_moments_without_a_group_are_those_of_the_rest(features):
    features = features + np.float32(1000)  # far from 0, where sums of squares cancel
    groups = contiguous_groups(len(features), 10)
    for group, (mean, covariance) in zip(groups, moments_without_each(features, groups), strict=True):
        rest = np.delete(features, group, axis=0).astype(np.float64)
        np.testing.assert_allclose(mean, rest.mean(axis=0), rtol=1e-13)
        np.testing.assert_allclose(covariance, np.cov(rest, rowvar=False), rtol=1e-9, atol=1e-12)
