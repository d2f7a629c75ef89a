"""The hybrid loss against closed forms and SciPy."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from beatgans.generators.diffusion.bound import variational_bound
from beatgans.generators.diffusion.process import GaussianDiffusion
from beatgans.generators.diffusion.schedule import Schedule
from beatgans.generators.training.losses import (
    bound_term,
    frozen_mean,
    gaussian_divergence,
    pixel_log_likelihood,
    simple_loss,
    vlb_loss,
)

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


def test_the_simple_loss_is_the_mean_square_of_what_is_predicted():
    x0, _, noise, _ = noised()
    output = torch.cat([noise + 0.5, torch.zeros_like(noise)], dim=1)
    assert torch.allclose(simple_loss(DIFFUSION, output, x0, noise), torch.tensor(0.25).double())
    of_images = GaussianDiffusion(DIFFUSION.schedule, dtype=torch.float64, variance="fixed-large", predicts="image")
    assert torch.allclose(simple_loss(of_images, x0 - 0.5, x0, noise), torch.tensor(0.25).double())


def test_the_bound_of_a_step_stands_for_those_of_all():
    x0, x, noise, step = noised()
    output = torch.cat([noise + 0.5, torch.zeros_like(noise)], dim=1)
    assert torch.allclose(vlb_loss(DIFFUSION, output, x0, x, step), 50 * bound_term(DIFFUSION, output, x0, x, step))


def test_the_sum_over_all_steps_is_the_bound_that_is_evaluated():
    """The mean of L_vlb over uniform timesteps and the prior is what `evaluate --metrics bpd` takes, unclipped."""
    x0, _, noise, _ = noised(n=1)
    network = lambda x, step: torch.cat([0.9 * x, torch.zeros_like(x)], dim=1)  # noqa: E731

    class Denoiser:
        diffusion = DIFFUSION

        def __call__(self, x, step):
            return DIFFUSION.predict(x, step, network(x, step), clip=False)

    bound = variational_bound(Denoiser(), x0, lambda step: noise)
    steps = torch.arange(50)
    x = torch.cat([DIFFUSION.q_sample(x0, int(step), noise) for step in steps])
    losses = vlb_loss(DIFFUSION, network(x, steps), x0.expand(50, -1, -1, -1), x, steps)
    # At step 0 the evaluation has the original's approximate normal distribution.
    assert losses[1:].sum().item() / 50 == pytest.approx(bound.terms[0, 1:].sum().item(), rel=1e-9)
    assert losses[0].item() / 50 == pytest.approx(bound.terms[0, 0].item(), rel=0.02)


def test_the_bound_of_a_frozen_mean_trains_the_variance_alone():
    x0, x, noise, step = noised()
    output = torch.cat([noise + 0.5, torch.zeros_like(noise)], dim=1).requires_grad_()
    loss = vlb_loss(DIFFUSION, frozen_mean(output, 3), x0, x, step).sum()
    (gradient,) = torch.autograd.grad(loss, output)
    of_noise, of_variance = gradient.chunk(2, dim=1)
    assert torch.equal(of_noise, torch.zeros_like(of_noise))
    assert of_variance.abs().min() > 0
