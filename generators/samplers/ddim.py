"""Denoising diffusion implicit models: fewer steps, no noise between them unless it is asked for, and a way back."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..diffusion.process import Denoiser


def ddim(denoiser: Denoiser, x: Tensor, noise: Callable[[int], Tensor], eta: float = 0.0) -> Tensor:
    """DDIM (2010.02502, equations 12 and 16).

    Args:
        denoiser: predicts x_0.
        x: x_T, standard normal [N, C, H, W].
        noise: gives the standard normal noise of a step, shaped as ``x``. Not asked for step 0, nor where ``eta`` is 0.
        eta: share of DDPM's noise that is added: 0 makes the images a function of ``x``, 1 adds the posterior variance.

    Returns:
        Images [N, C, H, W], nominally in [-1, 1].
    """
    diffusion = denoiser.diffusion
    for step in reversed(range(len(diffusion))):
        x0 = denoiser(x, step).x0
        epsilon = diffusion.predict_noise(x, step, x0)
        # Scalars in the images' precision, as guided-diffusion has them, so that trajectories are the same to the bit.
        alpha_bar, signal = diffusion.alphas_cumprod[step], diffusion.alphas_cumprod_prev[step]
        sigma = eta * torch.sqrt((1 - signal) / (1 - alpha_bar)) * torch.sqrt(1 - alpha_bar / signal)
        # At eta 1 and long steps sigma^2 is 1 - signal but for a rounding, which can be to below zero.
        x = x0 * torch.sqrt(signal) + torch.sqrt((1 - signal - sigma**2).clamp(min=0)) * epsilon
        if eta > 0 and step > 0:
            x = x + sigma * noise(step)
    return x


def invert(denoiser: Denoiser, x: Tensor) -> Tensor:
    """DDIM run backwards (2010.02502, section 4.3; 2105.05233, appendix F): from images to noise that they come from.

    It ends at the step that sampling starts from, and takes one evaluation less than sampling.

    Args:
        denoiser: predicts x_0, without guidance.
        x: images [N, C, H, W] in [-1, 1]; they are taken for those of step 0, which has next to no noise.

    Returns:
        x_T [N, C, H, W]. :func:`ddim` makes ``x`` of it, the more nearly the more steps there are.
    """
    for step in range(len(denoiser.diffusion) - 1):
        x = invert_step(denoiser, x, step)
    return x


def invert_step(denoiser: Denoiser, x: Tensor, step: int) -> Tensor:
    """One step towards the noise, as guided-diffusion's ``ddim_reverse_sample``; from the last it is noise alone."""
    diffusion = denoiser.diffusion
    x0 = denoiser(x, step).x0
    epsilon = diffusion.predict_noise(x, step, x0)
    signal = diffusion.alphas_cumprod_next[step]
    return x0 * torch.sqrt(signal) + torch.sqrt(1 - signal) * epsilon
