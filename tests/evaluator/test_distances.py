from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from beatgans.evaluator import distances
from beatgans.evaluator.distances import float16_distances, float16_squared_norms, float64_distances


def test_float64_distances_agree_with_scipy():
    random = np.random.default_rng(0)
    U = (random.normal(size=(60, 9)) + 1000).astype(np.float32)
    V = (random.normal(size=(50, 9)) + 1000).astype(np.float32)
    np.testing.assert_allclose(float64_distances(U, V), cdist(U, V, "sqeuclidean"), rtol=1e-7)


def test_equal_rows_are_at_a_float64_distance_of_zero():
    U = (np.random.default_rng(0).normal(size=(60, 9)) * 100).astype(np.float32)
    assert (np.diag(float64_distances(U, U)) == 0).all()


def test_float16_distances_are_float16_numbers_near_the_true_ones():
    U = np.random.default_rng(0).normal(size=(60, 64)).astype(np.float32)
    D = float16_distances(U, U)
    assert D.dtype == np.float32
    np.testing.assert_array_equal(D, D.astype(np.float16))
    np.testing.assert_allclose(D, cdist(U, U, "sqeuclidean"), atol=0.5)
    assert (cdist(U, U, "sqeuclidean").astype(np.float16) != D).any()  # not merely rounded at the end


def test_block_that_overflows_float16_is_float32():
    U = np.random.default_rng(0).normal(size=(60, 64)).astype(np.float32) * 100
    np.testing.assert_allclose(float16_distances(U, U), cdist(U, U, "sqeuclidean"), rtol=1e-5, atol=1)


def test_products_that_overflow_alone_keep_the_originals_distance_of_zero():
    U = np.full((1, 4), 95, np.float32)  # squared norm 36,100, whose double is infinite in float16
    assert float16_distances(U, U - 5)[0, 0] == 0
    assert float64_distances(U, U - 5)[0, 0] == 100


def test_norms_add_in_eight_lanes_and_not_from_left_to_right():
    u = np.ones((1, 2049), np.float16)  # float16 counts by ones to 2,048 and no further
    assert np.cumsum(u[0], dtype=np.float16)[-1] == 2048
    assert float16_squared_norms(np.ones((1, 4096), np.float16))[0] == 4096


@pytest.mark.parametrize("way", [float16_distances, float64_distances])
def test_strips_together_are_the_block(monkeypatch, way):
    U = np.random.default_rng(0).integers(0, 9, size=(61, 9)).astype(np.float32)
    whole = way(U, U)
    monkeypatch.setattr(distances, "STRIP", 400)
    strips = list(way.strips(U, U))
    assert len(strips) > 5
    np.testing.assert_array_equal(np.concatenate([np.arange(61)[rows] for rows, _ in strips]), np.arange(61))
    np.testing.assert_array_equal(np.concatenate([squared for _, squared in strips]), whole)


def test_overflow_in_one_strip_turns_the_whole_block(monkeypatch):
    monkeypatch.setattr(distances, "STRIP", 120)
    U = np.random.default_rng(0).normal(size=(60, 64)).astype(np.float32)
    U[59] *= 30  # a squared norm near 58,000: only some of its distances overflow
    strips = [squared for _, squared in float16_distances.strips(U, U)]
    assert (strips[0][:, :59] != strips[0][:, :59].astype(np.float16)).any()


def test_large_norms_that_do_not_overflow_stay_in_float16():
    U = np.random.default_rng(0).normal(size=(60, 64)).astype(np.float32) * 18
    U[:, 8:] = 0
    U[:, 0] += 110  # squared norms near 15,000, all on one side
    D = float16_distances(U, U)
    np.testing.assert_array_equal(D, D.astype(np.float16))
    assert 4 * np.square(U).sum(axis=1).max() > distances.SURELY_FINITE


def test_distances_of_a_set_to_itself_are_those_to_a_copy(monkeypatch):
    monkeypatch.setattr(distances, "STRIP", 400)
    U = np.random.default_rng(0).integers(0, 9, size=(61, 9)).astype(np.float32)  # whose products are exact
    np.testing.assert_array_equal(float16_distances(U, U[:]), float16_distances(U, U.copy()))
    np.testing.assert_array_equal(float16_distances(U[1:], U[:-1]), float16_distances(U, U)[1:, :-1])
