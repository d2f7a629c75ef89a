from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from beatgans.evaluator.memorization import authenticity, distances_to_nearest_other, nearest_images


def on_a_line(*positions):
    return np.array(positions, dtype=np.float32)[:, None]


def draw(seed, n, width=5):
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def measure(training, samples, block=1000):
    return authenticity(training, distances_to_nearest_other(training, block), samples, block)


def test_hand_made_sets():
    training = on_a_line(0, 1, 5, 9)  # nearest others at 1, 1, 4, 4
    samples = on_a_line(0.25, -1, -1.5, 4, 20)
    result = measure(training, samples)
    # 0.25 < 1 and 1 = 1 are copies, 1.5 > 1 is none, 1 < 4 is a copy, 11 > 4 is none.
    np.testing.assert_array_equal(result.authentic, [False, False, True, False, True])
    np.testing.assert_array_equal(result.nearest.indices, [0, 0, 0, 2, 3])
    np.testing.assert_array_equal(result.nearest.distances, [0.25, 1, 1.5, 1, 11])
    assert result.percentage == pytest.approx(40)
    assert result.standard_error == pytest.approx(100 * np.sqrt(0.4 * 0.6 / 5))


def test_copies_are_not_authentic_and_noise_is():
    training = draw(0, 100)
    assert measure(training, training[::2]).percentage == 0
    assert measure(training, training[:50] + np.float32(1e-3)).percentage == 0
    assert measure(training, draw(1, 50) + 100).percentage == 100


def test_a_copy_of_an_image_that_is_there_twice_is_a_copy():
    assert measure(on_a_line(0, 0, 5), on_a_line(0)).percentage == 0


@pytest.mark.parametrize("block", [7, 64, 1000])
def test_agrees_with_the_definition_whatever_the_block(block):
    training, samples = draw(0, 150), draw(1, 103)
    result = measure(training, samples, block)
    within = cdist(training, training)
    np.fill_diagonal(within, np.inf)
    across = cdist(samples, training)
    expected = across.min(axis=1) > within.min(axis=1)[across.argmin(axis=1)]
    np.testing.assert_array_equal(result.authentic, expected)
    assert result.percentage == pytest.approx(100 * expected.mean())
    assert 20 < result.percentage < 80


@pytest.mark.parametrize("block", [7, 1000])
def test_nearest_images_are_those_of_scikit_learn(block):
    training, samples = draw(0, 150), draw(1, 103)
    distances, indices = NearestNeighbors(n_neighbors=1).fit(training).kneighbors(samples)
    nearest = nearest_images(training, samples, block)
    np.testing.assert_array_equal(nearest.indices, indices[:, 0])
    np.testing.assert_allclose(nearest.distances, distances[:, 0], rtol=1e-6)


@pytest.mark.parametrize("block", [2, 1000])
def test_of_several_as_near_the_first_is_named(block):
    assert nearest_images(on_a_line(9, 1, -1, 1, 1), on_a_line(0), block).indices == [1]


def test_an_equal_image_is_at_a_distance_of_zero():
    training = 1000 + draw(0, 50, 300)
    np.testing.assert_array_equal(nearest_images(training, training, 16).distances, 0)


def test_standard_error_is_the_spread_of_other_samples():
    training = draw(0, 300)
    distances = distances_to_nearest_other(training, 1000)
    results = [authenticity(training, distances, draw(s, 200), 1000) for s in range(1, 101)]
    spread = np.std([result.percentage for result in results], ddof=1)
    assert 0.8 < np.mean([result.standard_error for result in results]) / spread < 1.25
