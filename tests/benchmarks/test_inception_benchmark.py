"""Features of the Inception graph by PyTorch beside TensorFlow, torch-fidelity with the same weights, and in 16 bits.

``nox -s benchmarks`` times them; in the ordinary suite they run once on a few images.
"""

import importlib
import importlib.util
import sys
import types

import numpy as np
import pytest
import torch

from beatgans.evaluator import load_extractor
from beatgans.evaluator.inception_weights import EPSILON, layers, read_weights


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


@pytest.mark.benchmark(group="features of 32 images, 256x256")
def test_features_by_torch_fidelity(benchmark, inception_graph, images, tmp_path, monkeypatch):
    extractor = torch_fidelity_extractor(inception_graph, tmp_path, monkeypatch)
    batch = torch.from_numpy(images).permute(0, 3, 1, 2)
    with torch.inference_mode():
        (pool,) = benchmark.pedantic(extractor, (batch,), rounds=5, warmup_rounds=1)
    expected = load_extractor("inception", inception_graph)(images).pool
    np.testing.assert_allclose(pool.numpy(), expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def torch_fidelity_extractor(graph, tmp_path, monkeypatch):
    """torch-fidelity's Inception with the same weights. Its package imports torchvision, which this module does not."""
    spec = importlib.util.find_spec("torch_fidelity")
    if spec is None:
        pytest.skip("torch-fidelity is not installed; `nox -s benchmarks` installs it")
    package = types.ModuleType("torch_fidelity")
    package.__path__ = spec.submodule_search_locations
    monkeypatch.setitem(sys.modules, "torch_fidelity", package)
    module = importlib.import_module("torch_fidelity.feature_extractor_inceptionv3")
    weights = read_weights(graph)
    tensors = {"fc.weight": weights.classifier.T, "fc.bias": torch.zeros(weights.classifier.shape[1])}
    for layer in layers():
        name, (kernel, bias) = layer.torchvision_name, weights.convolutions[layer.scope]
        tensors |= {f"{name}.conv.weight": kernel, f"{name}.bn.bias": bias}  # the batch norm is folded into them:
        tensors |= {f"{name}.bn.running_mean": torch.zeros_like(bias), f"{name}.bn.weight": torch.ones_like(bias)}
        tensors |= {f"{name}.bn.running_var": torch.full_like(bias, 1 - EPSILON)}  # one, less what is added to it
    torch.save({name: tensor.float().contiguous() for name, tensor in tensors.items()}, tmp_path / "weights.pth")
    return module.FeatureExtractorInceptionV3("inception", ["2048"], str(tmp_path / "weights.pth")).eval()
