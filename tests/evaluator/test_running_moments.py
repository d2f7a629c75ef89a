import numpy as np
import pytest

from beatgans.evaluator.running_moments import RunningMoments
from beatgans.reference_batches import InputError

FEATURES = (np.random.default_rng(0).gamma(0.5, 1.0, (1_234, 37)) + 3).astype(np.float32)


@pytest.mark.parametrize("size", [1, 50, 617, 2_000])
def test_pieces_give_what_numpy_gives_of_the_whole(size):
    running = RunningMoments()
    for start in range(0, len(FEATURES), size):
        running.add(FEATURES[start : start + size])

    # The evaluator of ADM takes np.mean of float32 features; a mean that is another in the last bit is another FID.
    assert np.array_equal(running.moments(np.float32).mean, np.mean(FEATURES, axis=0))
    exact = FEATURES.astype(np.float64)
    np.testing.assert_allclose(running.moments().mean, exact.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(running.moments().covariance, np.cov(exact, rowvar=False), rtol=1e-11, atol=1e-13)
    assert running.number == len(FEATURES)


def test_a_large_offset_costs_no_digits():
    # Sums of squares about zero would lose ten of sixteen digits here.
    far = FEATURES.astype(np.float64) + 1e5
    running = RunningMoments()
    for start in range(0, len(far), 100):
        running.add(far[start : start + 100])
    np.testing.assert_allclose(running.moments().covariance, np.cov(far, rowvar=False), rtol=1e-8, atol=1e-10)


def test_a_single_image_has_no_covariance():
    running = RunningMoments()
    running.add(FEATURES[:1])
    with pytest.raises(InputError, match="at least 2 images, and here is 1"):
        running.moments()
