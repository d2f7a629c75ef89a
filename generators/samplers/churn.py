"""Where EDM's sampler raises the noise of its images before a step (2206.00364, algorithm 2). Needs no torch."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def raised_timesteps(
    levels: NDArray[np.float64],
    timesteps: NDArray[np.int64],
    churn: float,
    lowest: float = 0.0,
    highest: float = math.inf,
) -> tuple[int, ...]:
    """For each visited timestep the one whose level the noise is raised to: itself where nothing is added.

    A model of discrete timesteps knows no level between them, so the nearest is taken, as EDM's ``round_sigma`` does.

    Args:
        levels: the noise level sqrt((1 - abar) / abar) of every timestep of the model, ascending.
        timesteps: those that the sampler visits, ascending.
        churn: S_churn, shared among all steps; each raises the level by a factor of sqrt(2) at most.
        lowest: S_min, the level from which on noise is added.
        highest: S_max, the level up to which it is.
    """
    factor = 1 + min(churn / len(timesteps), math.sqrt(2) - 1)
    return tuple(
        max(int(timestep), int(np.abs(levels - levels[timestep] * factor).argmin()))
        if lowest <= levels[timestep] <= highest
        else int(timestep)
        for timestep in timesteps
    )


def evaluated_timesteps(timesteps: NDArray[np.int64], raised: tuple[int, ...]) -> tuple[int, ...]:
    """All timesteps at which Heun's method evaluates the model, in order: each step's start and end, but the last's.

    Args:
        timesteps: the visited ones, ascending.
        raised: what :func:`raised_timesteps` made of them.
    """
    order: list[int] = []
    for step in reversed(range(len(timesteps))):
        order.append(raised[step])
        if step > 0:
            order.append(int(timesteps[step - 1]))
    return tuple(order)
