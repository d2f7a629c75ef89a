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

from .parametrization import Target, Variance
from .schedule import Schedule

Network = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""``(x_t, timesteps float [N], labels or None) -> [N, 2C, H, W]``: the noise, and the variance's interpolation.

It is [N, C, H, W], the noise alone, where the variance is fixed, and the clean image where the diffusion says so.
"""


@dataclass(frozen=True)
class Prediction:
    """What a model believes at one step, given x_t.

    Attributes:
        x0: the clean image.
        mean: mean of x_{t-1}.
        log_variance: its log-variance, of each pixel: what noise is added by.
        variance: its variance, of each pixel: what guidance shifts the mean by. It is the exponential of the former
            but for the small fixed one at step 0, which is 0 and has no logarithm.
    """

    x0: Tensor
    mean: Tensor
    log_variance: Tensor
    variance: Tensor


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
        variance: Variance = "learned-range",
        predicts: Target = "noise",
    ) -> None:
        """Prepares the tables.

        Args:
            schedule: the variances, and the timesteps that the model is told.
            device: where the images will be.
            dtype: of the images.
            rescale_timesteps: tell the model t * 1000 / T instead of t, as guided-diffusion's flag of that name.
            variance: where the variance of x_{t-1} comes from.
            predicts: what the network puts out.
        """

        def table(values: NDArray[np.floating | np.int64]) -> Tensor:
            return torch.as_tensor(values, dtype=dtype, device=device)

        self.schedule = schedule
        self.variance = variance
        self.predicts = predicts
        alphas_cumprod = schedule.alphas_cumprod
        self.timesteps = table(schedule.timesteps)
        if rescale_timesteps:  # a product of float32, as the original's: one of float64 rounds otherwise
            self.timesteps *= 1000 / schedule.num_original_steps
        self.alphas_cumprod = table(alphas_cumprod)
        self.alphas_cumprod_prev = table(schedule.alphas_cumprod_prev)
        self.alphas_cumprod_next = table(schedule.alphas_cumprod_next)
        self.sqrt_alphas_cumprod = table(np.sqrt(alphas_cumprod))
        self.sqrt_one_minus_alphas_cumprod = table(np.sqrt(1 - alphas_cumprod))
        self.sqrt_recip_alphas_cumprod = table(np.sqrt(1 / alphas_cumprod))
        self.sqrt_recipm1_alphas_cumprod = table(np.sqrt(1 / alphas_cumprod - 1))
        self.posterior_mean_x0 = table(schedule.posterior_mean_x0)
        self.posterior_mean_xt = table(schedule.posterior_mean_xt)
        self.posterior_log_variance = table(schedule.posterior_log_variance)
        self.log_betas = table(np.log(schedule.betas))
        self.posterior_variance = table(schedule.posterior_variance)
        large = np.append(schedule.posterior_variance[1], schedule.betas[1:])  # as step 0 of the posterior's logarithm
        self.large_variance = table(large)
        self.large_log_variance = table(np.log(large))

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
        """Reads a network's output (2102.09672, section 3), as guided-diffusion's ``p_mean_variance`` does.

        Args:
            x: x_t [N, C, H, W].
            step: of each image or of all.
            output: [N, 2C, H, W] where the variance is learned, else [N, C, H, W].
            clip: whether the clean image is kept within [-1, 1].

        Raises:
            ValueError: the output has not so many channels.
        """
        channels = (2 if self.variance == "learned-range" else 1) * x.shape[1]
        if output.shape[1] != channels:
            raise ValueError(
                f"the network gives {output.shape[1]} channels; a {self.variance} variance takes {channels}"
            )
        estimate = output[:, : x.shape[1]]
        x0 = self.predict_x0(x, step, estimate) if self.predicts == "noise" else estimate
        if clip:
            x0 = x0.clamp(-1, 1)
        log_variance, variance = self._variance(output[:, x.shape[1] :], step, x)
        return Prediction(x0, self.posterior_mean(x0, x, step), log_variance, variance)

    def _variance(self, interpolation: Tensor, step: int | Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Log-variance and variance of x_{t-1}, shaped as ``x``."""
        if self.variance == "learned-range":
            log_variance = self.learned_log_variance(interpolation, step)
            return log_variance, log_variance.exp()
        tables = (
            (self.posterior_log_variance, self.posterior_variance)
            if self.variance == "fixed-small"
            else (self.large_log_variance, self.large_variance)
        )
        log_variance, variance = (_at(table, step).expand_as(x) for table in tables)
        return log_variance, variance


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

    def __init__(
        self, network: Network, diffusion: GaussianDiffusion, labels: Tensor | None = None, clip: bool = True
    ) -> None:
        self.network = network
        self.diffusion = diffusion
        self.labels = labels
        self.clip = clip
        self.evaluations = 0

    def __call__(self, x: Tensor, step: int) -> Prediction:
        """The network's prediction for ``x`` [N, C, H, W], counted."""
        self.evaluations += 1
        output = self.network(x, self.diffusion.timesteps[step].expand(len(x)), self.labels)
        return self.diffusion.predict(x, step, output, self.clip)
