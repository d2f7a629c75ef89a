"""Training: the parts that decide what a trained model is."""

import json

import numpy as np
import pytest
import torch

from beatgans.generators.gan.biggan_deep import BigGANDeepConfig, BigGANDeepGenerator
from beatgans.generators.loading import load_generator
from beatgans.generators.noise import Stream
from beatgans.generators.training.draws import Draws
from beatgans.generators.training.ema import ExponentialMovingAverage
from beatgans.generators.training.gan import (
    augment,
    collect_statistics,
    finish_generator,
    orthogonal,
    with_spectral_norm,
)
from beatgans.generators.training.model import trained_entry
from beatgans.generators.training.rates import rate_factor
from beatgans.generators.training.recipe import packaged_recipe, parse_recipe
from beatgans.generators.weight_files import WEIGHTS_FOLDER
from beatgans.harness.recipes import load_recipe
from beatgans.reference_batches import sha256_file

GAN = BigGANDeepConfig(
    image_size=8,
    num_classes=10,
    latent_width=16,
    embedding_width=8,
    generator_widths=(16, 16),
    generator_up=(True,),
    attention_before=None,
    discriminator_widths=(16, 16),
    discriminator_down=(True,),
    num_truncations=3,
)


def linear(weight):
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(model.weight, weight)
    return model


def test_the_average_follows_the_definition():
    model = linear(0.0)
    average = ExponentialMovingAverage(model, 0.75, warm_up=False)
    torch.nn.init.constant_(model.weight, 1.0)
    for _ in range(3):
        average.update(model)
    assert average.model.weight.item() == pytest.approx(1 - 0.75**3)


def test_an_average_that_is_warmed_up_is_short_at_first():
    model = linear(0.0)
    average = ExponentialMovingAverage(model, 0.5, warm_up=True)
    torch.nn.init.constant_(model.weight, 1.0)
    average.update(model)
    assert average.model.weight.item() == pytest.approx(1 - 2 / 11)  # the rate starts at (1 + 1) / (10 + 1)
    for _ in range(20):
        average.update(model)
    assert 1 - average.model.weight.item() < 1e-3


def test_the_rate_rises_then_falls_to_nothing():
    factors = [rate_factor(step, 100, 10, 0.0) for step in range(100)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[5] == pytest.approx(0.6)
    assert max(factors) == factors[9] == pytest.approx(0.91)
    assert factors[50] == pytest.approx(0.5)
    assert factors[-1] == pytest.approx(0.01)


def test_the_rate_of_a_gan_stays_over_the_first_half():
    assert [rate_factor(step, 8, 0, 0.5) for step in range(8)] == [1, 1, 1, 1, 1, 0.75, 0.5, 0.25]
    assert [rate_factor(step, 3, 0, None) for step in range(3)] == [1, 1, 1]


def test_a_step_draws_by_place_whatever_the_piece():
    whole = Draws(3, 7, np.arange(8))
    part = Draws(3, 7, np.arange(4, 8))
    for of_whole, of_part in (
        (whole.normal(Stream.TRAINING_NOISE, 3, 2, 2), part.normal(Stream.TRAINING_NOISE, 3, 2, 2)),
        (whole.integers(Stream.SHIFT, 3, 3, 2), part.integers(Stream.SHIFT, 3, 3, 2)),
        (
            whole.truncated_normal(Stream.TRAINING_LATENT, 5, 2.0),
            part.truncated_normal(Stream.TRAINING_LATENT, 5, 2.0),
        ),
    ):
        assert torch.equal(of_whole[4:], of_part)
    assert np.array_equal(whole.uniform(Stream.TIMESTEP)[4:], part.uniform(Stream.TIMESTEP))
    other = Draws(3, 8, np.arange(8))
    assert not torch.equal(whole.normal(Stream.TRAINING_NOISE, 2), other.normal(Stream.TRAINING_NOISE, 2))


def test_integers_are_all_there_and_uniform():
    drawn = Draws(0, 0, np.arange(3000)).integers(Stream.SHIFT, 3)
    assert torch.bincount(drawn).tolist() == pytest.approx([1000] * 3, abs=100)
    uniform = Draws(0, 0, np.arange(3000)).uniform(Stream.TIMESTEP)
    assert 0 <= uniform.min() < uniform.max() < 1
    assert uniform.mean() == pytest.approx(0.5, abs=0.02)


def test_augmentation_keeps_gradients_and_moves_images_by_whole_pixels():
    images = torch.full((64, 3, 8, 8), -1.0)
    images[:, :, 3, 4] = 1.0
    images.requires_grad_()
    shifts = Draws(0, 0, np.arange(64)).integers(Stream.SHIFT, 3, 2)
    shifted = augment(images, shifts, 1)
    positions = (shifted[:, 0] == 1).nonzero()[:, 1:]
    assert len(positions) == 64
    assert {tuple(position) for position in positions.tolist()} == {
        (3 + i, 4 + j) for i in (-1, 0, 1) for j in (-1, 0, 1)
    }
    assert torch.equal(positions, torch.tensor([3, 4]) + 1 - shifts)
    shifted.sum().backward()
    assert images.grad.min() >= 0


def test_folding_the_spectral_norm_divides_by_the_largest_singular_value():
    torch.manual_seed(0)
    generator = with_spectral_norm(BigGANDeepGenerator(GAN)).train()
    original = generator.generator.gen_z.parametrizations.weight.original.detach().clone()
    for _ in range(50):  # each forward pass in training is one power iteration
        generator(torch.randn(4, 16), torch.arange(4))
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    finished = finish_generator(generator, 0, 1, 10)
    expected = original / torch.linalg.matrix_norm(original, 2)
    assert torch.allclose(finished.generator.gen_z.weight, expected, atol=1e-4)
    assert {name.split(".")[-1] for name in finished.state_dict()} <= {
        "weight",
        "bias",
        "running_means",
        "running_vars",
        "gamma",
    }
    # The original trains on as if nothing had been.
    assert generator.training
    assert all(torch.equal(before[name], tensor) for name, tensor in generator.state_dict().items())
    generator(torch.randn(4, 16), torch.arange(4))


def test_collected_statistics_normalize_as_the_batch_does():
    torch.manual_seed(0)
    generator = orthogonal(BigGANDeepGenerator(GAN))
    collect_statistics(generator, 0, 4, 500)
    latents = torch.nn.init.trunc_normal_(
        torch.empty(2000, 16), a=-2.0, b=2.0, generator=torch.Generator().manual_seed(1)
    )
    labels = torch.arange(2000) % 10
    for truncation in (0.5, 1.0):
        of_the_batch = generator.train()(truncation * latents, labels, truncation)
        collected = generator.eval()(truncation * latents, labels, truncation)
        assert (of_the_batch - collected).abs().mean() < 0.02


@pytest.mark.parametrize("name", ["digits-diffusion", "digits-classifier", "digits-gan"])
def test_the_shipped_records_belong_to_the_shipped_weights_and_recipes(name):
    file = WEIGHTS_FOLDER / f"{name.replace('-', '_')}.safetensors"
    record = json.loads(file.with_suffix(".json").read_text())
    recipe = load_recipe(name)
    assert record["sha256"] == sha256_file(file)
    assert record["architecture"] == trained_entry(recipe).network.architecture
    assert parse_recipe(record["recipe"], "the record") == recipe
    assert packaged_recipe(name).startswith("#")


def test_diffusion_model_and_gan_are_of_about_one_size():
    parameters = {name: load_generator(name).num_parameters for name in ("digits-diffusion", "digits-gan")}
    assert 0.8 < parameters["digits-gan"] / parameters["digits-diffusion"] < 1.25
