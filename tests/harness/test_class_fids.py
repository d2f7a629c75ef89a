from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from beatgans.evaluator import Features, PreparedReference
from beatgans.harness.class_fids import FEWEST, class_fids


def features(count, seed, shift=0.0):
    pool = np.random.default_rng(seed).normal(shift, 1, (count, 4)).astype(np.float32)
    return Features(pool, np.empty((count, 0), np.float32), np.empty((count, 0), np.float32))


def frechet(a, b):
    """The Fréchet distance as the formula has it, by SciPy in float64."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    covariances = np.cov(a.T), np.cov(b.T)
    difference = a.mean(0) - b.mean(0)
    return difference @ difference + np.trace(sum(covariances) - 2 * sqrtm(covariances[0] @ covariances[1]).real)


def test_each_class_is_compared_with_its_own_images():
    real, samples = features(120, 0), features(90, 1, 0.5)
    real_labels, labels = np.arange(120) % 3, np.arange(90) % 3
    scores = class_fids(PreparedReference(real, labels=real_labels), samples, labels)
    assert list(scores) == ["0", "1", "2"]
    for label, score in scores.items():
        expected = frechet(real.pool[real_labels == int(label)], samples.pool[labels == int(label)])
        assert score.value == pytest.approx(expected, rel=1e-6)
        assert score.standard_error > 0
        assert (score.n, score.higher_is_better) == (30, False)


def test_a_class_of_few_samples_has_a_reason_in_place_of_a_distance():
    labels = np.repeat([0, 1], [FEWEST, FEWEST - 1])
    scores = class_fids(PreparedReference(features(60, 0), labels=np.arange(60) % 2), features(len(labels), 1), labels)
    assert scores["0"].value is not None
    assert scores["1"].value is None
    assert f"class 1 has {FEWEST - 1} samples" in scores["1"].reason


def test_without_labels_there_is_none():
    real, samples = features(60, 0), features(60, 1)
    assert class_fids(PreparedReference(real), samples, np.arange(60) % 2) == {}
    assert class_fids(PreparedReference(real, labels=np.arange(60) % 2), samples, None) == {}
