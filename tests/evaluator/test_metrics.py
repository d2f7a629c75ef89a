"""That each metric's name leads to its computation; the computations have tests of their own."""

from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator import (
    ALL_METRICS,
    METRICS,
    Comparison,
    Estimate,
    Features,
    Metric,
    PreparedReference,
    evaluate,
    find_metric,
    load_extractor,
)
from beatgans.evaluator.kernel_distance import kernel_distance, mean_kernel
from beatgans.reference_batches import InputError, Statistics

NEED_IMAGES = ("precision", "recall", "kid", "density", "coverage", "per_class_fid", "authpct")


def draw(n, seed, shift=0.0):
    random = np.random.default_rng(seed)
    arrays = (random.normal(shift, size=(n, width)) for width in (4, 5, 10))
    return Features(*(array.astype(np.float32) for array in arrays))


@pytest.fixture(scope="module")
def real():
    return PreparedReference(draw(400, 0), labels=np.arange(400) % 5)


@pytest.fixture(scope="module")
def samples():
    return draw(300, 1, 0.2)


def test_the_five_of_adm_come_first_and_are_the_default(real, samples):
    assert tuple(ALL_METRICS)[:5] == METRICS
    assert tuple(evaluate(real, samples)) == METRICS


def test_every_metric_has_a_value_and_an_error(real, samples):
    scores = evaluate(real, samples, metrics=list(ALL_METRICS), labels=np.arange(300) % 5)
    assert list(scores) == list(ALL_METRICS)
    for name, score in scores.items():
        assert score.value is not None, name
        assert score.standard_error > 0, name
        assert score.reason is None, name
        assert score.higher_is_better is ALL_METRICS[name].higher_is_better


def test_kid_is_that_of_the_pooled_features(real, samples):
    score = evaluate(real, samples, metrics=["kid"])["kid"]
    pool = real.features.pool
    expected = kernel_distance(pool, mean_kernel(pool, 50), samples.pool, [slice(0, 300)], 50).value
    assert score.value == pytest.approx(expected, rel=1e-9)


def test_against_statistics_alone_the_others_are_none_with_the_reason(samples):
    reference = PreparedReference(None, statistics=Statistics(np.zeros(4), np.eye(4)))
    scores = evaluate(reference, samples, metrics=list(ALL_METRICS), labels=np.arange(300) % 5)
    for name in NEED_IMAGES:
        assert scores[name].value is None
        assert "statistics alone" in scores[name].reason
    assert scores["sfid"].value is None
    assert "mu_s, sigma_s" in scores["sfid"].reason
    assert scores["fid"].value > 0
    assert scores["inception_score"].value > 1


def test_features_without_logits_have_no_inception_score(real, samples):
    bare = Features(samples.pool, samples.spatial, np.empty((300, 0), np.float32))
    score = evaluate(PreparedReference(draw(50, 2)[:50]), samples, metrics=["inception_score"])["inception_score"]
    assert score.value is not None
    reference = PreparedReference(Features(real.features.pool, real.features.spatial, np.empty((400, 0), np.float32)))
    score = evaluate(reference, bare, metrics=["inception_score"])["inception_score"]
    assert (score.value, score.reason) == (None, "the extractor gives no class probabilities")


def test_classes_take_labels(real, samples):
    score = evaluate(real, samples, metrics=["per_class_fid"])["per_class_fid"]
    assert (score.value, score.reason) == (None, "the samples have no labels (arr_1)")
    unlabelled = PreparedReference(real.features)
    score = evaluate(unlabelled, samples, metrics=["per_class_fid"], labels=np.zeros(300, int))["per_class_fid"]
    assert score.reason == "the reference images have no labels (arr_1)"


def test_classes_that_are_left_out_are_told_of(real, samples):
    labels = np.where(np.arange(300) < 2, 4, np.arange(300) % 4)
    score = evaluate(real, samples, metrics=["per_class_fid"], labels=labels)["per_class_fid"]
    assert score.value is not None
    assert score.reason.startswith("1 of 5 classes are left out: class 4 has 2 samples")


def test_a_metric_of_ones_own(real, samples, tmp_path, monkeypatch):
    (tmp_path / "my_metrics_of_test.py").write_text(
        "from beatgans.evaluator import Estimate\n"
        "def largest(comparison):\n    'The largest feature.'\n    return comparison.samples.pool.max()\n"
        "largest.higher_is_better = True\n"
        "def certain(comparison):\n    return Estimate(1.0, 0.5)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    scores = evaluate(real, samples, metrics=["my_metrics_of_test:largest", "my_metrics_of_test:certain"])
    largest, certain = scores.values()
    assert largest.value == pytest.approx(float(samples.pool.max()))
    assert largest.higher_is_better
    assert largest.standard_error is None
    assert (certain.value, certain.standard_error) == (1.0, 0.5)


def test_a_metric_may_be_given_as_an_object(real, samples):
    metric = Metric("seven", "Seven", True, "always", lambda _: Estimate(7.0, 0.0))
    assert evaluate(real, samples, metrics=[metric])["seven"].value == 7


def test_unknown_names_get_a_hint():
    with pytest.raises(InputError, match="no metric named 'fdi'; did you mean fid"):
        find_metric("fdi")
    with pytest.raises(InputError, match="no_such_module_at_all"):
        find_metric("no_such_module_at_all:x")


MODULE = '''
from beatgans.evaluator import Estimate, Metric

def two_arguments(reference, samples):
    """Not what is asked for."""

def for_nothing():
    """Nor is this."""

gap = Metric("gap", "Gap", False, "difference of two numbers", lambda comparison: Estimate(1.0, 0.5))
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_metrics.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)


def test_a_metric_can_be_an_object_of_ones_own(own):
    metric = find_metric("own_metrics:gap")
    assert (metric.title, metric.higher_is_better) == ("Gap", False)


def test_a_function_of_other_arguments_is_refused_with_what_it_should_take(own, real, samples):
    comparison = Comparison(real, samples)
    with pytest.raises(InputError, match=r"two_arguments must take one argument, a Comparison .*metrics\.md"):
        find_metric("own_metrics:two_arguments").measure(comparison)


def test_an_extractors_function_is_refused_alike(own):
    with pytest.raises(InputError, match="own_metrics:for_nothing must take two arguments, weights and device"):
        load_extractor("own_metrics:for_nothing")


def test_fid_infinity_of_a_file_sorted_by_class_is_that_of_a_shuffled_one():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 500)
    pool = (random.normal(size=(2000, 4)) + 3 * np.eye(4)[labels]).astype(np.float32)
    nothing = np.empty((2000, 0), np.float32)
    reference = PreparedReference(Features(pool, nothing, nothing))
    values = [
        find_metric("fid_infinity").measure(Comparison(reference, Features(rows, nothing, nothing))).value
        for rows in (pool + np.float32(0.1), random.permutation(pool) + np.float32(0.1))
    ]
    assert values == pytest.approx([4 * 0.1**2] * 2, abs=0.02)
