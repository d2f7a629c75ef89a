from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics.pairwise import polynomial_kernel

from beatgans.evaluator.kernel_distance import kernel_distance, mean_kernel, subset_kernel_distance
from beatgans.evaluator.uncertainty import contiguous_groups
from beatgans.reference_batches import InputError


def draw(seed, n, width=6, shift=0.0):
    return np.random.default_rng(seed).normal(shift, size=(n, width)).astype(np.float32)


def by_definition(reference, samples):
    """The unbiased estimate with scikit-learn's kernel, (x.y / D + 1)^3 by its defaults."""
    X, Y = reference.astype(np.float64), samples.astype(np.float64)
    within_x, within_y, across = polynomial_kernel(X), polynomial_kernel(Y), polynomial_kernel(X, Y)
    m, n = len(X), len(Y)
    return (
        (within_x.sum() - np.trace(within_x)) / (m * (m - 1))
        + (within_y.sum() - np.trace(within_y)) / (n * (n - 1))
        - 2 * across.mean()
    )


def measure(reference, samples, groups=1, block=1000):
    return kernel_distance(
        reference, mean_kernel(reference, block), samples, contiguous_groups(len(samples), groups), block
    )


@pytest.mark.parametrize("block", [7, 64, 1000])
def test_agrees_with_the_definition_whatever_the_block(block):
    reference, samples = draw(0, 150), draw(1, 103, shift=0.3)
    expected = by_definition(reference, samples)
    for groups in (1, 10):
        assert measure(reference, samples, groups, block).value == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("block", [4, 1000])
def test_replicates_are_the_distances_of_the_rest(block):
    reference, samples = draw(0, 60), draw(1, 53, shift=0.3)
    expected = [
        by_definition(reference, np.delete(samples, group, axis=0)) for group in contiguous_groups(len(samples), 9)
    ]
    np.testing.assert_allclose(measure(reference, samples, 9, block).without_each, expected, rtol=1e-10)


def test_a_single_group_has_no_standard_error():
    result = measure(draw(0, 60), draw(1, 53))
    assert (result.without_each, result.standard_error) == ((), None)


def test_points_on_a_line_meet_the_closed_form():
    # One dimension and k = (xy + 1)^3: 0 and 1 in the reference give 1; two samples at 1 give 8 to each other,
    # 1 to the reference's 0 and 8 to its 1.
    reference, samples = np.array([[0.0], [1.0]], np.float32), np.array([[1.0], [1.0]], np.float32)
    assert measure(reference, samples).value == 1 + 8 - 2 * 4.5


def test_shifted_gaussians_meet_their_expectation():
    """For x ~ N(0, 1) and y ~ N(s, 1) in one dimension the moments of both up to the third give the distance."""
    shift = 0.5
    moments_x, moments_y = (1, 0, 1, 0), (1, shift, 1 + shift**2, 3 * shift + shift**3)
    expected = sum(binomial * (a - b) ** 2 for binomial, a, b in zip((1, 3, 3, 1), moments_x, moments_y, strict=True))
    results = [measure(draw(2 * s, 300, 1), draw(2 * s + 1, 300, 1, shift)).value for s in range(200)]
    assert np.mean(results) == pytest.approx(expected, abs=3 * np.std(results) / np.sqrt(200))
    assert np.std(results) / np.sqrt(200) < 0.05 * expected


def test_equal_distributions_give_zero_on_average_however_few_images():
    results = [measure(draw(2 * s, 20), draw(2 * s + 1, 20)).value for s in range(400)]
    assert abs(np.mean(results)) < 3 * np.std(results) / np.sqrt(400)
    assert min(results) < 0 < max(results)


def test_standard_error_is_the_spread_of_other_samples():
    reference = draw(0, 400)
    mean = mean_kernel(reference, 1000)
    results = [
        kernel_distance(reference, mean, draw(s, 240, shift=0.3), contiguous_groups(240, 20), 1000)
        for s in range(1, 61)
    ]
    errors, values = ([getattr(result, name) for result in results] for name in ("standard_error", "value"))
    assert 0.8 < np.mean(errors) / np.std(values, ddof=1) < 1.25


def test_every_subset_of_the_size_of_the_sets_is_the_sets():
    reference, samples = draw(0, 50), draw(1, 50, shift=0.3)
    result = subset_kernel_distance(reference, samples, subsets=3, subset_size=50)
    assert result.value == pytest.approx(by_definition(reference, samples), rel=1e-11)
    assert result.spread == pytest.approx(0, abs=1e-12)


def test_subsets_are_repeatable_and_their_mean_is_near_that_of_all_pairs():
    reference, samples = draw(0, 400), draw(1, 400, shift=0.3)
    first, again, other = (subset_kernel_distance(reference, samples, 100, 100, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert first.value == pytest.approx(measure(reference, samples).value, rel=0.1)
    assert first.spread > 0


@pytest.mark.parametrize(("n", "m", "name"), [(9, 20, "samples"), (20, 9, "reference")])
def test_sets_smaller_than_a_subset_are_refused(n, m, name):
    with pytest.raises(InputError, match=f"the {name} hold 9 images, fewer than the 10 of a subset"):
        subset_kernel_distance(draw(0, m), draw(1, n), subset_size=10)
