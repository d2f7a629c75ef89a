from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator.features import Features
from beatgans.evaluator.misreadings import find_warnings
from beatgans.reference_batches import Batch


def draw(n, seed=0, labels=None):
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 10 if labels is None else labels
    arrays = random.normal(size=(n, 6)), random.normal(size=(n, 8)), 5 * np.eye(10)[labels]
    return Features(*(array.astype(np.float32) for array in arrays))


def batch_of(n, labels=None):
    return Batch(np.zeros((n, 8, 8, 3), np.uint8), labels)


@pytest.fixture(scope="module")
def reference():
    return draw(1000, seed=1)


def test_sound_samples_have_no_warnings(reference):
    assert find_warnings(batch_of(500, np.arange(500) % 10), draw(500), reference) == []
    assert find_warnings(batch_of(500), draw(500), reference) == []
    assert find_warnings(batch_of(10_000), draw(10_000), reference) == []


def test_samples_of_one_class_are_not_sorted(reference):
    assert find_warnings(batch_of(500, np.full(500, 3)), draw(500), reference) == []


def test_labels_sorted_by_class(reference):
    [warning] = find_warnings(batch_of(500, np.arange(500) // 50), draw(500), reference)
    assert "sorted by class" in warning
    assert "shuffle" in warning


def test_inception_score_that_depends_on_the_order(reference):
    labels = np.arange(10_000) // 1000
    [warning] = find_warnings(batch_of(10_000), draw(10_000, labels=labels), reference)
    assert "in the order of the file" in warning
    assert "shuffle" in warning


def test_short_last_chunk_of_the_inception_score(reference):
    warnings = find_warnings(batch_of(10_020), draw(10_020), reference)
    assert any("holds 20 images" in warning and "multiple of 5,000" in warning for warning in warnings)


def test_fewer_images_than_dimensions(reference):
    warnings = find_warnings(batch_of(7), draw(7), reference)
    assert [warning for warning in warnings if "dimensions of sFID" in warning]
    assert not [warning for warning in warnings if "dimensions of FID" in warning]
    warnings = find_warnings(batch_of(500), draw(500), draw(8))
    [of_reference] = [warning for warning in warnings if "dimensions" in warning]
    assert of_reference.startswith("8 reference images")


def test_few_reference_images(reference):
    [warning] = find_warnings(batch_of(500), draw(500), reference[:999])
    assert "999 reference images are few" in warning


def test_samples_that_repeat_or_are_all_the_same(reference):
    samples = draw(500)
    samples.pool[10:20] = samples.pool[0]
    [warning] = find_warnings(batch_of(500), samples, reference)
    assert warning.startswith("10 of 500 samples")
    samples.pool[:] = 1
    [warning] = find_warnings(batch_of(500), samples, reference)
    assert "all samples are equal" in warning
