from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from beatgans.evaluator.density_coverage import density_and_coverage, expected_coverage
from beatgans.evaluator.distances import float64_distances
from beatgans.evaluator.precision_recall import radii
from beatgans.evaluator.uncertainty import contiguous_groups


def on_a_line(*positions):
    return np.array(positions, dtype=np.float32)[:, None]


def draw(seed, n, shift=0.0, scale=1.0):
    return np.random.default_rng(seed).normal(shift, scale, size=(n, 5)).astype(np.float32)


def measure(reference, samples, groups=1, k=5, block=1000):
    return density_and_coverage(
        reference,
        radii(reference, k, float64_distances, block),
        samples,
        contiguous_groups(len(samples), groups),
        k,
        block,
    )


def by_definition(reference, samples, k=5):
    """Density and coverage with SciPy's distances."""
    balls = np.sort(cdist(reference, reference), axis=1)[:, k]
    inside = cdist(reference, samples) < balls[:, None]
    return inside.sum() / (k * len(samples)), inside.any(axis=1).mean()


def test_hand_made_sets():
    reference = on_a_line(0, 1, 2, 10)  # with k = 1 balls of radius 1, 1, 1, 8
    samples = on_a_line(0.5, 1.5, 3, 30)  # inside of 2, 2, 1, 0 balls: 3 lies on the edge of 2's and inside 10's
    result = measure(reference, samples, k=1)
    assert result.density == (2 + 2 + 1 + 0) / (1 * 4)
    assert result.coverage == 1
    assert result.density_without_each == result.coverage_without_each == ()
    assert result.density_standard_error is result.coverage_standard_error is None


def test_a_sample_on_the_edge_is_outside():
    assert measure(on_a_line(0, 1), on_a_line(-1, 2), k=1)[:2] == (0, 0)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_a_set_against_itself_has_density_and_coverage_of_one(k):
    positions = np.cumsum(2.0 ** np.arange(12))  # no two distances alike, all exact
    assert measure(on_a_line(*positions), on_a_line(*positions), k=k)[:2] == (1, 1)


def test_density_may_exceed_one():
    samples = np.zeros((50, 5), np.float32)  # all in the thick of the reference
    assert measure(draw(0, 200), samples).density > 2


def test_an_image_held_more_than_k_times_has_no_ball():
    reference = on_a_line(0, 0, 0, 5, 6, 7)
    assert measure(reference, on_a_line(0), k=2)[:2] == (0, 0)
    assert measure(reference, on_a_line(0), k=3).coverage == 0.5


@pytest.mark.parametrize("block", [7, 64, 1000])
def test_agrees_with_the_definition_whatever_the_block(block):
    reference, samples = draw(0, 150), draw(1, 103, 0.3, 0.8)
    expected = by_definition(reference, samples)
    for groups in (1, 10):
        assert measure(reference, samples, groups, block=block)[:2] == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("block", [7, 1000])
def test_replicates_are_the_scores_of_the_rest(block):
    reference, samples = draw(0, 150), draw(1, 53, 0.3, 0.8)
    result = measure(reference, samples, 9, block=block)
    rest = [np.delete(samples, group, axis=0) for group in contiguous_groups(len(samples), 9)]
    density, coverage = zip(*(by_definition(reference, kept) for kept in rest), strict=True)
    assert result.density_without_each == pytest.approx(density, rel=1e-15)
    assert result.coverage_without_each == pytest.approx(coverage, rel=1e-15)
    assert len(set(coverage)) > 1


def test_one_distribution_meets_the_closed_forms():
    results = [measure(draw(2 * s, 60), draw(2 * s + 1, 40), k=3) for s in range(200)]
    density, coverage = (np.array([getattr(r, name) for r in results]) for name in ("density", "coverage"))
    assert density.mean() == pytest.approx(1, abs=3 * density.std() / np.sqrt(200))
    assert coverage.mean() == pytest.approx(expected_coverage(60, 40, 3), abs=3 * coverage.std() / np.sqrt(200))


def test_expected_coverage_of_many_images_is_one_minus_two_to_the_minus_k():
    assert expected_coverage(50_000, 50_000, 5) == pytest.approx(1 - 2**-5, abs=1e-4)


def test_standard_errors_are_near_the_spread_of_other_samples():
    """The jackknife of coverage is cautious, as that of recall: what one group leaves uncovered depends on others."""
    reference = draw(0, 400)
    results = [measure(reference, draw(s, 240, 0.3, 0.8), 20) for s in range(1, 61)]
    for name, largest in (("density", 1.25), ("coverage", 1.6)):
        spread = np.std([getattr(result, name) for result in results], ddof=1)
        error = np.mean([getattr(result, f"{name}_standard_error") for result in results])
        assert 0.8 < error / spread < largest, name
