"""Ancestral sampling: one draw from the model's p(x_{t-1} | x_t) after the other."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from ..diffusion.process import Denoiser


def ancestral(denoiser: Denoiser, x: Tensor, noise: Callable[[int], Tensor]) -> Tensor:
    """DDPM's sampler (2006.11239, algorithm 2), with the variance that the denoiser predicts.

    Args:
        denoiser: predicts mean and variance of x_{t-1}.
        x: x_T, standard normal [N, C, H, W].
        noise: gives the standard normal noise of a step, shaped as ``x``. It is not asked for step 0.

    Returns:
        Images [N, C, H, W], nominally in [-1, 1].
    """
    for step in reversed(range(len(denoiser.diffusion))):
        prediction = denoiser(x, step)
        x = prediction.mean
        if step > 0:
            x = x + (0.5 * prediction.log_variance).exp() * noise(step)
    return x
