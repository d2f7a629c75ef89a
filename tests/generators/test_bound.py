from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import norm

from beatgans.generators.diffusion.bound import original_log_likelihood, prior_term, variational_bound
from beatgans.generators.diffusion.process import GaussianDiffusion, NetworkDenoiser
from beatgans.generators.diffusion.schedule import Schedule

LEVELS = torch.arange(256, dtype=torch.float64) / 127.5 - 1


def as_images(values: torch.Tensor) -> torch.Tensor:
    return values.reshape(1, 1, 1, -1)


def test_the_likelihood_is_that_of_the_grey_levels_up_to_the_originals_approximation():
    """256 bins of width 2/255; the tanh in place of the normal distribution is off by some 1e-4."""
    mean, deviation = 0.1, 0.05
    log_variance = torch.tensor(2 * math.log(deviation), dtype=torch.float64)
    found = original_log_likelihood(as_images(LEVELS), torch.tensor(mean), log_variance).exp().flatten().numpy()
    edges = np.concatenate([[-np.inf], (LEVELS[:-1].numpy() + 1 / 255), [np.inf]])
    expected = np.diff(norm.cdf(edges, mean, deviation))
    assert found.sum() == pytest.approx(1, abs=1e-4)
    assert np.abs(found - expected).max() < 2e-4
    assert np.abs(found - expected).max() > 1e-6  # else it would not be the original's


def test_probabilities_have_the_originals_floor():
    found = original_log_likelihood(as_images(LEVELS), torch.tensor(-1.0), torch.tensor(-12.0, dtype=torch.float64))
    assert found.min().item() == pytest.approx(math.log(1e-12))


def test_the_prior_is_the_divergence_of_the_last_step_from_pure_noise():
    schedule = Schedule.make("linear", 1000, "10")
    x0 = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(1, 3, 2, 2)
    found = prior_term(GaussianDiffusion(schedule, dtype=torch.float64), x0)
    signal = schedule.alphas_cumprod[-1]
    nats = 0.5 * (signal * x0.square().mean() + (1 - signal) - 1 - math.log(1 - signal))
    assert found.item() == pytest.approx(nats.item() / math.log(2), rel=1e-9)


@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_a_model_that_knows_the_image_pays_for_its_levels_alone(kind: str):
    """Predicting x_0 itself with the posterior's variance makes every divergence 0."""
    schedule = Schedule.make(kind, 1000, "20")
    diffusion = GaussianDiffusion(schedule, dtype=torch.float64, variance="fixed-small", predicts="image")
    x0 = LEVELS[::5][:48].reshape(1, 3, 4, 4)
    generator = torch.Generator().manual_seed(0)
    bound = variational_bound(
        NetworkDenoiser(lambda x, timesteps, labels: x0, diffusion),
        x0,
        lambda step: torch.randn(x0.shape, dtype=torch.float64, generator=generator),
    )
    assert bound.terms.shape == bound.image_error.shape == bound.noise_error.shape == (1, 20)
    assert bound.terms[:, 1:].abs().max() < 1e-9
    assert bound.image_error.abs().max() < 1e-12
    assert bound.noise_error.abs().max() < 1e-12
    assert bound.terms[0, 0] >= 0
    torch.testing.assert_close(bound.total, bound.prior + bound.terms.sum(dim=1))


def test_a_gaussian_that_is_known_exactly_costs_its_entropy(gaussian_world):
    """The bound of a perfect model over many steps nears the entropy of the data in bits, less that of a grey level.

    For N(mean, std^2) that is log2(std * sqrt(2 pi e)) + log2(255 / 2) bits a dimension.
    """
    world = gaussian_world("cosine", 1000, "500")
    generator = torch.Generator().manual_seed(0)
    x0 = world.mean + world.std * torch.randn(1, 1, 100, 100, dtype=torch.float64, generator=generator)
    x0 = (x0 * 127.5).round() / 127.5
    bound = variational_bound(
        world.denoiser(), x0, lambda step: torch.randn(x0.shape, dtype=torch.float64, generator=generator)
    )
    entropy = math.log2(world.std * math.sqrt(2 * math.pi * math.e)) + math.log2(255 / 2)
    assert bound.total.item() == pytest.approx(entropy, abs=0.1)


def test_each_term_of_a_perfect_model_is_known_in_closed_form(gaussian_world):
    """Half the logarithm of the reverse variance over the posterior's: the mean's error is their difference."""
    world = gaussian_world("linear", 1000, "20")
    generator = torch.Generator().manual_seed(0)
    shape = (1, 1, 150, 150)
    x0 = world.mean + world.std * torch.randn(shape, dtype=torch.float64, generator=generator)
    bound = variational_bound(
        world.denoiser(), x0, lambda step: torch.randn(shape, dtype=torch.float64, generator=generator)
    )
    ratio = world.reverse_variance[1:] / world.schedule.posterior_variance[1:]
    np.testing.assert_allclose(bound.terms[0, 1:], 0.5 * np.log2(ratio), rtol=0.08, atol=1e-5)
    signal = world.schedule.alphas_cumprod
    image_variance = world.std**2 * (1 - signal) / world.marginal_variance
    np.testing.assert_allclose(bound.image_error[0], image_variance, rtol=0.08)
    np.testing.assert_allclose(bound.noise_error[0], signal * world.std**2 / world.marginal_variance, rtol=0.08)


def test_steps_are_taken_towards_the_data_and_told_of_from_it(gaussian_world):
    """As samplers take them, whose noise is drawn ahead; the terms begin with step 0 all the same."""
    world = gaussian_world("linear", 1000, "5")
    asked = []

    def noise(step: int) -> torch.Tensor:
        asked.append(step)
        return torch.zeros(1, 1, 1, 1, dtype=torch.float64)

    bound = variational_bound(world.denoiser(), torch.zeros(1, 1, 1, 1, dtype=torch.float64), noise)
    assert asked == [4, 3, 2, 1, 0]
    assert bound.image_error[0, 0] < bound.image_error[0, -1]
