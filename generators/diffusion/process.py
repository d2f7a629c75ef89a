"""The Gaussian diffusion: how images become noise, and what a network's output says about the way back.

Symbols are those of DDPM (2006.11239) and Improved DDPM (2102.09672). Images are [N, C, H, W].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .schedule import Schedule

Network = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""``(x_t, timesteps float [N], labels or None) -> [N, 2C, H, W]``: the noise, and the variance's interpolation."""


@dataclass(frozen=True)
class Prediction:
    """What a model believes at one step, given x_t.

    Attributes:
        x0: the clean image.
        mean: mean of x_{t-1}.
        log_variance: its log-variance, of each pixel.
    """

    x0: Tensor
    mean: Tensor
    log_variance: Tensor


class GaussianDiffusion:
    """A schedule's facts as tensors.

    Every method takes ``step`` either as an int for the whole batch or as int64 [N]. The tables lie on the device from
    the start: an int picks a zero-dimensional view, so no sampler's step waits for a copy.
    """

    def __init__(
        self,
        schedule: Schedule,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        rescale_timesteps: bool = False,
    ) -> None:
        """Prepares the tables.

        Args:
            schedule: the variances, and the timesteps that the model is told.
            device: where the images will be.
            dtype: of the images.
            rescale_timesteps: tell the model t * 1000 / T instead of t, as guided-diffusion's flag of that name.
        """

        def table(values: NDArray[np.floating]) -> Tensor:
            return torch.as_tensor(values, dtype=dtype, device=device)

        self.schedule = schedule
        alphas_cumprod = schedule.alphas_cumprod
        self.timesteps = table(schedule.timesteps * (1000 / schedule.num_original_steps if rescale_timesteps else 1.0))
        self.sqrt_alphas_cumprod = table(np.sqrt(alphas_cumprod))
        self.sqrt_one_minus_alphas_cumprod = table(np.sqrt(1 - alphas_cumprod))
        self.sqrt_recip_alphas_cumprod = table(np.sqrt(1 / alphas_cumprod))
        self.sqrt_recipm1_alphas_cumprod = table(np.sqrt(1 / alphas_cumprod - 1))
        self.posterior_mean_x0 = table(schedule.posterior_mean_x0)
        self.posterior_mean_xt = table(schedule.posterior_mean_xt)
        self.posterior_log_variance = table(schedule.posterior_log_variance)
        self.log_betas = table(np.log(schedule.betas))

    def __len__(self) -> int:
        return len(self.schedule)

    def q_sample(self, x0: Tensor, step: int | Tensor, noise: Tensor) -> Tensor:
        """x_t, made of a clean image and standard normal noise (2006.11239, equation 4)."""
        return _at(self.sqrt_alphas_cumprod, step) * x0 + _at(self.sqrt_one_minus_alphas_cumprod, step) * noise

    def predict_x0(self, x: Tensor, step: int | Tensor, noise: Tensor) -> Tensor:
        """The clean image that ``noise`` has made ``x`` of."""
        return _at(self.sqrt_recip_alphas_cumprod, step) * x - _at(self.sqrt_recipm1_alphas_cumprod, step) * noise

    def predict_noise(self, x: Tensor, step: int | Tensor, x0: Tensor) -> Tensor:
        """The noise that has made ``x`` of ``x0``."""
        scaled = _at(self.sqrt_recip_alphas_cumprod, step) * x
        return (scaled - x0) / _at(self.sqrt_recipm1_alphas_cumprod, step)

    def posterior_mean(self, x0: Tensor, x: Tensor, step: int | Tensor) -> Tensor:
        """Mean of q(x_{t-1} | x_t, x_0) (2006.11239, equation 7)."""
        return _at(self.posterior_mean_x0, step) * x0 + _at(self.posterior_mean_xt, step) * x

    def learned_log_variance(self, interpolation: Tensor, step: int | Tensor) -> Tensor:
        """The log-variance between its two bounds, at ``interpolation`` in [-1, 1] (2102.09672, equation 15)."""
        fraction = (interpolation + 1) / 2
        return fraction * _at(self.log_betas, step) + (1 - fraction) * _at(self.posterior_log_variance, step)

    def predict(self, x: Tensor, step: int | Tensor, output: Tensor, clip: bool = True) -> Prediction:
        """Reads a network's output [N, 2C, H, W]; ``clip`` keeps the clean image within [-1, 1]."""
        noise, interpolation = output.chunk(2, dim=1)
        x0 = self.predict_x0(x, step, noise)
        if clip:
            x0 = x0.clamp(-1, 1)
        return Prediction(x0, self.posterior_mean(x0, x, step), self.learned_log_variance(interpolation, step))


def _at(table: Tensor, step: int | Tensor) -> Tensor:
    """The table's value at ``step``, shaped to scale a batch of images."""
    return table[step] if isinstance(step, int) else table[step][:, None, None, None]


class Denoiser(Protocol):
    """What a sampler needs of a model: a prediction for any image at any step."""

    @property
    def diffusion(self) -> GaussianDiffusion:
        """The diffusion that the steps belong to."""
        ...

    def __call__(self, x: Tensor, step: int) -> Prediction:
        """What is behind ``x`` [N, C, H, W]; step 0 is nearest to the data."""
        ...


class NetworkDenoiser:
    """A network that denoises towards given labels, and counts how often it does."""

    def __init__(self, network: Network, diffusion: GaussianDiffusion, labels: Tensor | None = None) -> None:
        self.network = network
        self.diffusion = diffusion
        self.labels = labels
        self.evaluations = 0

    def __call__(self, x: Tensor, step: int) -> Prediction:
        """The network's prediction for ``x`` [N, C, H, W], counted."""
        self.evaluations += 1
        output = self.network(x, self.diffusion.timesteps[step].expand(len(x)), self.labels)
        return self.diffusion.predict(x, step, output)
