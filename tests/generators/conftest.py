"""A world whose perfect diffusion model is a formula: pixels drawn from N(mean, std^2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from beatgans.generators.diffusion.process import GaussianDiffusion, NetworkDenoiser
from beatgans.generators.diffusion.schedule import Schedule


@dataclass(frozen=True)
class GaussianWorld:
    """The exact answers, in float64, for data from N(mean, std^2) under one schedule.

    The std keeps all predictions within [-1, 1], so that nothing is clipped.
    """

    schedule: Schedule
    mean: float = 0.2
    std: float = 0.1

    @property
    def marginal_variance(self) -> np.ndarray:
        """Variance of x_t."""
        alpha_bar = self.schedule.alphas_cumprod
        return alpha_bar * self.std**2 + 1 - alpha_bar

    @property
    def x0_gain(self) -> np.ndarray:
        """Derivative of E[x_0 | x_t] by x_t."""
        return np.sqrt(self.schedule.alphas_cumprod) * self.std**2 / self.marginal_variance

    @property
    def reverse_variance(self) -> np.ndarray:
        """Variance of x_{t-1} given x_t."""
        x0_variance = self.std**2 * (1 - self.schedule.alphas_cumprod) / self.marginal_variance
        return self.schedule.posterior_variance + self.schedule.posterior_mean_x0**2 * x0_variance

    def network(self, x: Tensor, timesteps: Tensor, labels: Tensor | None) -> Tensor:
        """What a perfectly trained UNet would put out: the expected noise, and the exact variance."""
        step = int(np.searchsorted(self.schedule.timesteps, int(timesteps[0])))
        assert self.schedule.timesteps[step] == timesteps[0]
        alpha_bar = self.schedule.alphas_cumprod[step]
        noise = (1 - alpha_bar) ** 0.5 * (x - alpha_bar**0.5 * self.mean) / self.marginal_variance[step]
        upper, lower = np.log(self.schedule.betas[step]), self.schedule.posterior_log_variance[step]
        fraction = (np.log(self.reverse_variance[step]) - lower) / (upper - lower)
        return torch.cat([noise, torch.full_like(x, 2 * fraction - 1)], dim=1)

    def denoiser(self) -> NetworkDenoiser:
        return NetworkDenoiser(self.network, GaussianDiffusion(self.schedule, dtype=torch.float64))

    def error_of_the_flow(self, sample: Callable[[NetworkDenoiser, Tensor], Tensor], z: float = 0.7) -> float:
        """How far ``sample(denoiser, x_T)`` lands from the exact probability flow, of which ``z`` is a constant.

        The flow keeps a Gaussian's number of standard deviations from the mean; the samplers end at the E[x_0 | x_0th
        step], which here is a formula too, so that what is left is the error of the steps alone.
        """
        alpha_bar, std = self.schedule.alphas_cumprod, self.marginal_variance**0.5
        x = torch.full((1, 1, 1, 1), alpha_bar[-1] ** 0.5 * self.mean + z * std[-1], dtype=torch.float64)
        exact = self.mean + self.x0_gain[0] * z * std[0]
        return abs(sample(self.denoiser(), x).item() - exact)

    def final_mean_and_variance(self, sample: Callable[..., Tensor]) -> tuple[float, float]:
        """Exact mean and variance of what ``sample(x, noise)`` makes of x_T drawn from the true marginal.

        The perfect model is affine in its noise, so one batch of unit impulses, for x_T and for each step, tells both
        without a random number.
        """
        steps = len(self.schedule)
        end = self.schedule.alphas_cumprod[-1]
        impulses = torch.zeros(steps + 2, 1, 1, 1, dtype=torch.float64)  # the last row has none
        impulses[0] = self.marginal_variance[-1] ** 0.5

        def noise(step: int) -> Tensor:
            values = torch.zeros_like(impulses)
            values[step] = 1
            return values

        images = sample(end**0.5 * self.mean + impulses, noise).flatten()
        return images[-1].item(), (images[:-1] - images[-1]).square().sum().item()


@pytest.fixture
def even_world() -> Callable[[int], GaussianWorld]:
    """Makes a world whose steps, of the number that is given, are even in the log-SNR: from -5 to 4.5 of its half."""

    def make(steps: int) -> GaussianWorld:
        lambdas = np.linspace(4.5, -5.0, steps)
        alpha_bar = 1 / (1 + np.exp(-2 * lambdas))
        betas = 1 - alpha_bar / np.append(1.0, alpha_bar[:-1])
        return GaussianWorld(Schedule(betas, np.arange(steps), steps))

    return make


@pytest.fixture
def gaussian_world() -> Callable[..., GaussianWorld]:
    """Makes the world of ``Schedule.make(kind, num_steps, respacing)``."""

    def make(kind: str, num_steps: int, respacing: str) -> GaussianWorld:
        return GaussianWorld(Schedule.make(kind, num_steps, respacing))

    return make
