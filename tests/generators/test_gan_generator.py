from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from beatgans.generators import MODELS, SamplerSettings
from beatgans.generators.gan.biggan_deep import BigGANDeepConfig, BigGANDeepGenerator
from beatgans.generators.gan.gan_generator import CountedNetwork, GanGenerator
from beatgans.generators.loading import architecture
from beatgans.generators.noise import Stream, truncated_normal
from beatgans.reference_batches import InputError

ENTRY = MODELS["digits-gan"]
INDICES = np.arange(40, 140)
LABELS = INDICES % 10


class RecordingNetwork(nn.Module):
    """Keeps what it is given, and makes images pixel by pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.config = SimpleNamespace(latent_width=6)

    def forward(self, latents: Tensor, labels: Tensor, truncation: float) -> Tensor:
        self.latents, self.labels, self.truncation = latents, labels, truncation
        return torch.tanh(latents.view(-1, 3, 2, 1) + 0.1 * labels.view(-1, 1, 1, 1))


@pytest.fixture
def recording() -> GanGenerator:
    return GanGenerator(ENTRY, RecordingNetwork(), {})


@pytest.fixture
def biggan() -> GanGenerator:
    torch.manual_seed(0)
    return GanGenerator(ENTRY, BigGANDeepGenerator(BigGANDeepConfig(**architecture(ENTRY.network, 8))), {})


def settings(truncation: float) -> SamplerSettings:
    return SamplerSettings(None, None, truncation=truncation)


@pytest.mark.parametrize("truncation", [0.1, 0.5, 1.0])
def test_the_latent_is_a_cut_normal_scaled_by_the_truncation(recording: GanGenerator, truncation: float):
    whole = truncated_normal(0, INDICES, Stream.LATENT, 0, (6,), bound=2.0)
    recording.generate(0, INDICES, LABELS, settings(truncation))
    assert recording.network.truncation == truncation
    np.testing.assert_allclose(recording.network.latents.numpy(), truncation * whole, rtol=1e-6)
    assert recording.network.labels.tolist() == LABELS.tolist()


def test_a_sample_is_the_same_to_the_bit_in_any_batch_of_bitwise_arithmetic(recording: GanGenerator):
    together = recording.generate(0, INDICES, LABELS, settings(0.7)).images
    for k in (0, 7, 99):
        alone = recording.generate(0, INDICES[k : k + 1], LABELS[k : k + 1], settings(0.7)).images
        assert np.array_equal(alone[0], together[k])


def test_a_sample_is_the_same_to_a_level_in_any_batch_of_a_real_network(biggan: GanGenerator):
    together = biggan.generate(0, INDICES, LABELS, settings(0.7)).images.astype(int)
    parts = [biggan.generate(0, INDICES[k : k + 7], LABELS[k : k + 7], settings(0.7)).images for k in range(0, 100, 7)]
    assert together.shape == (100, 8, 8, 3)
    assert np.abs(np.concatenate(parts) - together).max() <= 1


def test_seed_index_label_and_truncation_each_decide_the_image(biggan: GanGenerator):
    images = biggan.generate(0, INDICES, LABELS, settings(0.7)).images
    for others in (
        biggan.generate(1, INDICES, LABELS, settings(0.7)),
        biggan.generate(0, INDICES + 100, LABELS, settings(0.7)),
        biggan.generate(0, INDICES, (LABELS + 1) % 10, settings(0.7)),
        biggan.generate(0, INDICES, LABELS, settings(0.3)),
    ):
        assert (others.images != images).any(axis=(1, 2, 3)).mean() > 0.9


def test_one_evaluation_an_image_as_planned(biggan: GanGenerator):
    result = biggan.generate(0, INDICES, LABELS, settings(1.0))
    assert (result.network_evaluations, result.classifier_evaluations) == (1, 0) == ENTRY.evaluations(settings(1.0))


def test_evaluations_are_counted_rather_than_taken_for_granted():
    counted = CountedNetwork(lambda latents, labels, truncation: latents)
    for _ in range(3):
        counted(torch.zeros(1), torch.zeros(1), 1.0)
    assert counted.evaluations == 3


def test_bad_settings_and_labels_are_refused(biggan: GanGenerator):
    with pytest.raises(InputError, match="truncation 2 is out of range"):
        biggan.generate(0, INDICES, LABELS, settings(2))
    with pytest.raises(InputError, match="label -1 is out of range"):
        biggan.generate(0, INDICES, LABELS - 1, settings(1.0))
