"""The hybrid loss against closed forms and SciPy."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from beatgans.generators.diffusion.process import GaussianDiffusion
from beatgans.generators.diffusion.schedule import Schedule
from beatgans.generators.training.losses import bound_term, gaussian_divergence, hybrid_loss, pixel_log_likelihood

DIFFUSION = GaussianDiffusion(Schedule.make("cosine", 50), dtype=torch.float64)


def noised(seed=0, n=4):
    random = torch.Generator().manual_seed(seed)
    x0 = torch.randint(0, 256, (n, 3, 4, 4), generator=random).double() / 127.5 - 1
    step = torch.randint(1, 50, (n,), generator=random)
    noise = torch.randn(x0.shape, generator=random, dtype=torch.float64)
    return x0, DIFFUSION.q_sample(x0, step, noise), noise, step


def test_divergence_equals_its_integral():
    p, q = stats.norm(0.3, math.exp(-0.4)), stats.norm(-0.1, math.exp(0.2))
    expected, _ = integrate.quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), -12, 12)
    arguments = (torch.tensor(value, dtype=torch.float64) for value in (0.3, -0.8, -0.1, 0.4))
    assert gaussian_divergence(*arguments).item() == pytest.approx(expected, rel=1e-9)


def test_pixel_likelihoods_of_all_grey_levels_add_up_to_one():
    levels = torch.arange(256, dtype=torch.float64) / 127.5 - 1
    likelihood = pixel_log_likelihood(levels, torch.tensor(0.1).double(), torch.tensor(-4.0).double())
    assert likelihood.exp().sum().item() == pytest.approx(1, abs=1e-12)


def test_pixel_likelihood_equals_the_difference_of_normal_distributions():
    level, mean, log_variance = 40 / 127.5 - 1, -0.6, -5.0
    normal = stats.norm(mean, math.exp(0.5 * log_variance))
    expected = np.log(normal.cdf(level + 1 / 255) - normal.cdf(level - 1 / 255))
    arguments = (torch.tensor(value, dtype=torch.float64) for value in (level, mean, log_variance))
    assert pixel_log_likelihood(*arguments).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("mean", [0.6, -0.6])
def test_pixel_likelihood_keeps_its_digits_far_in_either_tail(mean):
    likelihood = pixel_log_likelihood(torch.tensor(0.0), torch.tensor(mean), torch.tensor(math.log(0.1**2)))
    normal = stats.norm(abs(mean), 0.1)
    assert likelihood.item() == pytest.approx(np.log(normal.cdf(1 / 255) - normal.cdf(-1 / 255)), rel=1e-4)


def test_the_bound_is_zero_where_model_and_posterior_agree():
    x0, x, noise, step = noised()
    # At -1 the learned variance is the posterior's; the true noise gives the posterior's mean.
    output = torch.cat([noise, torch.full_like(noise, -1.0)], dim=1)
    assert bound_term(DIFFUSION, output, x0, x, step).abs().max() < 1e-9


def test_the_bound_at_step_zero_is_the_likelihood_of_the_pixels_in_bits():
    x0, _, noise, _ = noised()
    step = torch.zeros(len(x0), dtype=torch.int64)
    x = DIFFUSION.q_sample(x0, step, noise)
    prediction = DIFFUSION.predict(x, step, torch.cat([noise, torch.zeros_like(noise)], dim=1), clip=False)
    expected = -pixel_log_likelihood(x0, prediction.mean, prediction.log_variance).mean(dim=(1, 2, 3)) / math.log(2)
    actual = bound_term(DIFFUSION, torch.cat([noise, torch.zeros_like(noise)], dim=1), x0, x, step)
    assert torch.allclose(actual, expected)


def test_the_hybrid_loss_is_the_mean_square_plus_a_thousandth_of_the_bound():
    x0, x, noise, step = noised()
    output = torch.cat([noise + 0.5, torch.zeros_like(noise)], dim=1)
    expected = 0.25 + 50 / 1000 * bound_term(DIFFUSION, output, x0, x, step)
    assert torch.allclose(hybrid_loss(DIFFUSION, output, x0, x, noise, step), expected)


def test_the_bound_trains_the_variance_alone():
    x0, x, noise, step = noised()
    output = torch.cat([noise, torch.zeros_like(noise)], dim=1).requires_grad_()
    (gradient,) = torch.autograd.grad(hybrid_loss(DIFFUSION, output, x0, x, noise, step).sum(), output)
    of_noise, of_variance = gradient.chunk(2, dim=1)
    assert torch.equal(
        of_noise, torch.zeros_like(of_noise)
    )  # the mean square is at its minimum, and the bound is detached
    assert of_variance.abs().min() > 0
