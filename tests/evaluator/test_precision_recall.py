from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from beatgans.evaluator.distances import float16_distances, float64_distances
from beatgans.evaluator.precision_recall import precision_and_recall, radii
from beatgans.evaluator.uncertainty import contiguous_groups

BOTH = pytest.mark.parametrize("distances", [float16_distances, float64_distances])


def on_a_line(*positions):
    return np.array(positions, dtype=np.float32)[:, None]


def brute_force(reference, samples, k):
    """Precision and recall by their definition, with SciPy's distances."""
    reference_radii = np.sort(cdist(reference, reference, "sqeuclidean"), axis=1)[:, k]
    sample_radii = np.sort(cdist(samples, samples, "sqeuclidean"), axis=1)[:, k]
    squared = cdist(reference, samples, "sqeuclidean")
    return (squared <= reference_radii[:, None]).any(axis=0).mean(), (squared <= sample_radii).any(axis=1).mean()


@pytest.fixture
def sets():
    random = np.random.default_rng(0)
    return random.normal(size=(150, 5)).astype(np.float32), random.normal(0.3, 0.8, size=(103, 5)).astype(np.float32)


@BOTH
def test_radius_reaches_to_the_third_neighbour_itself_aside(distances):
    np.testing.assert_array_equal(radii(on_a_line(0, 1, 3, 7, 20), 3, distances, 10), [49, 36, 16, 49, 361])


@BOTH
def test_hand_made_sets(distances):
    reference = on_a_line(0, 1, 2, 3)  # balls of radius 3, 2, 2, 3: together from -3 to 6
    samples = on_a_line(6, 6.5, 7, 8)  # balls of radius 2, 1.5, 1, 2: together from 4 to 10
    result = precision_and_recall(
        reference, radii(reference, 3, distances, 10), samples, contiguous_groups(4, 1), 3, distances, 10
    )
    assert result.precision == 0.25  # the sample at 6 lies on the edge, which counts as inside
    assert result.recall == 0
    assert result.recall_without_each == ()


@BOTH
def test_a_set_covers_itself(distances, sets):
    samples = sets[0]
    result = precision_and_recall(
        samples, radii(samples, 3, distances, 40), samples, contiguous_groups(150, 1), 3, distances, 40
    )
    assert (result.precision, result.recall) == (1, 1)


@pytest.mark.parametrize("block", [7, 64, 1000])
def test_agrees_with_the_definition_whatever_the_block(sets, block):
    reference, samples = sets
    result = precision_and_recall(
        reference,
        radii(reference, 3, float64_distances, block),
        samples,
        contiguous_groups(len(samples), 10),
        3,
        float64_distances,
        block,
    )
    assert (result.precision, result.recall) == brute_force(reference, samples, 3)


@pytest.mark.parametrize("block", [7, 1000])
def test_recall_without_a_group_is_that_of_the_rest(sets, block):
    reference, samples = sets
    groups = contiguous_groups(len(samples), 9)
    result = precision_and_recall(
        reference, radii(reference, 3, float64_distances, block), samples, groups, 3, float64_distances, block
    )
    expected = [brute_force(reference, np.delete(samples, group, axis=0), 3)[1] for group in groups]
    assert result.recall_without_each == tuple(expected)
    assert len(set(expected)) > 1


def test_groups_smaller_than_the_neighbourhood_leave_the_right_neighbours(sets):
    reference, samples = sets[0], sets[1][:20]
    groups = contiguous_groups(20, 10)
    result = precision_and_recall(
        reference, radii(reference, 3, float64_distances, 50), samples, groups, 3, float64_distances, 50
    )
    assert result.recall == brute_force(reference, samples, 3)[1]
    expected = [brute_force(reference, np.delete(samples, group, axis=0), 3)[1] for group in groups]
    assert result.recall_without_each == tuple(expected)


@pytest.mark.parametrize("block", [7, 1000])
def test_precision_without_a_group_is_that_of_the_rest(sets, block):
    reference, samples = sets
    groups = contiguous_groups(len(samples), 9)
    result = precision_and_recall(
        reference, radii(reference, 3, float64_distances, block), samples, groups, 3, float64_distances, block
    )
    expected = [brute_force(reference, np.delete(samples, group, axis=0), 3)[0] for group in groups]
    np.testing.assert_allclose(result.precision_without_each, expected, rtol=1e-12)
    alone = precision_and_recall(
        reference, radii(reference, 3, float64_distances, block), samples, groups[:1], 3, float64_distances, block
    )
    assert alone.precision_without_each == ()
