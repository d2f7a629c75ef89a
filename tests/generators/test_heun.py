from __future__ import annotations

import numpy as np
import pytest
import torch

from beatgans.generators.diffusion.spacing import noise_levels
from beatgans.generators.samplers.churn import evaluated_timesteps, raised_timesteps
from beatgans.generators.samplers.heun import heun


def no_noise(step: int) -> torch.Tensor:
    raise AssertionError(f"noise was asked for step {step}")


def test_it_converges_to_the_exact_flow_at_second_order(even_world):
    errors = [even_world(n).error_of_the_flow(lambda denoiser, x: heun(denoiser, x, no_noise)) for n in (40, 80, 160)]
    assert errors[0] < 1e-3
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx(2, abs=0.15)


def test_two_evaluations_a_step_but_one_at_the_last(gaussian_world):
    denoiser = gaussian_world("cosine", 1000, "karras10").denoiser()
    heun(denoiser, torch.zeros(1, 1, 1, 1, dtype=torch.float64), no_noise)
    assert denoiser.evaluations == 19


def test_visiting_some_steps_of_a_schedule_is_the_same_as_having_no_others(gaussian_world):
    whole, thinned = gaussian_world("linear", 1000, ""), gaussian_world("linear", 1000, "karras8")
    x = torch.full((1, 1, 1, 1), 0.4, dtype=torch.float64)
    expected = heun(thinned.denoiser(), x, no_noise)
    steps = thinned.schedule.timesteps.tolist()
    torch.testing.assert_close(heun(whole.denoiser(), x, no_noise, steps), expected)


def churned(world, churn: float, steps: list[int], churn_noise: float = 1.0):
    raised = raised_timesteps(noise_levels(world.schedule.alphas_cumprod), np.array(steps), churn)
    return lambda x, noise: heun(world.denoiser(), x, noise, steps, raised, churn_noise)


def test_churn_keeps_the_distribution_and_forgets_the_start(gaussian_world):
    """Adding noise and removing it again leaves the marginals as they are: the data's mean and variance come out."""
    whole = gaussian_world("linear", 1000, "")
    steps = gaussian_world("linear", 1000, "karras70").schedule.timesteps.tolist()
    mean, variance = whole.final_mean_and_variance(churned(whole, 40.0, steps))
    spread_left = whole.std**2 * (1 - whole.schedule.alphas_cumprod[0]) / whole.marginal_variance[0]
    assert mean == pytest.approx(whole.mean, rel=1e-3)
    assert variance == pytest.approx(whole.std**2 - spread_left, rel=0.05)

    x = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    moved = [
        sample(x, lambda step: 0 * x) - sample(0 * x, lambda step: 0 * x)
        for sample in (churned(whole, 0.0, steps), churned(whole, 40.0, steps))
    ]
    assert moved[1] < 0.5 * moved[0]


def test_the_added_noise_raises_the_variance_to_the_level_of_the_raised_step(gaussian_world):
    whole = gaussian_world("linear", 1000, "")
    levels = noise_levels(whole.schedule.alphas_cumprod)
    x = torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    seen = []

    class Watched:
        diffusion = whole.denoiser().diffusion

        def __call__(self, x, step):
            seen.append((x.item(), step))
            return whole.denoiser()(x, step)

    heun(Watched(), x, lambda number: torch.ones_like(x), [100, 500], [100, 600], churn_noise=1.5)
    expected = 1.5 * (levels[600] ** 2 - levels[500] ** 2) ** 0.5 * whole.schedule.alphas_cumprod[600] ** 0.5
    assert seen[0] == (pytest.approx(expected), 600)


def test_raised_timesteps_are_the_nearest_to_the_raised_level_within_the_interval():
    levels = 1.1 ** np.arange(100)
    timesteps = np.array([0, 20, 40, 99])
    assert raised_timesteps(levels, timesteps, churn=0) == (0, 20, 40, 99)
    # S_churn / N = 0.1 raises each level by one step, S_churn / N = 100 by sqrt(2), between three and four steps.
    assert raised_timesteps(levels, timesteps, churn=0.4) == (1, 21, 41, 99)
    assert raised_timesteps(levels, timesteps, churn=400) == (4, 24, 44, 99)
    assert raised_timesteps(levels, timesteps, churn=0.4, lowest=levels[20], highest=levels[20]) == (0, 21, 40, 99)


def test_the_plan_of_evaluations_is_what_happens(gaussian_world):
    whole = gaussian_world("linear", 1000, "")
    steps = [3, 200, 600]
    raised = (3, 260, 700)
    seen = []
    denoiser = whole.denoiser()

    def watched(x, timesteps, labels):
        seen.append(int(timesteps[0]))
        return whole.network(x, timesteps, labels)

    denoiser.network = watched
    x = torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    heun(denoiser, x, lambda number: x, steps, raised)
    assert tuple(seen) == evaluated_timesteps(np.array(steps), raised) == (700, 200, 260, 3, 3)
