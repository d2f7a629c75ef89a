from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from beatgans.generators import SAMPLERS, SamplerSettings
from beatgans.generators.catalog import DiffusionEntry
from beatgans.generators.diffusion.classifier import NoisyClassifier
from beatgans.generators.diffusion.diffusion_generator import DiffusionGenerator
from beatgans.generators.diffusion.unet import UNet, UNetConfig
from beatgans.generators.loading import architecture
from beatgans.reference_batches import InputError

BLOCKS = {
    "in_channels": 3,
    "model_channels": 8,
    "num_res_blocks": 1,
    "attention_resolutions": [4],
    "channel_mult": [1, 2],
    "num_head_channels": 8,
    "norm_groups": 4,
}
ENTRY = DiffusionEntry.model_validate(
    {
        "name": "tiny",
        "family": "diffusion",
        "description": "random weights",
        "image_size": 8,
        "num_classes": 10,
        "trained_on": "digits",
        "source": "a test",
        "licence": "MIT",
        "schedule": {"kind": "cosine", "num_steps": 1000},
        "network": {"weights": "n", "architecture": {**BLOCKS, "out_channels": 6, "num_classes": 10}},
        "classifier": {"weights": "c", "architecture": {**BLOCKS, "out_channels": 10}},
    }
)
INDICES = np.arange(100, 107)
LABELS = INDICES % 10

ALL_SETTINGS = [
    SamplerSettings("ddpm", "5"),
    SamplerSettings("ddpm", "2,3", guidance=3.0),
    SamplerSettings("ddim", "ddim5"),
    SamplerSettings("ddim", "5", guidance=3.0, eta=0.5),
]
SOLVER_SETTINGS = [
    SamplerSettings("dpm-solver++2m", "uniform5", guidance=3.0),
    SamplerSettings("dpm-solver++3m", "uniform5"),
    SamplerSettings("unipc3", "logsnr5", guidance=3.0, guidance_interval="100-900"),
    SamplerSettings("heun", "karras5", churn=2.0),
]


def randomized(network: nn.Module) -> nn.Module:
    """The network with all weights drawn anew: those that start at zero would hide most of it."""
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.1, generator=generator)
    return network


class PointwiseNetwork(nn.Module):
    """Computes each pixel from itself, its label and the time, so that the batch cannot change a single bit."""

    def __init__(self) -> None:
        super().__init__()
        self.config = SimpleNamespace(num_classes=10)
        self.first_inputs: list[Tensor] = []

    def forward(self, x: Tensor, timesteps: Tensor, labels: Tensor) -> Tensor:
        if timesteps[0] > 900 or not self.first_inputs:
            self.first_inputs.append(x.clone())
        h = (x + 0.1 * labels[:, None, None, None]) * (timesteps / 1000)[:, None, None, None]
        return torch.cat([h, x.clamp(-1, 1)], dim=1)


class PointwiseClassifier(nn.Module):
    def forward(self, x: Tensor, timesteps: Tensor) -> Tensor:
        return x[:, 0, 0, :1] * torch.arange(10)


@pytest.fixture
def generator() -> DiffusionGenerator:
    network = UNet(UNetConfig(**architecture(ENTRY.network, 8)))
    assert ENTRY.classifier is not None
    classifier = NoisyClassifier(UNetConfig(**architecture(ENTRY.classifier, 8)))
    return DiffusionGenerator(ENTRY, randomized(network), randomized(classifier), {})


@pytest.fixture
def pointwise() -> DiffusionGenerator:
    return DiffusionGenerator(ENTRY, PointwiseNetwork(), PointwiseClassifier(), {})


def generate_in_batches(generator: DiffusionGenerator, settings: SamplerSettings, size: int) -> np.ndarray:
    starts = range(0, len(INDICES), size)
    parts = [generator.generate(3, INDICES[k : k + size], LABELS[k : k + size], settings).images for k in starts]
    return np.concatenate(parts)


