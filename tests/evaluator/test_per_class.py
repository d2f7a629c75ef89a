from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from beatgans.evaluator.per_class import per_class_distance
from beatgans.reference_batches import InputError


def draw(seed, n, width=6, classes=3, mixing=1.0):
    """Features about a centre of their class, and labels in turn."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    centres = 5 * np.random.default_rng(99).normal(size=(classes, width))
    return (centres[labels] + mixing * random.normal(size=(n, width))).astype(np.float32), labels.astype(np.int64)


def by_definition(reference, samples):
    """The Fréchet distance with SciPy's matrix square root."""
    A, B = np.cov(reference, rowvar=False, dtype=np.float64), np.cov(samples, rowvar=False, dtype=np.float64)
    difference = reference.mean(axis=0, dtype=np.float64) - samples.mean(axis=0, dtype=np.float64)
    return difference @ difference + np.trace(A + B) - 2 * np.trace(scipy.linalg.sqrtm(A @ B)).real


def by_nuclear_norm(reference, samples):
    """The same from the data, which is exact also for fewer images than dimensions."""
    X, Y = ((x - x.mean(axis=0, dtype=np.float64)) / np.sqrt(len(x) - 1) for x in (reference, samples))
    difference = reference.mean(axis=0, dtype=np.float64) - samples.mean(axis=0, dtype=np.float64)
    trace = np.linalg.norm(X @ Y.T, ord="nuc")
    return difference @ difference + np.square(X).sum() + np.square(Y).sum() - 2 * trace


def test_each_class_is_compared_with_its_own_images_and_the_mean_is_unweighted():
    (reference, reference_labels), (samples, labels) = draw(0, 300), draw(1, 200, mixing=0.7)
    labels[:30] = 2  # unequal classes
    result = per_class_distance(reference, reference_labels, samples, labels)
    expected = [by_definition(reference[reference_labels == c], samples[labels == c]) for c in range(3)]
    assert [one.distance for one in result.classes] == pytest.approx(expected, rel=1e-9)
    assert [(one.label, one.samples, one.reference, one.reason) for one in result.classes] == [
        (c, (labels == c).sum(), 100, None) for c in range(3)
    ]
    assert result.mean == pytest.approx(np.mean(expected), rel=1e-9)
    assert result.left_out == ()


@pytest.mark.parametrize(("reference_n", "n"), [(90, 36), (36, 90), (36, 60), (60, 63)])
def test_fewer_images_than_dimensions_meet_the_nuclear_norm_of_the_data(reference_n, n):
    (reference, reference_labels), (samples, labels) = draw(0, reference_n, 20), draw(1, n, 20, mixing=0.7)
    result = per_class_distance(reference, reference_labels, samples, labels, fewest=2)
    expected = [by_nuclear_norm(reference[reference_labels == c], samples[labels == c]) for c in range(3)]
    assert [one.distance for one in result.classes] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("width", [6, 50])
def test_standard_error_is_that_of_the_jackknife_of_the_definition(width):
    (reference, reference_labels), (samples, labels) = draw(0, 300, width), draw(1, 240, width, mixing=0.7)
    result = per_class_distance(reference, reference_labels, samples, labels, fewest=2, groups=8)
    errors = []
    for c in range(3):
        own = samples[labels == c]
        values = [
            by_nuclear_norm(reference[reference_labels == c], np.delete(own, np.s_[10 * g : 10 * g + 10], axis=0))
            for g in range(8)
        ]
        errors.append(np.sqrt(7 * np.var(values)))
    assert [one.standard_error for one in result.classes] == pytest.approx(errors, rel=1e-6)
    assert result.standard_error == pytest.approx(np.sqrt(np.square(errors).sum()) / 3, rel=1e-6)


def test_standard_error_of_the_mean_is_the_spread_of_other_samples():
    reference, reference_labels = draw(0, 600)
    results = [per_class_distance(reference, reference_labels, *draw(s, 300, mixing=0.7)) for s in range(1, 61)]
    spread = np.std([result.mean for result in results], ddof=1)
    assert 0.8 < np.mean([result.standard_error for result in results]) / spread < 1.25


def test_swapped_labels_are_seen_where_the_pooled_distance_is_blind():
    (reference, reference_labels), (samples, labels) = draw(0, 300), draw(1, 300)
    right = per_class_distance(reference, reference_labels, samples, labels).mean
    swapped = per_class_distance(reference, reference_labels, samples, (labels + 1) % 3).mean
    assert swapped > 100 * right


def test_a_set_against_itself_is_zero():
    reference, labels = draw(0, 300)
    assert per_class_distance(reference, labels, reference, labels).mean == pytest.approx(0, abs=1e-9)


def test_classes_with_too_few_images_are_listed_with_a_reason_and_left_out_of_the_mean():
    (reference, reference_labels), (samples, labels) = draw(0, 300), draw(1, 300)
    labels[labels == 1] = 7  # no samples of class 1, no reference images of class 7
    result = per_class_distance(reference, reference_labels, samples, labels)
    assert [one.label for one in result.classes] == [0, 1, 2, 7]
    assert [(one.label, one.distance, one.standard_error, one.reason) for one in result.left_out] == [
        (1, None, None, "class 1 has 0 samples; its distance takes at least 7"),
        (7, None, None, "class 7 has 0 reference images; its distance takes at least 7"),
    ]
    assert result.mean == np.mean([result.classes[0].distance, result.classes[2].distance])
    assert result.standard_error is not None


def test_no_class_with_enough_images_has_no_mean():
    (reference, reference_labels), (samples, labels) = draw(0, 300), draw(1, 18)
    result = per_class_distance(reference, reference_labels, samples, labels)
    assert (result.mean, result.standard_error, len(result.left_out)) == (None, None, 3)
    assert per_class_distance(reference, reference_labels, samples, labels, fewest=6).mean is not None


def test_a_class_with_few_samples_leaves_the_mean_without_a_standard_error():
    (reference, reference_labels), (samples, labels) = draw(0, 300), draw(1, 57)
    result = per_class_distance(reference, reference_labels, samples, labels)
    assert result.mean is not None
    assert [one.standard_error for one in result.classes] == [None] * 3
    assert result.standard_error is None


def test_missing_labels_are_refused():
    (reference, reference_labels), (samples, labels) = draw(0, 300), draw(1, 300)
    with pytest.raises(InputError, match="the samples have 299 labels and 300 images"):
        per_class_distance(reference, reference_labels, samples, labels[1:])


@pytest.mark.parametrize("name", ["fewest", "groups"])
def test_fewer_than_two_are_refused(name):
    reference, labels = draw(0, 300)
    with pytest.raises(InputError, match=f"{name} is 1; the distances of classes take at least 2"):
        per_class_distance(reference, labels, reference, labels, **{name: 1})
