"""The fast ways to a Fréchet distance and its standard error, each beside its plain alternative.

``nox -s benchmarks`` times them; in the ordinary suite they run once, and must agree.
"""

import numpy as np
import pytest
from scipy import linalg

from beatgans.evaluator.frechet import frechet_distance, frechet_distances_without_each
from beatgans.evaluator.statistics import moments
from beatgans.evaluator.uncertainty import contiguous_groups

GROUPS = 20


@pytest.fixture(scope="module")
def features(full_scale):
    width, images = (2_048, 10_000) if full_scale else (256, 2_000)
    random = np.random.default_rng(0)
    # Covariances of condition number 1e6, which is in reach of the symmetric eigenvalues.
    directions = np.linalg.qr(random.standard_normal((width, width)))[0] * np.geomspace(1, 1e-3, width)[:, None]
    return [(random.standard_normal((images, width)) @ directions + shift).astype(np.float32) for shift in (0.0, 0.01)]


@pytest.mark.benchmark(group="trace term")
def test_eigenvalues(benchmark, features):
    a, b = map(moments, features)
    distance = benchmark.pedantic(frechet_distance, (a, b, "eigenvalues"), rounds=3)
    assert distance == pytest.approx(by_matrix_square_root(a, b), rel=1e-6)


@pytest.mark.benchmark(group="trace term")
def test_matrix_square_root(benchmark, features):
    a, b = map(moments, features)
    assert benchmark.pedantic(by_matrix_square_root, (a, b)) > 0


def by_matrix_square_root(a, b):
    root = linalg.sqrtm(a.covariance @ b.covariance).real
    return np.square(a.mean - b.mean).sum() + np.trace(a.covariance + b.covariance - 2 * root)


@pytest.mark.benchmark(group="jackknife of 20 groups")
def test_sums_of_groups(benchmark, features):
    samples, reference = features[0], moments(features[1])
    groups = contiguous_groups(len(samples), GROUPS)
    replicates = benchmark.pedantic(lambda: list(frechet_distances_without_each(samples, groups, reference)))
    first = frechet_distance(moments(samples[groups[0].stop :]), reference, "nuclear-norm")
    assert replicates[0] == pytest.approx(first, rel=1e-6)
    assert len(replicates) == GROUPS


@pytest.mark.benchmark(group="jackknife of 20 groups")
def test_each_from_the_start(benchmark, features, full_scale):
    samples, reference = features[0], moments(features[1])
    groups = contiguous_groups(len(samples), GROUPS)

    def one_by_one():
        kept = (np.delete(samples, group, axis=0) for group in groups)
        return [frechet_distance(moments(rest), reference, "nuclear-norm") for rest in kept]

    if full_scale:
        pytest.skip("takes several minutes at full scale")
    replicates = benchmark.pedantic(one_by_one)
    assert replicates == pytest.approx(list(frechet_distances_without_each(samples, groups, reference)), rel=1e-6)