def count_calls(module: nn.Module) -> Callable[[], int]:
    calls = []
    module.register_forward_hook(lambda *_: calls.append(1))
    return lambda: len(calls)


def test_every_sampler_of_the_table_can_be_asked_for(generator: DiffusionGenerator):
    for sampler in SAMPLERS:
        images = generator.generate(0, INDICES, LABELS, SamplerSettings(sampler, "2")).images
        assert images.shape == (7, 8, 8, 3)
        assert images.dtype == np.uint8


@pytest.mark.parametrize("settings", ALL_SETTINGS, ids=str)
def test_evaluations_are_counted_as_they_happen_and_as_planned(
    generator: DiffusionGenerator, settings: SamplerSettings
):
    network_calls, classifier_calls = count_calls(generator.network), count_calls(generator.classifier)
    result = generator.generate(0, INDICES, LABELS, settings)
    counted = (result.network_evaluations, result.classifier_evaluations)
    assert counted == (network_calls(), classifier_calls()) == ENTRY.evaluations(settings)
    assert counted == (5, 5 if settings.guidance else 0)


@pytest.mark.parametrize(
    "settings",
    [
        SamplerSettings("dpm-solver++3m", "uniform4", guidance=3.0),
        SamplerSettings("unipc", "logsnr4"),
        SamplerSettings("heun", "karras4", guidance=3.0, churn=2.0),
        SamplerSettings("heun", "karras4", guidance=3.0, guidance_interval="100-900", churn=2.0),
        SamplerSettings("ddim", "ddim5", classifier_free=1.5, guidance_interval="100-500"),
        SamplerSettings("ddpm", "5", classifier_free=1.5, guidance=2.0),
    ],
    ids=str,
)
def test_solvers_and_limited_guidance_are_counted_as_planned_too(settings: SamplerSettings):
    """Classifier-free guidance evaluates a doubled batch once, which counts for two."""
    entry = ENTRY.model_copy(update={"null_label": 9})
    generator = DiffusionGenerator(entry, PointwiseNetwork(), PointwiseClassifier(), {})
    images_seen, classifier_calls = [], count_calls(generator.classifier)
    generator.network.register_forward_hook(lambda module, inputs, output: images_seen.append(len(inputs[0])))
    result = generator.generate(0, INDICES, LABELS, settings)
    counted = (result.network_evaluations, result.classifier_evaluations)
    assert counted == (sum(images_seen) / len(INDICES), classifier_calls()) == entry.evaluations(settings)
    assert counted[0] > 3


@pytest.mark.parametrize("settings", [*ALL_SETTINGS, *SOLVER_SETTINGS], ids=str)
def test_a_sample_is_the_same_to_the_bit_in_any_batch_of_bitwise_arithmetic(
    pointwise: DiffusionGenerator, settings: SamplerSettings
):
    together = generate_in_batches(pointwise, settings, 7)
    assert len(np.unique(together)) > 50
    for size in (1, 3):
        assert np.array_equal(generate_in_batches(pointwise, settings, size), together)


@pytest.mark.parametrize("settings", [*ALL_SETTINGS, *SOLVER_SETTINGS], ids=str)
def test_a_sample_is_the_same_to_a_level_in_any_batch_of_a_real_network(
    generator: DiffusionGenerator, settings: SamplerSettings
):
    together = generate_in_batches(generator, settings, 7).astype(int)
    assert together.std() > 20
    for size in (1, 3):
        assert np.abs(generate_in_batches(generator, settings, size) - together).max() <= 1


def test_the_initial_noise_is_the_same_for_all_settings(pointwise: DiffusionGenerator):
    for settings in (*ALL_SETTINGS, SamplerSettings("ddpm", "25")):
        pointwise.network.first_inputs.clear()
        pointwise.generate(3, INDICES, LABELS, settings)
        first, *_ = pointwise.network.first_inputs
        assert first.std() == pytest.approx(1, abs=0.1)
        if settings is ALL_SETTINGS[0]:
            expected = first
        assert torch.equal(first, expected)


