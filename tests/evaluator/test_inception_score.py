from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator.inception_score import float32_inception_score, inception_score, inception_scores_without_each
from beatgans.evaluator.uncertainty import contiguous_groups

SCORES = (float32_inception_score, inception_score)


def sure_logits(labels, classes=10, gap=40.0):
    return (gap * np.eye(classes)[labels]).astype(np.float32)


@pytest.mark.parametrize("score", SCORES)
def test_images_without_a_class_score_1(score):
    assert score(np.zeros((50, 10), np.float32), None) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("score", SCORES)
def test_sure_and_balanced_images_score_the_number_of_classes(score):
    assert score(sure_logits(np.arange(100) % 10), None) == pytest.approx(10, rel=1e-5)


@pytest.mark.parametrize("score", SCORES)
def test_agrees_with_the_definition(score):
    logits = np.random.default_rng(0).normal(size=(300, 10)).astype(np.float32) * 2
    p = np.exp(logits.astype(np.float64))
    p /= p.sum(axis=1, keepdims=True)
    expected = np.exp(np.mean([np.sum(row * np.log(row / p.mean(axis=0))) for row in p]))
    assert score(logits, None) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("score", SCORES)
def test_chunks_are_taken_in_file_order(score):
    labels = np.sort(np.arange(100) % 10)
    assert score(sure_logits(labels), 10) == pytest.approx(1, abs=1e-5)  # one class in each chunk
    assert score(sure_logits(np.arange(100) % 10), 10) == pytest.approx(10, rel=1e-5)


@pytest.mark.parametrize("score", SCORES)
def test_last_chunk_counts_as_much_as_a_full_one(score):
    labels = np.append(np.arange(100) % 10, 0)
    assert score(sure_logits(labels), 100) == pytest.approx((10 + 1) / 2, rel=1e-5)


def test_underflow_has_no_float32_score_rather_than_nan():
    logits = sure_logits(np.arange(100) % 10, gap=200.0)
    assert float32_inception_score(logits, None) is None
    assert inception_score(logits, None) == pytest.approx(10, rel=1e-12)


def test_probabilities_of_zero_in_float64_do_no_harm():
    assert inception_score(sure_logits(np.zeros(5, np.int64), gap=1e4), None) == 1


def test_scores_without_a_group_are_those_of_the_rest():
    logits = np.random.default_rng(0).normal(size=(53, 10)).astype(np.float32) * 2
    groups = contiguous_groups(len(logits), 5)
    expected = [inception_score(np.delete(logits, group, axis=0), 20) for group in groups]
    assert list(inception_scores_without_each(logits, 20, groups)) == expected
