"""Where diffusers' schedulers mean the same as a sampler, both come to the same images from the same network."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from beatgans.generators.diffusion.process import GaussianDiffusion, NetworkDenoiser
from beatgans.generators.diffusion.schedule import Schedule
from beatgans.generators.samplers.ddim import ddim
from beatgans.generators.samplers.dpm_solver import dpm_solver_plus_plus
from beatgans.generators.samplers.heun import heun
from beatgans.generators.samplers.unipc import unipc

diffusers = pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of its own

BETAS = {"num_train_timesteps": 1000, "beta_start": 1e-4, "beta_end": 0.02, "beta_schedule": "linear"}
START = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def predicted_noise(x: torch.Tensor, timestep: float) -> torch.Tensor:
    """Smooth in the image and the time, near to the truth where there is much noise, and nothing like a Gaussian's."""
    return torch.tanh(x) + 0.1 * torch.sin(3 * x) * (1 - timestep / 1000)


def ours(sample, respacing: str, clip: bool = False) -> torch.Tensor:
    def network(x, timesteps, labels):
        return torch.cat([predicted_noise(x, float(timesteps[0])), torch.zeros_like(x)], dim=1)

    diffusion = GaussianDiffusion(Schedule.make("linear", 1000, respacing), dtype=torch.float64)
    return sample(NetworkDenoiser(network, diffusion, clip=clip), START)


def theirs(scheduler, timesteps: np.ndarray, scale: float = 1.0, **options) -> torch.Tensor:
    """The loop that all schedulers share."""
    x = scale * START
    for timestep in scheduler.timesteps:
        noise = predicted_noise(scheduler.scale_model_input(x, timestep), float(timestep))
        x = scheduler.step(noise, timestep, x, **options).prev_sample
    return x


@pytest.mark.parametrize("steps", [5, 10, 20])
@pytest.mark.parametrize("order", [2, 3])
def test_dpm_solver_plus_plus(steps: int, order: int):
    timesteps = Schedule.make("linear", 1000, str(steps)).timesteps[::-1]
    scheduler = diffusers.DPMSolverMultistepScheduler(**BETAS, solver_order=order, final_sigmas_type="zero")
    scheduler.set_timesteps(timesteps=timesteps.tolist())
    expected = theirs(scheduler, timesteps)
    images = ours(partial(dpm_solver_plus_plus, order=order, as_published=True), str(steps))
    torch.testing.assert_close(images, expected, atol=1e-4, rtol=1e-5)
    if order == 3:
        exact = ours(partial(dpm_solver_plus_plus, order=3), str(steps))
        assert 1e-3 < (exact - expected).abs().max() < 1  # the derivative that is halved there


@pytest.mark.parametrize("steps", [5, 10, 20])
@pytest.mark.parametrize("order", [2, 3])
def test_unipc(steps: int, order: int):
    schedule = Schedule.make("linear", 1000, str(steps))
    scheduler = diffusers.UniPCMultistepScheduler(**BETAS, solver_order=order, final_sigmas_type="zero")
    scheduler.set_timesteps(steps)
    scheduler.timesteps = torch.from_numpy(schedule.timesteps[::-1].copy())
    levels = np.sqrt(1 / schedule.alphas_cumprod - 1)
    scheduler.sigmas = torch.from_numpy(np.append(levels[::-1], 0.0))
    expected = theirs(scheduler, schedule.timesteps)
    torch.testing.assert_close(ours(partial(unipc, order=order), str(steps)), expected, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("clip", [False, True])
def test_ddim(clip: bool):
    scheduler = diffusers.DDIMScheduler(**BETAS, clip_sample=clip, set_alpha_to_one=True, steps_offset=0)
    scheduler.set_timesteps(20)
    images = ours(lambda denoiser, x: ddim(denoiser, x, lambda step: x), "ddim20", clip)
    expected = theirs(scheduler, scheduler.timesteps, use_clipped_model_output=True)
    torch.testing.assert_close(images, expected, atol=1e-4, rtol=1e-5)


def test_heun():
    """In diffusers' variable the image has noise added, and two calls make a step; the last is Euler's."""
    schedule = Schedule.make("linear", 1000, "karras10")
    scheduler = diffusers.HeunDiscreteScheduler(**BETAS)
    scheduler.set_timesteps(10)
    levels = torch.from_numpy(np.append(np.sqrt(1 / schedule.alphas_cumprod - 1)[::-1], 0.0))
    timesteps = torch.from_numpy(schedule.timesteps[::-1].copy())
    scheduler.sigmas = torch.cat([levels[:1], levels[1:-1].repeat_interleave(2), levels[-1:]])
    scheduler.timesteps = torch.cat([timesteps[:1], timesteps[1:].repeat_interleave(2)])
    expected = theirs(scheduler, timesteps, scale=float((levels[0] ** 2 + 1) ** 0.5))
    images = ours(lambda denoiser, x: heun(denoiser, x, lambda step: x), "karras10")
    torch.testing.assert_close(images, expected, atol=1e-4, rtol=1e-5)
