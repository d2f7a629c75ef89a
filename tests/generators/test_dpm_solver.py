from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from beatgans.generators.samplers.ddim import ddim
from beatgans.generators.samplers.dpm_solver import dpm_solver_plus_plus, multistep_weights


@pytest.mark.parametrize("order", [1, 2, 3])
def test_it_converges_to_the_exact_flow_at_its_order(even_world, order: int):
    errors = [even_world(n).error_of_the_flow(partial(dpm_solver_plus_plus, order=order)) for n in (160, 320, 640)]
    assert errors[0] < 5e-3 / 4**order
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx(order, abs=0.3)


def test_the_published_third_order_converges_at_second_order(even_world):
    """Its second derivative is half of what the Taylor polynomial has; diffusers has the same."""
    sample = partial(dpm_solver_plus_plus, order=3, as_published=True)
    errors = [even_world(n).error_of_the_flow(sample) for n in (160, 320, 640)]
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx(2, abs=0.1)


def test_order_1_is_ddim(gaussian_world):
    world = gaussian_world("cosine", 1000, "uniform10")
    x = torch.full((1, 1, 1, 1), 0.3, dtype=torch.float64)
    expected = ddim(world.denoiser(), x, lambda step: x)
    torch.testing.assert_close(dpm_solver_plus_plus(world.denoiser(), x, order=1), expected)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_one_evaluation_a_step(gaussian_world, order: int):
    denoiser = gaussian_world("linear", 1000, "10").denoiser()
    dpm_solver_plus_plus(denoiser, torch.zeros(1, 1, 1, 1, dtype=torch.float64), order)
    assert denoiser.evaluations == 10


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_a_predicted_image_that_is_a_polynomial_of_lambda_is_integrated_exactly(degree: int):
    """x_t - sigma_t / sigma_s x_s is sigma_t times the integral of exp(l) x_0(l) dl from s to t."""
    times = np.array([1.3, 1.0, 0.4, -0.5])
    alpha, sigma = (1 / (1 + np.exp(-2 * 1.3))) ** 0.5, (1 / (1 + np.exp(2 * 1.3))) ** 0.5
    integral, _ = quad(lambda time: np.exp(time) * (time - 1.0) ** degree, 1.0, 1.3)
    images = (times[1:] - 1.0) ** degree
    assert np.dot(multistep_weights(times.tolist(), alpha), images) == pytest.approx(sigma * integral, rel=1e-9)
