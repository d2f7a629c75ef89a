from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from beatgans.evaluator import frechet
from beatgans.evaluator.frechet import covariance_factor, frechet_distance, frechet_distances_without_each
from beatgans.evaluator.statistics import Moments, moments
from beatgans.evaluator.uncertainty import contiguous_groups

TRACE_TERMS = ("eigenvalues", "nuclear-norm")


def relu_features(n, width, seed):
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(width, width)) / np.sqrt(width)
    return np.maximum(random.normal(size=(n, width)) @ mixing + 0.1 * seed, 0).astype(np.float32)


@pytest.mark.parametrize("trace_term", TRACE_TERMS)
def test_commuting_gaussians_meet_the_closed_form(trace_term):
    a = Moments(np.array([1.0, 2.0, 3.0]), np.diag([4.0, 9.0, 0.25]))
    b = Moments(np.array([0.0, 2.0, 5.0]), np.diag([1.0, 16.0, 0.0]))
    # |difference of means|^2 + sum of squared differences of standard deviations
    expected = (1 + 0 + 4) + (2 - 1) ** 2 + (3 - 4) ** 2 + 0.5**2
    assert frechet_distance(a, b, trace_term) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("trace_term", TRACE_TERMS)
def test_agrees_with_scipys_matrix_square_root(trace_term):
    a, b = moments(relu_features(400, 24, 0)), moments(relu_features(300, 24, 1))
    root = scipy.linalg.sqrtm(a.covariance @ b.covariance)
    difference = a.mean - b.mean
    expected = difference @ difference + np.trace(a.covariance + b.covariance) - 2 * np.trace(root).real
    assert frechet_distance(a, b, trace_term) == pytest.approx(expected, rel=1e-9)


def test_fewer_images_than_dimensions_meet_the_nuclear_norm_of_the_data():
    X, Y = relu_features(20, 64, 0), relu_features(30, 64, 1)
    a, b = moments(X), moments(Y)
    centred_X = (X - X.mean(axis=0, dtype=np.float64)) / np.sqrt(len(X) - 1)
    centred_Y = (Y - Y.mean(axis=0, dtype=np.float64)) / np.sqrt(len(Y) - 1)
    trace = np.linalg.norm(centred_X @ centred_Y.T, ord="nuc")
    difference = a.mean - b.mean
    expected = difference @ difference + np.trace(a.covariance + b.covariance) - 2 * trace
    assert frechet_distance(a, b, "nuclear-norm") == pytest.approx(expected, rel=1e-12)


def test_float32_means_are_subtracted_in_float32():
    a, b = moments(relu_features(400, 24, 0), np.float32), moments(relu_features(300, 24, 1), np.float32)
    no_spread = np.zeros((24, 24))
    difference = a.mean - b.mean
    assert difference.dtype == np.float32
    assert frechet_distance(Moments(a.mean, no_spread), Moments(b.mean, no_spread), "eigenvalues") == float(
        difference.dot(difference)
    )


@pytest.mark.parametrize("trace_term", TRACE_TERMS)
def test_distance_to_itself_is_zero(trace_term):
    a = moments(relu_features(400, 24, 0))
    assert frechet_distance(a, a, trace_term) == pytest.approx(0, abs=1e-10)


def test_constant_features_have_a_distance():
    constant = Moments(np.ones(5), np.zeros((5, 5)))
    other = Moments(np.zeros(5), np.eye(5))
    assert frechet_distance(constant, other, "nuclear-norm") == pytest.approx(10)


def test_factor_of_a_singular_covariance_has_its_rank():
    covariance = moments(relu_features(20, 64, 0)).covariance
    factor = covariance_factor(covariance)
    assert factor.shape == (64, 19)
    np.testing.assert_allclose(factor @ factor.T, covariance, atol=1e-14)


