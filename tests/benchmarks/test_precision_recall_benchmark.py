"""Precision and recall beside TensorFlow's float16 distances, of which the original evaluator makes them.

``nox -s benchmarks`` times 10,000 images on either side; in the ordinary suite there are few, and scores must agree.
"""

import os

import numpy as np
import pytest

from beatgans.evaluator.distances import float16_distances
from beatgans.evaluator.precision_recall import precision_and_recall, radii
from beatgans.evaluator.uncertainty import contiguous_groups

NEIGHBOURS, BLOCK = 3, 10_000


@pytest.fixture(scope="module")
def sets(full_scale):
    images, width = (10_000, 2_048) if full_scale else (400, 256)
    mixing = np.random.default_rng(99).normal(size=(16, width)) / 4

    def draw(seed, shift):
        random = np.random.default_rng(seed)
        features = random.normal(size=(images, 16)) @ mixing + 0.5 * random.normal(size=(images, width)) + shift
        return (np.maximum(features, 0) * np.sqrt(400 / (0.6 * width))).astype(np.float32)

    return draw(0, 0.0), draw(1, 0.1)


def ours(reference, samples, groups):
    own_radii = radii(reference, NEIGHBOURS, float16_distances, BLOCK)
    slices = contiguous_groups(len(samples), groups)
    return precision_and_recall(reference, own_radii, samples, slices, NEIGHBOURS, float16_distances, BLOCK)


def by_tensorflow(tf, reference, samples):
    def distances(U, V):
        u, v = tf.constant(U, tf.float16), tf.constant(V, tf.float16)
        norms_u, norms_v = (tf.reduce_sum(tf.square(side), axis=1) for side in (u, v))
        squared = norms_u[:, None] - 2 * tf.matmul(u, v, transpose_b=True) + norms_v[None, :]
        return tf.maximum(squared, 0).numpy().astype(np.float32)

    reference_radii, sample_radii = (
        np.partition(distances(side, side), range(NEIGHBOURS + 1), axis=1)[:, NEIGHBOURS]
        for side in (reference, samples)
    )
    squared = distances(reference, samples)
    return (squared <= reference_radii[:, None]).any(axis=0).mean(), (squared <= sample_radii).any(axis=1).mean()


@pytest.fixture(scope="module")
def tf():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    return pytest.importorskip("tensorflow")


@pytest.mark.benchmark(group="precision and recall")
def test_float16_distances(benchmark, sets):
    scores = benchmark.pedantic(ours, (*sets, 1), rounds=3)
    assert 0 < scores.precision < 1


@pytest.mark.benchmark(group="precision and recall")
def test_float16_distances_with_replicates(benchmark, sets):
    scores = benchmark.pedantic(ours, (*sets, 20), rounds=3)
    assert len(scores.recall_without_each) == 20


@pytest.mark.benchmark(group="precision and recall")
def test_tensorflow(benchmark, tf, sets):
    precision, recall = benchmark.pedantic(by_tensorflow, (tf, *sets), rounds=3)
    scores = ours(*sets, 1)
    assert scores.precision == pytest.approx(precision, rel=0, abs=3 / len(sets[1]))
    assert scores.recall == pytest.approx(recall, rel=0, abs=3 / len(sets[0]))