@pytest.mark.parametrize("settings", ALL_SETTINGS, ids=str)
def test_seed_index_and_label_each_decide_the_image(generator: DiffusionGenerator, settings: SamplerSettings):
    images = generator.generate(3, INDICES, LABELS, settings).images
    for others in (
        generator.generate(4, INDICES, LABELS, settings),
        generator.generate(3, INDICES + 10, LABELS, settings),
        generator.generate(3, INDICES, (LABELS + 1) % 10, settings),
    ):
        assert (others.images != images).any(axis=(1, 2, 3)).all()


def test_guidance_and_eta_change_the_images(generator: DiffusionGenerator):
    plain = generator.generate(3, INDICES, LABELS, SamplerSettings("ddim", "5")).images
    for settings in (SamplerSettings("ddim", "5", guidance=20.0), SamplerSettings("ddim", "5", eta=0.5)):
        assert (generator.generate(3, INDICES, LABELS, settings).images != plain).any()


def test_guidance_raises_the_classifiers_confidence(pointwise: DiffusionGenerator):
    """Its logits are (first pixel) * class, so guidance to 9 brightens that pixel and guidance to 0 darkens it."""
    for sampler in SAMPLERS:
        for label, direction in ((9, 1), (0, -1)):
            labels = np.full(7, label)
            plain = pointwise.generate(3, INDICES, labels, SamplerSettings(sampler, "50")).images[:, 0, 0, 0]
            guided = pointwise.generate(3, INDICES, labels, SamplerSettings(sampler, "50", guidance=1.0)).images[
                :, 0, 0, 0
            ]
            assert direction * (guided.mean() - plain.mean()) > 0


def test_bad_settings_and_labels_are_refused(generator: DiffusionGenerator):
    with pytest.raises(InputError, match="no whole stride"):
        generator.generate(0, INDICES, LABELS, SamplerSettings("ddim", "ddim37"))
    with pytest.raises(InputError, match="label 10 is out of range"):
        generator.generate(0, INDICES, np.full(7, 10), SamplerSettings("ddim", "5"))


@pytest.mark.parametrize(("rescale", "first"), [(False, 3999.0), (True, 999.75)])
def test_the_model_is_told_the_timesteps_that_its_entry_says(rescale: bool, first: float):
    schedule = ENTRY.schedule.model_copy(update={"num_steps": 4000, "rescale_timesteps": rescale})
    network = PointwiseNetwork()
    seen: list[Tensor] = []
    network.register_forward_hook(lambda module, inputs, output: seen.append(inputs[1]))
    generator = DiffusionGenerator(ENTRY.model_copy(update={"schedule": schedule}), network, PointwiseClassifier(), {})
    generator.generate(0, INDICES, LABELS, SamplerSettings("ddpm", "2"))
    assert [timesteps.tolist() for timesteps in seen] == [[first] * 7, [0.0] * 7]


def test_no_parameter_is_left_requiring_gradients(generator: DiffusionGenerator):
    parameters = [*generator.network.parameters(), *generator.classifier.parameters()]
    assert not any(parameter.requires_grad for parameter in parameters)
    assert not generator.network.training
    assert not generator.classifier.training


def test_an_unconditional_network_is_given_no_labels():
    architecture_of = {**BLOCKS, "out_channels": 6}
    entry = ENTRY.model_copy(update={"network": ENTRY.network.model_copy(update={"architecture": architecture_of})})
    network = UNet(UNetConfig(**architecture(entry.network, 8)))
    generator = DiffusionGenerator(entry, randomized(network), None, {})
    images = generator.generate(0, INDICES, LABELS, SamplerSettings("ddim", "ddim2")).images
    assert images.shape == (len(INDICES), 8, 8, 3)
