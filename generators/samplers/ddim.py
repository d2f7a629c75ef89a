"""Denoising diffusion implicit models: fewer steps, and no noise between them unless it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
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
    alpha_bar, alpha_bar_prev = diffusion.schedule.alphas_cumprod, diffusion.schedule.alphas_cumprod_prev
    sigmas = eta * np.sqrt((1 - alpha_bar_prev) / (1 - alpha_bar) * (1 - alpha_bar / alpha_bar_prev))
    for step in reversed(range(len(diffusion))):
        x0 = denoiser(x, step).x0
        epsilon = diffusion.predict_noise(x, step, x0)
        sigma, signal = float(sigmas[step]), float(alpha_bar_prev[step])
        x = signal**0.5 * x0 + (1 - signal - sigma**2) ** 0.5 * epsilon
        if sigma > 0:
            x = x + sigma * noise(step)
    return x
