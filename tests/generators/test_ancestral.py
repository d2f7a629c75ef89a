from __future__ import annotations

from functools import partial

import pytest
import torch

from beatgans.generators.samplers.ancestral import ancestral


@pytest.mark.parametrize("respacing", ["2", "10", "250", "10,15,20"])
@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_a_perfect_model_gives_back_the_data_at_any_step_count(gaussian_world, kind: str, respacing: str):
    """The reverse of a Gaussian is Gaussian, so all steps are exact; the last gives E[x_0 | x_1] without its spread."""
    world = gaussian_world(kind, 1000, respacing)
    mean, variance = world.final_mean_and_variance(partial(ancestral, world.denoiser()))
    first = world.schedule.alphas_cumprod[0]
    spread_left = world.std**2 * (1 - first) / world.marginal_variance[0]
    assert mean == pytest.approx(world.mean, rel=1e-9)
    assert variance == pytest.approx(world.std**2 - spread_left, rel=1e-9)


def test_steps_run_from_the_noise_to_the_data_and_the_last_adds_none(gaussian_world):
    asked = []

    def noise(step: int) -> torch.Tensor:
        asked.append(step)
        return torch.zeros(1, 1, 1, 1)

    denoiser = gaussian_world("cosine", 1000, "10").denoiser()
    ancestral(denoiser, torch.zeros(1, 1, 1, 1), noise)
    assert asked == list(range(9, 0, -1))
    assert denoiser.evaluations == 10
