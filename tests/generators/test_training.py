"""Training: the parts that decide what a trained model is."""

import json

import pytest
import torch

from beatgans.generators.checkpoint import load_weights
from beatgans.generators.diffusion.classifier import NoisyClassifier
from beatgans.generators.diffusion.unet import UNet, UNetConfig
from beatgans.generators.gan.biggan_deep import BigGANDeepConfig, BigGANDeepGenerator
from beatgans.generators.loading import architecture, load_generator
from beatgans.generators.training import digits, gan
from beatgans.generators.training.data import shuffled_batches, to_tensors
from beatgans.generators.training.ema import ExponentialMovingAverage
from beatgans.generators.training.gan import (
    GanRecipe,
    augment,
    collect_statistics,
    finish_generator,
    orthogonal,
    with_spectral_norm,
)
from beatgans.generators.weight_files import WEIGHTS_FOLDER
from beatgans.reference_batches import digits_reference, sha256_file

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
RECIPE = GanRecipe(
    steps=2,
    batch_size=16,
    generator_learning_rate=1e-3,
    discriminator_learning_rate=1e-3,
    ema_decay=0.9,
    augmentation_shift=1,
)


def test_an_epoch_shows_every_image_once():
    images = torch.arange(10.0)
    batches = shuffled_batches(images, images.long(), 4, torch.Generator().manual_seed(0))
    shown = torch.cat([next(batches)[0] for _ in range(5)])
    assert sorted(shown[:10].tolist()) == sorted(shown[10:].tolist()) == images.tolist()
    assert shown[:10].tolist() != shown[10:].tolist()


def test_tensors_are_within_minus_one_and_one():
    images, labels = to_tensors(digits_reference(), "cpu")
    assert images.shape == (1297, 3, 8, 8)
    assert (images.min().item(), images.max().item()) == (-1, 1)
    assert labels.dtype == torch.int64


def test_the_average_follows_the_definition():
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(model.weight, 0.0)
    average = ExponentialMovingAverage(model, decay=0.5)
    torch.nn.init.constant_(model.weight, 1.0)
    average.update(model)
    first = 1 - 2 / 11  # the decay starts at (1 + 1) / (10 + 1)
    assert average.model.weight.item() == pytest.approx(first)
    for _ in range(20):
        average.update(model)
    assert 1 - average.model.weight.item() < 1e-3


def test_augmentation_keeps_gradients_and_moves_images_by_whole_pixels():
    images = torch.full((64, 3, 8, 8), -1.0)
    images[:, :, 3, 4] = 1.0
    images.requires_grad_()
    shifted = augment(images, RECIPE, torch.Generator().manual_seed(0))
    positions = (shifted[:, 0] == 1).nonzero()[:, 1:]
    assert len(positions) == 64
    assert {tuple(position) for position in positions.tolist()} == {
        (3 + i, 4 + j) for i in (-1, 0, 1) for j in (-1, 0, 1)
    }
    shifted.sum().backward()
    assert images.grad.min() >= 0


def test_folding_the_spectral_norm_divides_by_the_largest_singular_value():
    torch.manual_seed(0)
    generator = with_spectral_norm(BigGANDeepGenerator(GAN)).train()
    original = generator.generator.gen_z.parametrizations.weight.original.detach().clone()
    for _ in range(50):  # each forward pass in training is one power iteration
        generator(torch.randn(4, 16), torch.arange(4))
    folded = finish_generator(generator, seed=0).generator.gen_z.weight
    assert torch.allclose(folded, original / torch.linalg.matrix_norm(original, 2), atol=1e-4)
    assert {name.split(".")[-1] for name in generator.state_dict()} <= {
        "weight",
        "bias",
        "running_means",
        "running_vars",
        "gamma",
    }


def test_collected_statistics_normalize_as_the_batch_does():
    torch.manual_seed(0)
    generator = orthogonal(BigGANDeepGenerator(GAN))
    collect_statistics(generator, seed=0)
    latents = torch.nn.init.trunc_normal_(
        torch.empty(2000, 16), a=-2.0, b=2.0, generator=torch.Generator().manual_seed(1)
    )
    labels = torch.arange(2000) % 10
    for truncation in (0.5, 1.0):
        of_the_batch = generator.train()(truncation * latents, labels, truncation)
        collected = generator.eval()(truncation * latents, labels, truncation)
        assert (of_the_batch - collected).abs().mean() < 0.02


@pytest.mark.parametrize("name", ["digits_diffusion", "digits_classifier", "digits_gan"])
def test_training_is_repeatable_and_its_weights_load(name, tmp_path, monkeypatch):
    monkeypatch.setattr(gan, "STATISTICS_BATCHES", 1)
    monkeypatch.setattr(gan, "STATISTICS_BATCH_SIZE", 10)
    entry = digits.network_entries()[name]
    short = {"steps": 2, "batch_size": 16} | ({"warmup_steps": 1} if name != "digits_gan" else {})
    monkeypatch.setitem(digits.RECIPES, name, {**digits.RECIPES[name], **short})
    steps = []
    for folder in ("first", "second"):
        digits.train_network(name, tmp_path / folder, 3, "cpu", lambda network, done: steps.append((network, done)))
    first, second = ((tmp_path / folder / f"{name}.safetensors").read_bytes() for folder in ("first", "second"))
    assert first == second
    assert steps == [(name, 1)] * 4
    config = architecture(entry, 8)
    network = BigGANDeepGenerator(BigGANDeepConfig(**config)) if name == "digits_gan" else None
    if network is None:
        network = (UNet if name == "digits_diffusion" else NoisyClassifier)(UNetConfig(**config))
    load_weights(network, tmp_path / "first" / f"{name}.safetensors")
    record = json.loads((tmp_path / "first" / f"{name}.json").read_text())
    assert record["recipe"]["steps"] == 2
    assert record["seed"] == 3


def test_the_shipped_records_belong_to_the_shipped_weights():
    for name, entry in digits.network_entries().items():
        record = json.loads((WEIGHTS_FOLDER / f"{name}.json").read_text())
        assert record["sha256"] == sha256_file(WEIGHTS_FOLDER / entry.weights)
        assert record["architecture"] == entry.architecture
        assert record["recipe"] == digits.RECIPES[name]


def test_diffusion_model_and_gan_are_of_about_one_size():
    parameters = {name: load_generator(name).num_parameters for name in ("digits-diffusion", "digits-gan")}
    assert 0.8 < parameters["digits-gan"] / parameters["digits-diffusion"] < 1.25
