"""Features of the Inception graph by PyTorch beside TensorFlow on the same graph, and in 16 bits beside 32.

``nox -s benchmarks`` times them; in the ordinary suite they run once on a few images.
"""

import numpy as np
import pytest

from beatgans.evaluator import load_extractor


@pytest.fixture(scope="module")
def images(full_scale):
    return np.random.default_rng(0).integers(0, 256, (32 if full_scale else 2, 256, 256, 3), dtype=np.uint8)


@pytest.mark.benchmark(group="features of 32 images, 256x256")
@pytest.mark.parametrize(("backend", "dtype"), [("tensorflow", "float32"), ("torch", "float32"), ("torch", "bfloat16")])
def test_features(benchmark, tf, inception_graph, images, backend, dtype):
    extractor = load_extractor("inception", inception_graph, backend=backend, dtype=dtype)
    features = benchmark.pedantic(extractor, (images,), rounds=5, warmup_rounds=1)
    assert features.pool.shape == (len(images), 2048)
    assert np.isfinite(features.pool).all()
