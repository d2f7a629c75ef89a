"""The float16 recipe and the whole of precision and recall against TensorFlow itself; it takes seconds to import."""

from __future__ import annotations

import os

import numpy as np
import pytest

from beatgans.evaluator.distances import float16_distances, float16_squared_norms
from beatgans.evaluator.inception_score import float32_inception_score
from beatgans.evaluator.precision_recall import precision_and_recall, radii
from beatgans.evaluator.uncertainty import contiguous_groups


@pytest.fixture(scope="module")
def tf():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    return pytest.importorskip("tensorflow")


def relu_features(n, width, seed, shift=0.0):
    """Features like Inception's: sparse, not negative, of a squared norm near 400 at any width."""
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(16, width)) / 4
    features = np.maximum(random.normal(size=(n, 16)) @ mixing + 0.5 * random.normal(size=(n, width)) + shift, 0)
    return (features * np.sqrt(400 / (0.6 * width))).astype(np.float32)


def tensorflow_distances(tf, U, V):
    """Squared distances by TensorFlow, in float16 unless a value of the block is not finite."""
    for dtype in (tf.float16, tf.float32):
        u, v = tf.constant(U, dtype), tf.constant(V, dtype)
        norms_u, norms_v = (tf.reduce_sum(tf.square(side), axis=1) for side in (u, v))
        squared = tf.maximum(norms_u[:, None] - 2 * tf.matmul(u, v, transpose_b=True) + norms_v[None, :], 0)
        if bool(tf.reduce_all(tf.math.is_finite(squared))):
            break
    return tf.cast(squared, tf.float32).numpy()


def tensorflow_precision_recall(tf, reference, samples, block):
    """Precision and recall over TensorFlow's distances of blocks, put together as whole matrices."""

    def distances(U, V):
        rows = [
            [tensorflow_distances(tf, U[i : i + block], V[j : j + block]) for j in range(0, len(V), block)]
            for i in range(0, len(U), block)
        ]
        return np.block(rows)

    reference_radii = np.partition(distances(reference, reference), 3, axis=1)[:, 3]
    sample_radii = np.partition(distances(samples, samples), 3, axis=1)[:, 3]
    squared = distances(reference, samples)
    return (squared <= reference_radii[:, None]).any(axis=0).mean(), (squared <= sample_radii).any(axis=1).mean()


@pytest.mark.parametrize("width", [3, 8, 31, 64, 100, 768, 1025, 1600, 2000, 2048, 4096])
def test_norms_equal_tensorflows_in_every_digit(tf, width):
    u = relu_features(300, width, seed=width).astype(np.float16)
    expected = tf.reduce_sum(tf.square(tf.constant(u)), axis=1).numpy()
    np.testing.assert_array_equal(float16_squared_norms(u), expected)


@pytest.mark.parametrize("width", [64, 2048])
def test_distances_equal_tensorflows_but_for_the_order_of_products(tf, width):
    U, V = relu_features(300, width, seed=0), relu_features(250, width, seed=1)
    ours, theirs = float16_distances(U, V), tensorflow_distances(tf, U, V)
    assert (ours == theirs).mean() > 0.999
    np.testing.assert_allclose(ours, theirs, atol=1)  # a unit in the last place of a product near 400, doubled


@pytest.mark.parametrize(
    ("width", "block", "images"),
    # Long products, added in another order, fall on the other side of a float16 boundary once in ten thousand times.
    [(64, 10_000, 0), (64, 100, 0), (2048, 10_000, 1), (2048, 170, 1)],
)
def test_precision_and_recall_equal_tensorflows(tf, width, block, images):
    reference, samples = relu_features(420, width, seed=2), relu_features(330, width, seed=3, shift=0.1)
    expected = tensorflow_precision_recall(tf, reference, samples, block)
    ours = precision_and_recall(
        reference,
        radii(reference, 3, float16_distances, block),
        samples,
        contiguous_groups(330, 20),
        3,
        float16_distances,
        block,
    )
    assert ours.precision == pytest.approx(expected[0], rel=0, abs=1.001 * images / 330)
    assert ours.recall == pytest.approx(expected[1], rel=0, abs=1.001 * images / 420)
    assert 0.02 < ours.precision < 0.98
    assert 0.02 < ours.recall < 0.98


def test_only_the_block_that_overflows_falls_back(tf):
    samples = relu_features(200, 64, seed=4)
    samples[150:] *= 20  # squared norms near 160,000
    block = 100
    expected = tensorflow_precision_recall(tf, samples, samples[::-1].copy(), block)
    reversed_samples = samples[::-1].copy()
    ours = precision_and_recall(
        samples,
        radii(samples, 3, float16_distances, block),
        reversed_samples,
        contiguous_groups(200, 1),
        3,
        float16_distances,
        block,
    )
    assert (ours.precision, ours.recall) == expected


def test_blocks_meet_as_the_originals_do_above_10000_images(tf):
    reference, samples = relu_features(1_000, 8, seed=6), relu_features(10_100, 8, seed=7, shift=0.1)
    samples[-3:] *= 30  # only the blocks of the last 100 samples overflow
    expected = tensorflow_precision_recall(tf, reference, samples, 10_000)
    ours = precision_and_recall(
        reference,
        radii(reference, 3, float16_distances, 10_000),
        samples,
        contiguous_groups(10_100, 20),
        3,
        float16_distances,
        10_000,
    )
    assert (ours.precision, ours.recall) == expected


def test_float32_softmax_gives_tensorflows_inception_score(tf):
    logits = np.random.default_rng(5).normal(size=(1200, 1008)).astype(np.float32) * 2
    p = tf.nn.softmax(logits).numpy()
    chunks = [p[start : start + 500] for start in range(0, len(p), 500)]
    scores = [np.exp(np.mean(np.sum(c * (np.log(c) - np.log(c.mean(axis=0))), axis=1))) for c in chunks]
    assert float32_inception_score(logits, 500) == pytest.approx(float(np.mean(scores)), rel=1e-6)
