"""The gradient noise scale: against its definition, and against one image's gradients by themselves."""

import numpy as np
import pytest
import torch
import yaml

from beatgans.generators.training.gradient_noise import estimate, gradient_noise
from beatgans.generators.training.images import open_training_images
from beatgans.generators.training.model import trained_entry
from beatgans.generators.training.recipe import parse_recipe
from beatgans.generators.training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("one_thread")


def estimate_of(gradients, batch_size):
    """From gradients [M, P] of batches of so many images."""
    return estimate(float((gradients**2).sum()), float((gradients.sum(axis=0) ** 2).sum()), len(gradients), batch_size)


def test_it_is_what_the_paper_estimates_from_two_batch_sizes():
    """1812.06162, appendix A.1: of batches of b images, and of all of them as one."""
    batch_size, number = 8, 5
    gradients = np.random.default_rng(0).normal(0.3, 1, (number, 40))
    big, small = number * batch_size, batch_size
    square_of_big = (gradients.mean(axis=0) ** 2).sum()
    squares_of_small = (gradients**2).sum(axis=1).mean()
    squared_norm = (big * square_of_big - small * squares_of_small) / (big - small)
    variance = (squares_of_small - square_of_big) / (1 / small - 1 / big)
    estimated = estimate_of(gradients, batch_size)
    assert estimated.squared_norm == pytest.approx(squared_norm)
    assert estimated.variance == pytest.approx(variance)
    assert estimated.scale == pytest.approx(variance / squared_norm)


def test_it_does_not_depend_on_the_batch_size_it_is_estimated_with():
    """Gradients of known mean and covariance: |G|^2 = 0.25 * 50 = 12.5, tr(S) = 9 * 50 = 450, B = 36."""
    random = np.random.default_rng(1)
    for batch_size in (1, 4, 16):
        gradients = 0.5 + random.normal(0, 3, (4096 // batch_size, batch_size, 50)).mean(axis=1)
        assert estimate_of(gradients, batch_size).scale == pytest.approx(36, rel=0.1)


def test_a_gradient_that_is_lost_in_its_noise_has_no_scale():
    opposite = np.array([[1.0, 0.0], [-1.0, 0.0]])
    estimated = estimate_of(opposite, 4)
    assert estimated.scale is None
    assert estimated.squared_norm < 0 < estimated.variance


def trainer_of(path, **changes):
    """A training without dropout, whose timesteps are drawn uniformly."""
    tree = yaml.safe_load(path.read_text())
    tree["model"]["architecture"]["dropout"] = 0.0
    recipe = parse_recipe({**tree, "timesteps": "uniform", **changes}, path.stem)
    return Trainer(recipe, trained_entry(recipe), "cpu")


def weights_of(trainer):
    return torch.cat([parameter.detach().flatten() for parameter in trainer.networks["model"].parameters()])


def test_a_networks_noise_is_that_of_its_images(tiny_recipes):
    path = tiny_recipes["diffusion"]
    trainer = trainer_of(path, microbatch=None)
    images = open_training_images("digits", trainer.recipe.data.options(8, takes_labels=True))
    before = weights_of(trainer)
    measured = gradient_noise(trainer, images, 20)
    assert torch.equal(weights_of(trainer), before)
    assert (measured.num_batches, measured.batch_size) == (20, 16)
    in_pieces = gradient_noise(trainer_of(path, microbatch=5), images, 20)
    assert in_pieces.scale == pytest.approx(measured.scale, rel=1e-3)
    of_one = gradient_noise(trainer_of(path, microbatch=None, batch_size=1), images, 320)
    assert of_one.variance == pytest.approx(measured.variance, rel=0.3)
    assert of_one.squared_norm == pytest.approx(measured.squared_norm, rel=0.3)
