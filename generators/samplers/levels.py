"""The levels of signal and noise that the solvers of the probability flow step through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..diffusion.schedule import Schedule


@dataclass(frozen=True)
class Levels:
    """A schedule in the symbols of DPM-Solver (2206.00927): x_t = alpha_t x_0 + sigma_t epsilon.

    All are float64 [S]; index 0 is nearest to the data.
    """

    alphas: NDArray[np.float64]
    sigmas: NDArray[np.float64]
    lambdas: NDArray[np.float64]
    """log(alpha / sigma): half the logarithm of the signal-to-noise ratio, and the solvers' time."""

    @classmethod
    def of(cls, schedule: Schedule) -> Levels:
        """The levels of a schedule's steps."""
        alphas, sigmas = np.sqrt(schedule.alphas_cumprod), np.sqrt(1 - schedule.alphas_cumprod)
        return cls(alphas, sigmas, np.log(alphas / sigmas))
