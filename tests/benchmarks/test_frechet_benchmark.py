"""The fast ways to a Fréchet distance and its standard error, each beside its plain alternative.

``nox -s benchmarks`` times them; in the ordinary suite they run once, and must agree.
"""

import numpy as np
import pytest
from scipy import linalg

from beatgans.evaluator.frechet import frechet_distance, frechet_distances_without_each
from beatgans.evaluator.statistics import moments
from beatgans.evaluator.uncertainty import contiguous_groups

WIDTH, IMAGES, GROUPS = 256, 2_000, 20


@pytest.fixture(scope="module")
def features():
    random = np.random.default_rng(0)
    mixing = random.standard_normal((WIDTH, WIDTH)) * np.geomspace(1, 0.01, WIDTH)
    return [(random.standard_normal((IMAGES, WIDTH)) @ mixing.T + shift).astype(np.float32) for shift in (0.0, 0.1)]


@pytest.mark.benchmark(group="trace term")
def test_eigenvalues(benchmark, features):
    a, b = map(moments, features)
    distance = benchmark(frechet_distance, a, b, "eigenvalues")
    assert distance == pytest.approx(by_matrix_square_root(a, b), rel=1e-6)


@pytest.mark.benchmark(group="trace term")
def test_matrix_square_root(benchmark, features):
    a, b = map(moments, features)
    assert benchmark(by_matrix_square_root, a, b) > 0


def by_matrix_square_root(a, b):
    root = linalg.sqrtm(a.covariance @ b.covariance).real
    return np.square(a.mean - b.mean).sum() + np.trace(a.covariance + b.covariance - 2 * root)


@pytest.mark.benchmark(group="jackknife of 20 groups")
def test_sums_of_groups(benchmark, features):
    samples, reference = features[0], moments(features[1])
    replicates = benchmark(lambda: list(frechet_distances_without_each(samples, GROUP_SLICES, reference)))
    assert replicates == pytest.approx(one_by_one(samples, reference), rel=1e-6)


@pytest.mark.benchmark(group="jackknife of 20 groups")
def test_each_from_the_start(benchmark, features):
    assert len(benchmark(one_by_one, features[0], moments(features[1]))) == GROUPS


GROUP_SLICES = contiguous_groups(IMAGES, GROUPS)


def one_by_one(samples, reference):
    rows = np.arange(len(samples))
    return [
        frechet_distance(moments(samples[np.delete(rows, group)]), reference, "nuclear-norm") for group in GROUP_SLICES
    ]
