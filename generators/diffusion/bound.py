"""The variational bound of a diffusion model in bits per dimension (2102.09672, section 2; guided-diffusion's NLL).

Images are [N, C, H, W] in [-1, 1]; terms are [N].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .process import Denoiser, GaussianDiffusion, Prediction

PIXEL_HALF_WIDTH = 1 / 255  # half the distance of two grey levels in [-1, 1]
SMALLEST = 1e-12  # of a probability, before its logarithm is taken


@dataclass(frozen=True)
class BoundTerms:
    """The bound and what it is made of, for each of N images.

    Attributes:
        total: float [N], bits per dimension: the sum of ``prior`` and of all ``terms``.
        prior: float [N], how far the last step's images are from pure noise.
        terms: float [N, S], the term of each step; that of step 0 is the pixels' negative log-likelihood.
        image_error: float [N, S], mean squared error of the predicted clean image.
        noise_error: float [N, S], mean squared error of the predicted noise.
    """

    total: Tensor
    prior: Tensor
    terms: Tensor
    image_error: Tensor
    noise_error: Tensor


def variational_bound(denoiser: Denoiser, x0: Tensor, noise: Callable[[int], Tensor]) -> BoundTerms:
    """The bound on the negative log-likelihood of images, as guided-diffusion's ``calc_bpd_loop`` computes it.

    Args:
        denoiser: the model, unguided. The original's ``image_nll.py`` clips its images, as denoisers do by default.
        x0: images [N, C, H, W].
        noise: gives the standard normal noise that a step's images are made with, shaped as ``x0``.
    """
    diffusion = denoiser.diffusion
    columns: list[tuple[Tensor, Tensor, Tensor]] = []
    for step in reversed(range(len(diffusion))):  # towards the data, as samplers go and their noise is drawn ahead
        epsilon = noise(step)
        x = diffusion.q_sample(x0, step, epsilon)
        prediction = denoiser(x, step)
        predicted = diffusion.predict_noise(x, step, prediction.x0)
        columns.append((
            step_term(diffusion, prediction, x0, x, step),
            _mean((prediction.x0 - x0).square()),
            _mean((predicted - epsilon).square()),
        ))  # fmt: skip
    terms, image_error, noise_error = (torch.stack(column, dim=1) for column in zip(*reversed(columns), strict=True))
    prior = prior_term(diffusion, x0)
    return BoundTerms(prior + terms.sum(dim=1), prior, terms, image_error, noise_error)


def step_term(diffusion: GaussianDiffusion, prediction: Prediction, x0: Tensor, x: Tensor, step: int) -> Tensor:
    """A step's term, in bits per dimension (2102.09672, equations 4 to 7): [N].

    KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t)), and at step 0 the negative log-likelihood of the pixels.
    """
    if step == 0:
        return -_mean(original_log_likelihood(x0, prediction.mean, prediction.log_variance)) / math.log(2)
    true_mean = diffusion.posterior_mean(x0, x, step)
    true_log_variance = diffusion.posterior_log_variance[step]
    divergence = gaussian_divergence(true_mean, true_log_variance, prediction.mean, prediction.log_variance)
    return _mean(divergence) / math.log(2)


def prior_term(diffusion: GaussianDiffusion, x0: Tensor) -> Tensor:
    """KL(q(x_T | x_0) || N(0, 1)), in bits per dimension (2102.09672, equation 7): [N]."""
    mean = diffusion.sqrt_alphas_cumprod[-1] * x0
    log_variance = (2 * diffusion.sqrt_one_minus_alphas_cumprod[-1].log()).expand_as(x0)
    zero = torch.zeros((), dtype=x0.dtype, device=x0.device)
    return _mean(gaussian_divergence(mean, log_variance, zero, zero)) / math.log(2)


def gaussian_divergence(mean: Tensor, log_variance: Tensor, other_mean: Tensor, other_log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(other mean, other variance)) in nats, elementwise."""
    difference = log_variance - other_log_variance
    return 0.5 * (difference.exp() - 1 - difference + (mean - other_mean).square() * (-other_log_variance).exp())


def original_log_likelihood(pixels: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Log-probability, in nats, that a Gaussian falls on each pixel's grey level (2006.11239, equation 13).

    Published bits per dimension rest on the original's normal distribution function, a tanh that is off by up to 3e-4,
    and on its floor of 1e-12; so this has both. :func:`~..training.losses.pixel_log_likelihood` is exact.
    """
    precision = torch.exp(-0.5 * log_variance)
    upper = _approximate_ndtr((pixels + PIXEL_HALF_WIDTH - mean) * precision)
    lower = _approximate_ndtr((pixels - PIXEL_HALF_WIDTH - mean) * precision)
    between = (upper - lower).clamp(min=SMALLEST).log()
    first, last = upper.clamp(min=SMALLEST).log(), (1 - lower).clamp(min=SMALLEST).log()
    return torch.where(pixels < -0.999, first, torch.where(pixels > 0.999, last, between))


def _approximate_ndtr(x: Tensor) -> Tensor:
    """The standard normal distribution function, approximately (E. Page, Applied Statistics 26, 1977)."""
    return 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _mean(values: Tensor) -> Tensor:
    return values.mean(dim=(1, 2, 3))
