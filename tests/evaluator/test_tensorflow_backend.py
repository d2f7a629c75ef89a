from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
from scipy import linalg

from beatgans.evaluator import evaluate, extract_features, load_extractor
from beatgans.reference_batches import InputError


@pytest.fixture(scope="module")
def image_sets():
    """Smooth images of random colours, so that the classifier and the neighbourhoods tell them apart."""

    def draw(n, seed, contrast):
        random = np.random.default_rng(seed)
        coarse = np.clip(random.normal(128, contrast, (n, 8, 8, 3)), 0, 255)
        return np.repeat(np.repeat(coarse, 4, axis=1), 4, axis=2).astype(np.uint8)

    return draw(28, 0, 50), draw(26, 1, 40)


@pytest.fixture(scope="module")
def features(tf, inception_graph, image_sets):
    """The features of both sets by both backends."""
    extractors = {
        backend: load_extractor("inception", inception_graph, backend=backend) for backend in ("torch", "tensorflow")
    }
    return {
        backend: [extract_features(extractor, images, 16) for images in image_sets]
        for backend, extractor in extractors.items()
    }


def original_scores(reference, samples):
    """The five numbers in the order of OpenAI's script: SciPy's matrix square root, float16 distances."""

    def frechet(a, b):
        mean_a, mean_b = np.mean(a, axis=0), np.mean(b, axis=0)
        A, B = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
        difference = mean_a - mean_b
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", linalg.LinAlgWarning)  # singular, as there are fewer images than features
            root = linalg.sqrtm(A @ B).real
        return difference.dot(difference) + np.trace(A) + np.trace(B) - 2 * np.trace(root)

    import tensorflow as tf

    def distances(u, v):
        u, v = tf.constant(u, tf.float16), tf.constant(v, tf.float16)
        norms_u, norms_v = (tf.reduce_sum(tf.square(side), axis=1) for side in (u, v))
        squared = tf.maximum(norms_u[:, None] - 2 * tf.matmul(u, v, transpose_b=True) + norms_v, 0)
        assert bool(tf.reduce_all(tf.math.is_finite(squared))), "float16 overflows, where the original takes float32"
        return tf.cast(squared, tf.float32).numpy()

    p = tf.nn.softmax(samples.logits).numpy()
    across = distances(reference.pool, samples.pool)
    radii = [np.sort(distances(side.pool, side.pool), axis=1)[:, 3] for side in (reference, samples)]
    return {
        "fid": frechet(samples.pool, reference.pool),
        "sfid": frechet(samples.spatial, reference.spatial),
        "inception_score": np.exp(np.mean(np.sum(p * (np.log(p) - np.log(p.mean(axis=0))), axis=1))),
        "precision": (across <= radii[0][:, None]).any(axis=0).mean(),
        "recall": (across <= radii[1]).any(axis=1).mean(),
    }


def test_the_backends_agree_on_features(features):
    for ours, theirs in zip(features["torch"], features["tensorflow"], strict=True):
        for name in ("pool", "spatial", "logits"):
            expected = getattr(theirs, name)
            np.testing.assert_allclose(getattr(ours, name), expected, rtol=0, atol=2e-5 * np.abs(expected).max())


def test_all_five_scores_are_the_originals(features):
    reference, samples = (tame(side) for side in features["tensorflow"])
    expected = original_scores(reference, samples)
    ours = {
        name: score.value
        for name, score in evaluate(*(tame(side) for side in features["torch"]), protocol="adm").items()
    }
    assert ours["fid"] == pytest.approx(expected["fid"], rel=1e-3)  # of fewer images than dimensions
    assert ours["sfid"] == pytest.approx(expected["sfid"], rel=1e-3)
    assert ours["inception_score"] == pytest.approx(expected["inception_score"], rel=1e-5)
    assert ours["precision"] == pytest.approx(expected["precision"], abs=2 / 26)
    assert ours["recall"] == pytest.approx(expected["recall"], abs=2 / 28)
    assert expected["inception_score"] > 1.0001
    assert 0 < expected["recall"] < 1


def tame(features):
    """Every eighth feature, which is quicker, at the scale of the real graph's, where float16 holds all distances."""
    return type(features)(features.pool[:, ::8] / 8, features.spatial[:, ::8], features.logits)


def test_both_backends_name_the_same_weights(inception_graph, tf):
    ours, theirs = (
        load_extractor("inception", inception_graph, backend=backend) for backend in ("torch", "tensorflow")
    )
    assert ours.weights_sha256 == theirs.weights_sha256
    assert ours.settings == theirs.settings


def test_a_state_dict_is_refused(tmp_path, tf):
    with pytest.raises(InputError, match=r"TensorFlow cannot run .*\.pth"):
        load_extractor("inception", tmp_path / "weights.pth", backend="tensorflow")


def test_without_tensorflow_the_sentence_names_the_extra(monkeypatch, inception_graph):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(InputError, match=r"pip install \"beatgans\[tensorflow\]\""):
        load_extractor("inception", inception_graph, backend="tensorflow")
