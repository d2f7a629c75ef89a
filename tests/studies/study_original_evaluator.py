"""`beatgans evaluate` beside OpenAI's evaluator, written again here, on more images than there are features.

``nox -s parity`` runs it; it takes some twenty minutes on two cores, since 4,300 images go through three Inceptions.
The graph has random weights and some dead features, as ReLUs can have: the covariances are singular then.

What follows is the original's procedure in TensorFlow, NumPy and SciPy, without a line of the package: batches of 64
into ``ExpandDims:0``; pooled and spatial features; ``softmax/weights`` without the biases; float32 means and n-1
covariances; SciPy's square root of their product; Inception Score in chunks of 5,000; float16 distances.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy import linalg

REFERENCE, SAMPLES = 2_200, 2_100
DEAD = 60
BATCH = 64
CHUNK = 5_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("parity")


LAST = ["conv", "tower/mixed/conv", "tower/mixed/conv_1", "tower_1/mixed/conv", "tower_1/mixed/conv_1", "tower_2/conv"]
"""The convolutions of mixed_10 that the pooled features come from."""


@pytest.fixture(scope="module")
def graph(tf, inception_graph, folder):
    """The random-weight graph, its last batch norms fitted to some images, and :data:`DEAD` of its features zero.

    As the graph comes, its features hardly depend on the image: squared distances are a few steps of float16 then, and
    precision and recall are decided by roundings. Here each channel of the last maps is centred, and divided by three
    standard deviations that its mean over the positions has between images.
    """
    v1 = tf.compat.v1
    definition = v1.GraphDef.FromString(inception_graph.read_bytes())
    constants = {node.name: node.attr["value"].tensor for node in definition.node if node.op == "Const"}
    with tf.Graph().as_default(), v1.Session() as session:
        batch = v1.placeholder(tf.float32, [None, None, None, 3])
        outputs = tf.import_graph_def(
            definition, {"ExpandDims:0": batch}, [f"mixed_10/{name}/Conv2D:0" for name in LAST]
        )
        outputs = session.run(outputs, {batch: colours(BATCH, seed=9, contrast=50).astype(np.float32)})
    for name, output in zip(LAST, outputs, strict=True):
        fitted = {
            "moving_mean": output.mean(axis=(0, 1, 2)),
            "moving_variance": (3 * output.mean(axis=(1, 2)).std(axis=0)) ** 2,
            "beta": np.full(output.shape[-1], -1.0),
        }
        if name == "tower_2/conv":
            fitted["beta"][-DEAD:] = -1e4
        for parameter, value in fitted.items():
            constants[f"mixed_10/{name}/batchnorm/{parameter}"].CopyFrom(tf.make_tensor_proto(value.astype(np.float32)))
    path = folder / "graph.pb"
    path.write_bytes(definition.SerializeToString())
    return path


@pytest.fixture(scope="module")
def files(folder):
    """A reference, and samples of another contrast."""
    paths = []
    for name, n, seed, contrast in (("reference", REFERENCE, 0, 50), ("samples", SAMPLES, 1, 45)):
        paths.append(folder / f"{name}.npz")
        np.savez(paths[-1], colours(n, seed, contrast))
    return paths


def colours(n, seed, contrast):
    """Images of a random colour with random cells of several sizes on it."""
    random = np.random.default_rng(seed)
    images = random.normal(128, contrast, (n, 1, 1, 3))
    for cells in (4, 8, 16, 32):
        noise = random.normal(0, contrast / 2, (n, cells, cells, 3))
        images = images + noise.repeat(32 // cells, axis=1).repeat(32 // cells, axis=2)
    return np.clip(images, 0, 255).astype(np.uint8)


def original_features(tf, graph, path):
    """Pooled features [N, 2048], spatial ones [N, 2023] and probabilities [N, 1008]."""
    v1 = tf.compat.v1
    images = np.load(path)["arr_0"]
    with tf.Graph().as_default(), v1.Session() as session:
        batch = v1.placeholder(tf.float32, [None, None, None, 3])
        definition = v1.GraphDef.FromString(graph.read_bytes())
        wanted = ["pool_3:0", "mixed_6/conv:0", "softmax/weights:0"]
        pool, spatial, weights = tf.import_graph_def(definition, {"ExpandDims:0": batch}, wanted)
        pool, spatial = tf.reshape(pool, [-1, 2048]), spatial[..., :7]
        probabilities = tf.nn.softmax(tf.matmul(pool, weights))
        parts = [
            session.run([pool, spatial, probabilities], {batch: images[start : start + BATCH].astype(np.float32)})
            for start in range(0, len(images), BATCH)
        ]
    pools, spatials, softmaxes = (np.concatenate(kind) for kind in zip(*parts, strict=True))
    return pools, spatials.reshape(len(spatials), -1), softmaxes


def frechet(a, b):
    mean_a, mean_b = np.mean(a, axis=0), np.mean(b, axis=0)
    A, B = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", linalg.LinAlgWarning)  # singular, for the dead features
        root = linalg.sqrtm(A @ B)
        if not np.isfinite(root).all():
            offset = 1e-6 * np.eye(len(A))
            root = linalg.sqrtm((A + offset) @ (B + offset))
    difference = mean_a - mean_b
    return float(difference.dot(difference) + np.trace(A) + np.trace(B) - 2 * np.trace(root.real))


def inception_score(probabilities):
    chunks = [probabilities[start : start + CHUNK] for start in range(0, len(probabilities), CHUNK)]
    scores = [np.exp(np.mean(np.sum(p * (np.log(p) - np.log(np.mean(p, axis=0))), axis=1))) for p in chunks]
    return float(np.mean(scores))


def precision_and_recall(tf, reference, samples):
    def distances(u, v):
        u, v = tf.constant(u, tf.float16), tf.constant(v, tf.float16)
        norms_u, norms_v = (tf.reduce_sum(tf.square(side), axis=1) for side in (u, v))
        squared = tf.maximum(norms_u[:, None] - 2 * tf.matmul(u, v, transpose_b=True) + norms_v, 0)
        assert bool(tf.reduce_all(tf.math.is_finite(squared))), "float16 overflows, where the original takes float32"
        return tf.cast(squared, tf.float32).numpy()

    balls = [np.partition(distances(side, side), 3, axis=1)[:, 3] for side in (reference, samples)]
    across = distances(reference, samples)
    return float((across <= balls[0][:, None]).any(axis=0).mean()), float((across <= balls[1]).any(axis=1).mean())


@pytest.fixture(scope="module")
def expected(tf, graph, files):
    (reference, spatial_reference, _), (samples, spatial_samples, p) = (
        original_features(tf, graph, path) for path in files
    )
    precision, recall = precision_and_recall(tf, reference, samples)
    assert (samples[:, -DEAD:] == 0).all()
    return {
        "fid": frechet(samples, reference),
        "sfid": frechet(spatial_samples, spatial_reference),
        "inception_score": inception_score(p),
        "precision": precision,
        "recall": recall,
    }


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_command_gives_the_originals_five_numbers(expected, graph, files, folder, backend):
    output = folder / f"{backend}.json"
    command = [
        *(sys.executable, "-m", "beatgans.harness", "evaluate", *files, "--weights", graph, "--extractor", "inception"),
        *("--backend", backend, "--json", output, "--no-cache", "--device", "cpu"),
    ]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    scores = json.loads(output.read_text())["samples"][0]["scores"]
    ours = {name: scores[name]["value"] for name in expected}
    for name, value in expected.items():
        print(f"{backend} {name}: {ours[name]!r}, original {value!r}, relative {ours[name] / value - 1:.1e}")
    for name in ("fid", "sfid", "inception_score"):
        assert ours[name] == pytest.approx(expected[name], rel=1e-5)
    assert ours["precision"] == pytest.approx(expected["precision"], abs=2 / SAMPLES)
    assert ours["recall"] == pytest.approx(expected["recall"], abs=2 / REFERENCE)
    assert 0.02 < expected["precision"] < 0.98
    assert 0.02 < expected["recall"] < 0.98
