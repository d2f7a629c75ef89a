"""The network of ADM-64 at a third of its width, in the ways that it can be computed, beside a straightforward one.

The straightforward one has the same weights: float32, channels first, attention by two einsums, a new map for every
operation, nothing compiled.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from beatgans.generators.computation import FAST, Computation
from beatgans.generators.diffusion.classifier import NoisyClassifier
from beatgans.generators.diffusion.fast_network import fast_call, image_format, prepare_network
from beatgans.generators.diffusion.guidance import ClassifierGradient
from beatgans.generators.diffusion.process import GaussianDiffusion
from beatgans.generators.diffusion.schedule import Schedule
from beatgans.generators.diffusion.unet import AttentionBlock, ResBlock, UNet, UNetConfig

COMPUTATIONS = {
    "float32": FAST,
    "bfloat16": Computation(dtype="bfloat16"),
    "compiled float32": Computation(compile=True),
    "compiled bfloat16": Computation(dtype="bfloat16", compile=True),
}
TOLERANCES = {torch.float32: 1e-4, torch.bfloat16: 0.05}
"""Of the root mean square of the difference, in units of the output's standard deviation."""


class PlainAttention(nn.Module):
    """An attention block with the weights of ours, as a textbook has it: two einsums and a softmax between them."""

    def __init__(self, block: AttentionBlock) -> None:
        super().__init__()
        assert not block.new_order
        self.heads, self.norm, self.qkv, self.proj_out = block.heads, block.norm, block.qkv, block.proj_out

    def forward(self, x: Tensor) -> Tensor:
        n, c, height, width = x.shape
        tokens = x.reshape(n, c, height * width)
        q, k, v = self.qkv(self.norm(tokens)).reshape(n * self.heads, -1, height * width).chunk(3, dim=1)
        scale = q.shape[1] ** -0.25
        weights = torch.einsum("bct,bcs->bts", q * scale, k * scale).softmax(dim=-1)
        h = torch.einsum("bts,bcs->bct", weights, v).reshape(n, c, -1)
        return (tokens + self.proj_out(h)).reshape(x.shape)


def plain_residual(block: ResBlock, x: Tensor, embedding: Tensor) -> Tensor:
    """A residual block of ours, as ADM's appendix A has it."""
    assert block.scale_shift
    h = block.in_layers[:2](x)
    if block.resample is not None:
        h, x = block.resample(h), block.resample(x)
    h = block.in_layers[2](h)
    scale, shift = block.emb_layers(embedding)[:, :, None, None].chunk(2, dim=1)
    h = block.out_layers[0](h) * (1 + scale) + shift
    return block.skip_connection(x) + block.out_layers[1:](h)


def straightforward(network: nn.Module) -> nn.Module:
    """A copy whose residual and attention blocks are replaced."""
    network = copy.deepcopy(network)
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, AttentionBlock):
                setattr(module, name, PlainAttention(child))
        if isinstance(module, ResBlock):
            module.forward = functools.partial(plain_residual, module)
    return network.eval().requires_grad_(False)


def randomized(network: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.03, generator=generator)
    return network


@pytest.fixture(scope="module")
def config(full_scale: bool) -> UNetConfig:
    """ADM-64's, narrower, and in the ordinary suite smaller."""
    return UNetConfig(
        image_size=64 if full_scale else 16,
        in_channels=3,
        out_channels=6,
        model_channels=64,
        num_res_blocks=3 if full_scale else 1,
        attention_resolutions=(32, 16, 8),
        channel_mult=(1, 2, 3, 4) if full_scale else (1, 2),
        num_classes=1000,
        num_head_channels=64,
    )


@pytest.fixture(scope="module")
def network(config: UNetConfig) -> nn.Module:
    return randomized(UNet(config))


@pytest.fixture(scope="module")
def inputs(config: UNetConfig) -> tuple[Tensor, Tensor, Tensor]:
    """A batch of two: more images change little on a processor."""
    shape = (2, 3, config.image_size, config.image_size)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    return x, torch.tensor([400.0, 400.0]), torch.tensor([1, 207])


def timed(benchmark, full_scale: bool, call: Callable[[], Tensor]) -> Tensor:
    with torch.inference_mode():
        return benchmark.pedantic(call, rounds=5 if full_scale else 1, warmup_rounds=1 if full_scale else 0)


@pytest.mark.benchmark(group="a network of ADM-64's shape, two images")
def test_straightforward(benchmark, full_scale, network, inputs):
    plain = straightforward(network)
    assert timed(benchmark, full_scale, lambda: plain(*inputs)).shape == (2, 6, *inputs[0].shape[2:])


@pytest.mark.benchmark(group="a network of ADM-64's shape, two images")
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")  # of torch's own
@pytest.mark.parametrize("name", COMPUTATIONS)
def test_ours(benchmark, full_scale, network, inputs, name):
    computation = COMPUTATIONS[name]
    if computation.compile and not full_scale:
        pytest.skip("generating code takes minutes")
    prepared = fast_call(prepare_network(copy.deepcopy(network), computation, torch.device("cpu")), computation)
    x = inputs[0].contiguous(memory_format=image_format(computation))
    found = timed(benchmark, full_scale, lambda: prepared(x, *inputs[1:]))
    with torch.inference_mode():
        expected = straightforward(network)(*inputs)
    error = (found - expected).square().mean().sqrt() / expected.std()
    assert error < TOLERANCES[getattr(torch, computation.dtype)]


@pytest.mark.benchmark(group="the gradient of a classifier of ADM-64's shape, two images")
@pytest.mark.parametrize("name", ["straightforward, with those of parameters", "float32", "bfloat16"])
def test_classifier_gradient(benchmark, full_scale, config, inputs, name):
    """What guided-diffusion computes besides is the gradients of all parameters."""
    classifier = randomized(NoisyClassifier(UNetConfig(**{**vars(config), "out_channels": 1000, "num_classes": None})))
    x, timesteps, labels = inputs
    plain = straightforward(classifier).requires_grad_()

    def with_parameters() -> Tensor:
        image = x.clone().requires_grad_()
        plain.zero_grad()
        F.log_softmax(plain(image, timesteps), dim=1).gather(1, labels[:, None]).sum().backward()
        assert image.grad is not None
        return image.grad

    rounds = {"rounds": 5 if full_scale else 1, "warmup_rounds": 1 if full_scale else 0}
    if name not in COMPUTATIONS:
        gradient = benchmark.pedantic(with_parameters, **rounds)
        assert next(plain.parameters()).grad is not None
        assert gradient.std() > 0
        return
    computation = COMPUTATIONS[name]
    prepared = prepare_network(classifier, computation, torch.device("cpu"))
    diffusion = GaussianDiffusion(Schedule.make("linear", 1000))
    ours = ClassifierGradient(prepared, diffusion, labels, scale=1.0)
    gradient = benchmark.pedantic(lambda: ours(x, 400), **rounds)
    expected = with_parameters()
    error = (gradient - expected).square().mean().sqrt() / expected.std()
    assert error < TOLERANCES[getattr(torch, computation.dtype)]
