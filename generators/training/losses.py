"""The losses of Improved DDPM (arXiv 2102.09672, section 3). Images are [N, C, H, W] in [-1, 1]; losses are [N]."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..diffusion.bound import PIXEL_HALF_WIDTH, gaussian_divergence
from ..diffusion.process import GaussianDiffusion


def simple_loss(diffusion: GaussianDiffusion, output: Tensor, x0: Tensor, noise: Tensor) -> Tensor:
    """L_simple (2006.11239, equation 14): the mean square of what the predicted noise, or image, is off by: [N]."""
    target = noise if diffusion.predicts == "noise" else x0
    return (output[:, : x0.shape[1]] - target).square().mean(dim=(1, 2, 3))


def vlb_loss(diffusion: GaussianDiffusion, output: Tensor, x0: Tensor, x: Tensor, step: Tensor) -> Tensor:
    """L_vlb (2102.09672, equation 4) but for the prior, which has no parameters, in bits per dimension: [N].

    One step's term stands for all T of them, hence the factor T.
    """
    return len(diffusion) * bound_term(diffusion, output, x0, x, step)


def frozen_mean(output: Tensor, channels: int) -> Tensor:
    """An output [N, 2C, H, W] whose prediction of noise or image, the first C channels, passes no gradient.

    So the bound trains the variance alone (2102.09672, section 3.1).
    """
    return torch.cat([output[:, :channels].detach(), output[:, channels:]], dim=1)


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
