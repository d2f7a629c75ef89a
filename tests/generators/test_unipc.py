from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from beatgans.generators.samplers.dpm_solver import dpm_solver_plus_plus
from beatgans.generators.samplers.unipc import combination_weights, unipc


@pytest.mark.parametrize(("order", "expected"), [(1, 2), (2, 3), (3, 3)])
def test_the_corrector_raises_the_order_of_convergence_as_far_as_the_first_steps_let_it(
    even_world, order: int, expected: int
):
    """The paper's theorem has p + 1; the first steps, of which the first one predicts at order 1, hold it to 3."""
    errors = [even_world(n).error_of_the_flow(partial(unipc, order=order)) for n in (160, 320, 640)]
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("order", [1, 2])
def test_it_is_nearer_to_the_flow_than_the_predictor_alone(even_world, order: int):
    predictor = even_world(40).error_of_the_flow(partial(dpm_solver_plus_plus, order=order))
    assert even_world(40).error_of_the_flow(partial(unipc, order=order)) < predictor / 2


@pytest.mark.parametrize("order", [1, 2, 3])
def test_one_evaluation_a_step(gaussian_world, order: int):
    denoiser = gaussian_world("linear", 1000, "10").denoiser()
    unipc(denoiser, torch.zeros(1, 1, 1, 1, dtype=torch.float64), order)
    assert denoiser.evaluations == 10


@pytest.mark.parametrize("ratios", [[], [-0.5], [-0.5, -1.7]])
@pytest.mark.parametrize("corrects", [False, True])
def test_a_constant_image_is_integrated_exactly(ratios: list[float], corrects: bool):
    """x_t = sigma_t / sigma_s x_s + alpha_t (1 - exp(-h)) x_0 where x_0 never changes."""
    weights = combination_weights(0.3, np.array(ratios), corrects)
    assert weights.sum() == pytest.approx(1 - np.exp(-0.3), rel=1e-12)
    assert len(weights) == 1 + len(ratios) + corrects
