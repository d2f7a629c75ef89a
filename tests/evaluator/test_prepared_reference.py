from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator import Features, PreparedReference
from beatgans.reference_batches import InputError, Statistics


def draw(n, spatial=4):
    random = np.random.default_rng(0)
    return Features(*(random.normal(size=(n, width)).astype(np.float32) for width in (3, spatial, 5)))


def statistics(spatial=True):
    random = np.random.default_rng(1)
    mean = random.normal(size=3).astype(np.float32)
    return Statistics(mean, np.eye(3), *((random.normal(size=4).astype(np.float32), np.eye(4)) if spatial else ()))


def test_stored_statistics_stand_in_for_those_of_the_images():
    stored, features = statistics(), draw(50)
    reference = PreparedReference(features, statistics=stored)
    np.testing.assert_array_equal(reference.pool.mean, stored.mean)
    np.testing.assert_array_equal(reference.spatial.covariance, np.eye(4))
    assert reference.radii.shape == (50,)  # precision and recall are against the images all the same
    assert reference.has_statistics
    assert not PreparedReference(features).has_statistics


def test_adm_computes_with_float32_means_as_they_are_stored_and_exact_with_float64():
    assert PreparedReference(None, "adm", statistics=statistics()).pool.mean.dtype == np.float32
    assert PreparedReference(None, "exact", statistics=statistics()).pool.mean.dtype == np.float64
    assert PreparedReference(draw(50), "adm").pool.mean.dtype == np.float32


def test_what_is_missing_has_a_reason():
    reference = PreparedReference(None, statistics=statistics(spatial=False))
    assert "statistics alone" in reference.no_features_reason
    assert "mu_s, sigma_s" in reference.no_spatial_reason
    assert reference.spatial is None
    assert PreparedReference(draw(50, spatial=0)).no_spatial_reason is not None
    whole = PreparedReference(draw(50))
    assert (whole.no_features_reason, whole.no_spatial_reason) == (None, None)


def test_a_reference_of_nothing_and_one_of_too_few_images_are_refused():
    with pytest.raises(InputError, match="features, statistics or both"):
        PreparedReference(None)
    with pytest.raises(InputError, match="the reference hold features of 3 images"):
        PreparedReference(draw(3))


def test_what_is_kept_is_computed_once():
    reference, calls = PreparedReference(draw(50)), []
    for _ in range(2):
        assert reference.keep("sum", lambda: calls.append(1) or 7) == 7
    assert calls == [1]
