"""The losses of Improved DDPM (arXiv 2102.09672, section 3). Images are [N, C, H, W] in [-1, 1]; losses are [N]."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..diffusion.bound import PIXEL_HALF_WIDTH, gaussian_divergence
from ..diffusion.process import GaussianDiffusion


def hybrid_loss(
    diffusion: GaussianDiffusion, output: Tensor, x0: Tensor, x: Tensor, noise: Tensor, step: Tensor
) -> Tensor:
    """L_hybrid = L_simple + 0.001 L_vlb (equation 16), for a network's ``output`` [N, 2C, H, W] at ``step`` int64 [N].

    The bound trains the variance alone: its gradient does not reach the predicted noise. One step's term stands for
    all T of them, hence the factor T / 1000.
    """
    predicted_noise, interpolation = output.chunk(2, dim=1)
    simple = (predicted_noise - noise).square().mean(dim=(1, 2, 3))
    frozen = torch.cat([predicted_noise.detach(), interpolation], dim=1)
    return simple + len(diffusion) / 1000 * bound_term(diffusion, frozen, x0, x, step)


def bound_term(diffusion: GaussianDiffusion, output: Tensor, x0: Tensor, x: Tensor, step: Tensor) -> Tensor:
    """The term of the variational bound at ``step``, in bits per dimension (equations 4 to 7).

    KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t)), and at step 0 the negative log-likelihood of the pixels.
    """
    prediction = diffusion.predict(x, step, output, clip=False)
    true_mean = diffusion.posterior_mean(x0, x, step)
    true_log_variance = diffusion.posterior_log_variance[step][:, None, None, None]
    divergence = gaussian_divergence(true_mean, true_log_variance, prediction.mean, prediction.log_variance)
    likelihood = pixel_log_likelihood(x0, prediction.mean, prediction.log_variance)
    nats = torch.where((step == 0)[:, None, None, None], -likelihood, divergence)
    return nats.mean(dim=(1, 2, 3)) / math.log(2)


def pixel_log_likelihood(pixels: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Log-probability, in nats, that a Gaussian falls on each pixel's grey level (2006.11239, equation 13).

    The levels are 256 bins over [-1, 1]; the first and the last reach to infinity.
    """
    precision = torch.exp(-0.5 * log_variance)
    upper = (pixels + PIXEL_HALF_WIDTH - mean) * precision
    lower = (pixels - PIXEL_HALF_WIDTH - mean) * precision
    # The normal distribution has its digits in the lower tail; bins above the mean are mirrored there.
    above = lower > 0
    log_upper = torch.special.log_ndtr(torch.where(above, -lower, upper))
    log_lower = torch.special.log_ndtr(torch.where(above, -upper, lower))
    between = log_upper + (-torch.expm1((log_lower - log_upper).clamp(max=-1e-12))).log()
    first, last = torch.special.log_ndtr(upper), torch.special.log_ndtr(-lower)
    return torch.where(pixels < -0.999, first, torch.where(pixels > 0.999, last, between))
