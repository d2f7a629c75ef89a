"""The network against TensorFlow on the same graph, stage by stage. Weights and images are random."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from beatgans.evaluator.inception import load, resize

SIZES = [32, 64, 256, 299, 512]
STAGES = [
    *("Mul", "conv", "conv_1", "conv_2", "pool", "conv_3", "conv_4", "pool_1"),
    *("mixed/join", "mixed_1/join", "mixed_2/join", "mixed_3/join", "mixed_4/join", "mixed_5/join"),
    *("mixed_6/conv", "mixed_6/join", "mixed_7/join", "mixed_8/join", "mixed_9/join", "mixed_10/join", "pool_3"),
]


def images(n, size, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def extractor(inception_graph):
    return load(inception_graph, "cpu")


@pytest.fixture(scope="module")
def run_graph(tf, inception_graph):
    """Runs the frozen graph: uint8 images to the outputs of all stages."""
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(inception_graph.read_bytes())
    with tf.Graph().as_default():
        x = tf.compat.v1.placeholder(tf.float32, [None, None, None, 3])
        names = [f"{stage}:0" for stage in [*STAGES, "softmax/logits/MatMul"]]
        outputs = tf.import_graph_def(definition, input_map={"ExpandDims:0": x}, return_elements=names)
        session = tf.compat.v1.Session()
    return lambda batch: dict(
        zip([*STAGES, "logits"], session.run(outputs, {x: batch.astype(np.float32)}), strict=True)
    )


@pytest.mark.parametrize("size", SIZES)
def test_every_stage_is_tensorflows(extractor, run_graph, size):
    batch = images(2, size, seed=size)
    expected = run_graph(batch)
    with torch.inference_mode():
        found = dict(extractor.network.stages(torch.from_numpy(batch)))
    assert list(found) == [*STAGES, "logits"]
    for stage, tensor in found.items():
        array = tensor.numpy()
        array = array.transpose(0, 2, 3, 1) if array.ndim == 4 else array
        theirs = expected[stage].reshape(array.shape)
        np.testing.assert_allclose(array, theirs, rtol=0, atol=2e-5 * np.abs(theirs).max(), err_msg=stage)


@pytest.mark.parametrize("shape", [(32, 32), (64, 64), (299, 299), (512, 512), (48, 500), (1, 1)])
def test_the_resize_is_tensorflows_to_the_last_bit(tf, shape):
    batch = np.random.default_rng(1).integers(0, 256, (2, *shape, 3), dtype=np.uint8)
    theirs = tf.compat.v1.image.resize_bilinear(batch.astype(np.float32), [299, 299], align_corners=False).numpy()
    np.testing.assert_array_equal(resize(torch.from_numpy(batch)).permute(0, 2, 3, 1).numpy(), theirs)


def test_features_have_the_layout_of_adm(extractor, run_graph):
    batch = images(3, 64)
    expected, features = run_graph(batch), extractor(batch)
    spatial = expected["mixed_6/conv"][..., :7].reshape(3, -1)  # height, width, channel
    assert features.spatial.shape == (3, 2023)
    np.testing.assert_allclose(features.spatial, spatial, rtol=0, atol=2e-5 * spatial.max())
    pool = expected["pool_3"].reshape(3, 2048)
    np.testing.assert_allclose(features.pool, pool, rtol=0, atol=1e-5 * pool.max())
    assert features.logits.shape == (3, 1008)
    np.testing.assert_allclose(
        features.logits, expected["logits"], rtol=0, atol=1e-5 * np.abs(expected["logits"]).max()
    )


def test_features_do_not_depend_on_the_batch(extractor):
    batch = images(5, 32)
    whole, single = extractor(batch), extractor(batch[3:4])
    np.testing.assert_allclose(whole.pool[3:4], single.pool, rtol=0, atol=1e-5 * whole.pool.max())


def test_float64_is_what_float32_approximates(inception_graph, extractor):
    batch = images(2, 32)
    exact, rounded = load(inception_graph, "cpu", "float64")(batch), extractor(batch)
    np.testing.assert_allclose(rounded.pool, exact.pool, rtol=0, atol=1e-5 * exact.pool.max())


def test_bfloat16_is_near_and_says_so(inception_graph, extractor):
    batch = images(2, 32)
    coarse = load(inception_graph, "cpu", "bfloat16")
    pool, expected = coarse(batch).pool, extractor(batch).pool
    assert 1e-4 < np.abs(pool - expected).max() / expected.max() < 0.05
    assert coarse.settings["extractor_dtype"] == "bfloat16"
    assert extractor.settings == {"resize": "tensorflow1-bilinear to 299x299", "extractor_dtype": "float32"}
