"""DPM-Solver++: multistep solvers that extrapolate the predicted image (2211.01095)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from ..diffusion.process import Denoiser
from .levels import Levels

FEW_STEPS = 15
"""Below so many steps the order falls towards the end, which keeps the solution stable (2211.01095, appendix)."""


def dpm_solver_plus_plus(denoiser: Denoiser, x: Tensor, order: int = 2, as_published: bool = False) -> Tensor:
    """DPM-Solver++ of order 1 (which is DDIM), 2 or 3 (2211.01095, algorithm 2 and appendix).

    One evaluation a step. The last step ends at the predicted image, as the solution's time is infinite there.

    Args:
        denoiser: predicts x_0.
        x: x_T, standard normal [N, C, H, W].
        order: of convergence; 2 bears guidance better.
        as_published: at order 3, take half of the second derivative, as the authors' code and diffusers do. That brings
            the order of convergence down to 2.

    Returns:
        Images [N, C, H, W], nominally in [-1, 1].
    """
    levels = Levels.of(denoiser.diffusion.schedule)
    steps = len(denoiser.diffusion)
    images: list[Tensor] = []  # predicted, the newest first
    for step in reversed(range(1, steps)):
        images = [denoiser(x, step).x0, *images][:order]
        usable = min(len(images), step + 1 if steps < FEW_STEPS else order)
        times = levels.lambdas[
            step - 1 : step + usable
        ].tolist()  # of the target, of the newest image, and of those before
        x = float(levels.sigmas[step - 1] / levels.sigmas[step]) * x
        weights = multistep_weights(times, float(levels.alphas[step - 1]), as_published)
        for weight, image in zip(weights, images, strict=False):
            x = x + weight * image
    return denoiser(x, 0).x0


def multistep_weights(times: Sequence[float], alpha: float, as_published: bool = False) -> list[float]:
    """What each predicted image, the newest first, adds to a step of order ``len(times) - 1``.

    The exact solution integrates exp(lambda) x_0(lambda) (equation 8); x_0 is replaced by its Taylor polynomial, and
    the derivatives in that by divided differences of the predicted images.

    Args:
        times: lambda of the target, then of each image, the newest first.
        alpha: the target's.
        as_published: see :func:`dpm_solver_plus_plus`.
    """
    step = float(times[0] - times[1])
    decay = float(np.expm1(-step))
    constant = -alpha * decay
    if len(times) == 2:
        return [constant]
    ratio = float(times[1] - times[2]) / step
    if len(times) == 3:
        return [constant * (1 + 0.5 / ratio), -constant * 0.5 / ratio]
    ratio_before = float(times[2] - times[3]) / step
    slope = alpha * (decay / step + 1)
    curvature = -alpha * ((decay + step) / step**2 - 0.5)
    # Divided differences as weights of the images, and from them the two derivatives, in units of the step.
    newer = np.array([1, -1, 0]) / ratio
    older = np.array([0, 1, -1]) / ratio_before
    change = (newer - older) / (ratio + ratio_before)
    first, second = newer + ratio * change, change if as_published else 2 * change
    weights: list[float] = (np.array([constant, 0, 0]) + slope * first + curvature * second).tolist()
    return weights