def test_distances_without_a_group_are_those_of_the_rest():
    samples, reference = relu_features(103, 16, 1), moments(relu_features(300, 16, 0))
    groups = contiguous_groups(len(samples), 10)
    expected = [
        frechet_distance(moments(np.delete(samples, group, axis=0)), reference, "nuclear-norm") for group in groups
    ]
    np.testing.assert_allclose(list(frechet_distances_without_each(samples, groups, reference)), expected, rtol=1e-10)


def by_matrix_square_root(a, b):
    root = scipy.linalg.sqrtm(a.covariance @ b.covariance)
    difference = a.mean - b.mean
    return difference @ difference + np.trace(a.covariance + b.covariance) - 2 * np.trace(root).real


@pytest.mark.filterwarnings("ignore:Matrix is singular")
@pytest.mark.parametrize(("dead", "reference_dead"), [((), ()), ((3, 40), ()), ((3, 40), (7, 40))])
@pytest.mark.parametrize("trials", [(2000, 3000), (70, 2000), (40, 2000)])
def test_agrees_with_the_original_where_features_are_constant_and_images_few(dead, reference_dead, trials):
    X, Y = (relu_features(n, 64, seed) for seed, n in enumerate(trials))
    X[:, dead], Y[:, reference_dead] = 0, 0.5
    a, b = moments(X), moments(Y)
    tolerance = 1e-9 if trials[0] > 64 else 1e-3
    assert frechet_distance(a, b, "eigenvalues") == pytest.approx(by_matrix_square_root(a, b), rel=tolerance)


def count_calls(monkeypatch, name):
    calls, original = [], getattr(frechet, name)
    monkeypatch.setattr(frechet, name, lambda *arguments: calls.append(name) or original(*arguments))
    return calls


@pytest.mark.parametrize(("images", "expected"), [(2000, 0), (40, 1)])
def test_only_what_rounding_may_decide_takes_the_slow_way(monkeypatch, images, expected):
    calls = count_calls(monkeypatch, "_trace_by_eigenvalues")
    X = relu_features(images, 64, 0)
    X[:, 3] = 0  # a constant feature does not make it slow
    frechet_distance(moments(X), moments(relu_features(3000, 64, 1)), "eigenvalues")
    assert len(calls) == expected


@pytest.mark.parametrize("smallest", [1e-2, 1e-4, 1e-5])
def test_bound_covers_how_far_the_two_ways_are_apart(smallest):
    random = np.random.default_rng(0)
    directions = np.linalg.qr(random.normal(size=(64, 64)))[0] * np.geomspace(1, smallest, 64)[:, None]
    A, B = (np.cov(random.normal(size=(n, 64)) @ directions, rowvar=False) for n in (68, 640))
    trace, error = frechet._trace_by_symmetric_eigenvalues(A, B)
    apart = abs(trace - frechet._trace_by_eigenvalues(A, B))
    assert apart < error
    assert error < 1e-4 * trace  # not so large that it says nothing


def test_covariance_that_is_not_symmetric_takes_the_originals_way(monkeypatch):
    calls = count_calls(monkeypatch, "_trace_by_eigenvalues")
    a, b = moments(relu_features(400, 24, 0)), moments(relu_features(300, 24, 1))
    a.covariance[3, 5] += 1e-3
    assert frechet_distance(a, b, "eigenvalues") == pytest.approx(by_matrix_square_root(a, b), rel=1e-9)
    assert len(calls) == 1


def test_replicates_of_a_singular_reference_and_of_a_given_covariance():
    samples, reference = relu_features(203, 32, 1), moments(relu_features(20, 32, 0))
    groups = contiguous_groups(len(samples), 10)
    expected = [
        frechet_distance(moments(np.delete(samples, group, axis=0)), reference, "nuclear-norm") for group in groups
    ]
    replicates = frechet_distances_without_each(samples, groups, reference, moments(samples).covariance)
    np.testing.assert_allclose(list(replicates), expected, rtol=1e-10)
