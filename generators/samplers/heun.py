"""EDM's sampler: Heun's method over noise levels, with noise added anew where it is asked for (2206.00364)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from ..diffusion.process import Denoiser
from ..diffusion.spacing import noise_levels


def heun(
    denoiser: Denoiser,
    x: Tensor,
    noise: Callable[[int], Tensor],
    steps: Sequence[int] | None = None,
    raised: Sequence[int] | None = None,
    churn_noise: float = 1.0,
) -> Tensor:
    """EDM's stochastic sampler (2206.00364, algorithm 2); its deterministic one (algorithm 1) where nothing is raised.

    Two evaluations a step, but one at the last, which ends at the predicted image.

    Args:
        denoiser: predicts x_0.
        x: x_T, standard normal [N, C, H, W].
        noise: gives the standard normal noise of a step, shaped as ``x``; asked for where the level is raised.
        steps: the steps of the denoiser's schedule to visit, ascending; by default all.
        raised: for each of them the step whose noise level its images are first raised to, as
            :func:`~.churn.raised_timesteps` gives them; by default itself.
        churn_noise: S_noise, the standard deviation of the noise that raises them.

    Returns:
        Images [N, C, H, W], nominally in [-1, 1].
    """
    schedule = denoiser.diffusion.schedule
    steps = range(len(schedule)) if steps is None else steps
    raised = steps if raised is None else raised
    scales, levels = np.sqrt(schedule.alphas_cumprod), noise_levels(schedule.alphas_cumprod)

    def denoise(y: Tensor, step: int) -> Tensor:
        return denoiser(float(scales[step]) * y, step).x0

    y = x / float(scales[steps[-1]])  # image plus noise of the step's level: EDM's variable
    for number in reversed(range(len(steps))):
        step, start = steps[number], raised[number]
        if start != step:
            y = y + float(levels[start] ** 2 - levels[step] ** 2) ** 0.5 * churn_noise * noise(number)
        image = denoise(y, start)
        if number == 0:
            break
        end = steps[number - 1]
        distance = float(levels[end] - levels[start])
        slope = (y - image) / float(levels[start])
        euler = y + distance * slope
        # Second order: the mean of the slopes at both ends.
        slope_at_end = (euler - denoise(euler, end)) / float(levels[end])
        y = y + distance / 2 * (slope + slope_at_end)
    return image
