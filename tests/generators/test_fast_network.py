"""Every faster way to compute is held against the plain one: float32, channels first, attention as products."""

from __future__ import annotations

import copy
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from beatgans.generators import SamplerSettings, load_generator
from beatgans.generators.computation import FAST, PLAIN, Computation
from beatgans.generators.diffusion import fast_network
from beatgans.generators.diffusion.classifier import NoisyClassifier
from beatgans.generators.diffusion.fast_network import (
    GraphedNetwork,
    attention_of,
    fast_call,
    image_format,
    prepare_network,
)
from beatgans.generators.diffusion.unet import UNet, UNetConfig
from beatgans.reference_batches import InputError

CPU = torch.device("cpu")
CONFIG = UNetConfig(
    image_size=16,
    in_channels=3,
    out_channels=6,
    model_channels=32,
    num_res_blocks=1,
    attention_resolutions=(8, 16),
    channel_mult=(1, 2),
    num_classes=10,
    num_head_channels=16,
)
HALF = Computation(dtype="bfloat16")


@pytest.fixture(scope="module")
def inputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    x = torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    return x, torch.tensor([3.0, 400.0, 999.0]), torch.tensor([1, 2, 9])


def randomized(network: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.05, generator=generator)
    return network


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return randomized(UNet(CONFIG))


def outputs(network: nn.Module, computation: Computation, x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
    prepared = prepare_network(copy.deepcopy(network), computation, CPU)
    with attention_of(computation, CPU), torch.inference_mode():
        return fast_call(prepared, computation)(x.contiguous(memory_format=image_format(computation)), *rest)


def test_fused_attention_and_channels_last_agree_with_the_plain_path(network, inputs):
    plain = outputs(network, PLAIN, *inputs)
    assert plain.std() > 0.01
    torch.testing.assert_close(outputs(network, FAST, *inputs), plain, atol=1e-5, rtol=1e-5)


def test_the_plain_path_is_attention_by_products(network, inputs):
    """The kernels that each path runs, as the profiler names them."""
    kernels = {}
    for computation in (PLAIN, FAST):
        with torch.profiler.profile() as profile:
            outputs(network, computation, *inputs)
        kernels[computation] = {event.key for event in profile.key_averages()}
    assert "aten::_scaled_dot_product_flash_attention_for_cpu" in kernels[FAST]
    assert "aten::_scaled_dot_product_flash_attention_for_cpu" not in kernels[PLAIN]
    assert "aten::bmm" in kernels[PLAIN]


def test_bfloat16_is_near_the_plain_path_and_gives_float32(network, inputs):
    plain, half = outputs(network, PLAIN, *inputs), outputs(network, HALF, *inputs)
    assert half.dtype == torch.float32
    assert 0 < (half - plain).square().mean().sqrt() < 0.02 * plain.std()


def test_only_convolutions_inside_the_network_are_converted(network):
    converted = prepare_network(copy.deepcopy(network), HALF, CPU)
    dtypes = {name: parameter.dtype for name, parameter in converted.named_parameters()}
    assert dtypes["input_blocks.0.0.weight"] == dtypes["middle_block.0.in_layers.2.weight"] == torch.bfloat16
    assert dtypes["middle_block.1.qkv.weight"] == torch.bfloat16
    for name in ("time_embed.0.weight", "label_emb.weight", "middle_block.0.in_layers.0.weight", "out.2.weight"):
        assert dtypes[name] == torch.float32


def test_the_classifiers_gradient_agrees_too(inputs):
    x, timesteps, labels = inputs
    config = UNetConfig(**{**vars(CONFIG), "out_channels": 10, "num_classes": None})
    classifier = randomized(NoisyClassifier(config))
    gradients = {}
    for computation in (PLAIN, FAST, HALF):
        prepared = prepare_network(copy.deepcopy(classifier), computation, CPU)
        image = x.clone().requires_grad_()
        with attention_of(computation, CPU):
            logits = prepared(image, timesteps)
            (gradients[computation],) = torch.autograd.grad(logits.log_softmax(1)[range(3), labels].sum(), image)
        assert not any(parameter.requires_grad for parameter in prepared.parameters())
        assert logits.dtype == torch.float32
    scale = gradients[PLAIN].std()
    torch.testing.assert_close(gradients[FAST], gradients[PLAIN], atol=1e-5 * float(scale), rtol=1e-4)
    assert (gradients[HALF] - gradients[PLAIN]).square().mean().sqrt() < 0.05 * scale


def test_a_compiled_network_agrees_with_the_plain_path(network, inputs, monkeypatch):
    """All but the generated code, which takes a minute to make: the benchmarks compare that."""
    compiled = partial(torch.compile, backend="aot_eager")
    monkeypatch.setattr(fast_network.torch, "compile", compiled)
    found = outputs(network, Computation(compile=True), *inputs)
    torch.testing.assert_close(found, outputs(network, PLAIN, *inputs), atol=1e-5, rtol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_replayed_batches_agree_with_the_plain_path(network, inputs):
    cuda = [value.cuda() for value in inputs]
    prepared = prepare_network(copy.deepcopy(network), FAST, torch.device("cuda"))
    graphed = GraphedNetwork(prepared)
    with torch.inference_mode():
        for _ in range(2):
            found = graphed(*cuda)
            torch.testing.assert_close(found.cpu(), outputs(network, PLAIN, *inputs), atol=1e-4, rtol=1e-4)
        cuda[0] = cuda[0].flip(0)
        torch.testing.assert_close(graphed(*cuda), prepared(*cuda), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "settings", [SamplerSettings("ddim", "ddim5", 1.0), SamplerSettings("heun", "karras8")], ids=str
)
def test_whole_images_agree_with_those_of_the_plain_path(settings: SamplerSettings):
    indices = np.arange(10)
    images = {
        computation: load_generator("digits-diffusion", computation=computation)
        .generate(0, indices, indices, settings)
        .images.astype(int)
        for computation in (PLAIN, FAST, HALF)
    }
    assert np.abs(images[FAST] - images[PLAIN]).max() <= 1
    assert 0 < np.abs(images[HALF] - images[PLAIN]).mean() < 6


@pytest.mark.parametrize(
    ("computation", "message"),
    [
        (Computation(dtype="float64"), "dtype 'float64' is unknown; choose one of float32, bfloat16, float16"),
        (Computation(dtype="float16"), "float16 is for GPUs"),
        (Computation(cuda_graphs=True), "CUDA graphs need a GPU"),
    ],
)
def test_what_a_device_cannot_compute_is_refused(computation: Computation, message: str):
    with pytest.raises(InputError, match=message):
        load_generator("digits-diffusion", computation=computation)
