from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator.features import Features
from beatgans.evaluator.misreadings import find_warnings
from beatgans.evaluator.prepared_reference import PreparedReference
from beatgans.reference_batches import Statistics


def draw(n, seed=0, labels=None):
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 10 if labels is None else labels
    arrays = random.normal(size=(n, 6)), random.normal(size=(n, 8)), 5 * np.eye(10)[labels]
    return Features(*(array.astype(np.float32) for array in arrays))


@pytest.fixture(scope="module")
def reference():
    return PreparedReference(draw(1001, seed=1))


def test_sound_samples_have_no_warnings(reference):
    assert find_warnings(np.arange(500) % 10, draw(500), reference) == []
    assert find_warnings(None, draw(500), reference) == []
    assert find_warnings(None, draw(10_000), reference) == []


def test_samples_of_one_class_are_not_sorted(reference):
    assert find_warnings(np.full(500, 3), draw(500), reference) == []


def test_labels_sorted_by_class(reference):
    [warning] = find_warnings(np.arange(500) // 50, draw(500), reference)
    assert "sorted by class" in warning
    assert "shuffle" in warning


def test_inception_score_that_depends_on_the_order(reference):
    labels = np.arange(10_000) // 1000
    [warning] = find_warnings(None, draw(10_000, labels=labels), reference)
    assert "in the order of the file" in warning
    assert "shuffle" in warning


def test_short_last_chunk_of_the_inception_score(reference):
    warnings = find_warnings(None, draw(10_020), reference)
    assert any("holds 20 images" in warning and "multiple of 5,000" in warning for warning in warnings)


def test_fewer_images_than_dimensions(reference):
    warnings = find_warnings(None, draw(7), reference)
    assert [warning for warning in warnings if "dimensions of sFID" in warning]
    assert not [warning for warning in warnings if "dimensions of FID" in warning]
    warnings = find_warnings(None, draw(500), PreparedReference(draw(8)))
    [of_reference] = [warning for warning in warnings if "dimensions" in warning]
    assert of_reference.startswith("8 reference images")


def test_few_reference_images():
    [warning] = find_warnings(None, draw(500), PreparedReference(draw(1000, seed=1)))
    assert "1,000 reference images are few, so the scores depend" in warning


def test_statistics_of_a_whole_data_set_leave_precision_and_recall_to_few_images():
    statistics = Statistics(np.zeros(6), np.eye(6), np.zeros(8), np.eye(8))
    reference = PreparedReference(draw(7, seed=1), statistics=statistics)
    [warning] = find_warnings(None, draw(500), reference)  # none of the dimensions: the statistics are of more images
    assert "7 reference images are few, so precision and recall depend" in warning
    assert find_warnings(None, draw(500), PreparedReference(None, statistics=statistics)) == []


def test_distances_that_overflow_float16_are_told_of_under_adm_alone():
    samples, real = draw(500), draw(1001, seed=1)
    samples.pool[0] *= 1000
    [warning] = find_warnings(None, samples, PreparedReference(real))
    assert "wrongly 0" in warning
    assert "exact protocol" in warning
    assert find_warnings(None, samples, PreparedReference(real, "exact")) == []


def test_samples_that_repeat_or_are_all_the_same(reference):
    samples = draw(500)
    samples.pool[10:20] = samples.pool[0]
    [warning] = find_warnings(None, samples, reference)
    assert warning.startswith("10 of 500 samples")
    samples.pool[:] = 1
    [warning] = find_warnings(None, samples, reference)
    assert "all samples are equal" in warning
