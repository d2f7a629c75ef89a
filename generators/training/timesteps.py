"""Which timestep an image of a step of training is noised to (2102.09672, section 3.3)."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

HISTORY = 10
"""Losses of each timestep that are remembered, as in the paper."""
UNIFORM_SHARE = 0.001
"""Of the draws that are uniform all the same, so that no timestep is forgotten; guided-diffusion's ``uniform_prob``."""


class TimestepSampler(Protocol):
    """A distribution over the timesteps of a schedule."""

    def probabilities(self) -> NDArray[np.float64]:
        """Float64 [T], which add up to 1."""
        ...

    def update(self, steps: NDArray[np.int64], losses: NDArray[np.float64]) -> None:
        """Learns the losses [N] that images at timesteps [N] had."""
        ...

    def state(self) -> dict[str, Tensor]:
        """What it has learnt."""
        ...

    def load(self, state: dict[str, Tensor]) -> None:
        """Takes what :meth:`state` gave."""
        ...


def draw(probabilities: NDArray[np.float64], uniform: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
    """Timesteps by the inverse of their distribution function, and what their losses are to be multiplied by.

    The weight of timestep t is 1 / (T p_t), so that the mean of the weighted losses is what it is for a uniform draw.

    Args:
        probabilities: [T].
        uniform: numbers in [0, 1), float64 [N].

    Returns:
        int64 [N] and float32 [N].
    """
    cumulative = np.cumsum(probabilities)
    # The last sum may be a rounding off 1.
    steps = np.searchsorted(cumulative[:-1], uniform * cumulative[-1], side="right")
    weights = 1 / (len(probabilities) * probabilities[steps])
    return torch.from_numpy(steps.astype(np.int64)), torch.from_numpy(weights.astype(np.float32))


class UniformTimesteps:
    """All timesteps alike."""

    def __init__(self, num_steps: int) -> None:
        self._probabilities = np.full(num_steps, 1 / num_steps)

    def probabilities(self) -> NDArray[np.float64]:
        """See :class:`TimestepSampler`."""
        return self._probabilities

    def update(self, steps: NDArray[np.int64], losses: NDArray[np.float64]) -> None:
        """Learns nothing."""

    def state(self) -> dict[str, Tensor]:
        """Nothing."""
        return {}

    def load(self, state: dict[str, Tensor]) -> None:
        """Takes nothing."""


class LossSecondMoment:
    """p_t proportional to the root of the mean square of the last ten losses at t (2102.09672, equation 18).

    Uniform until every timestep has ten.
    """

    def __init__(self, num_steps: int) -> None:
        self.losses = np.zeros((num_steps, HISTORY))
        self.counts = np.zeros(num_steps, np.int64)

    @property
    def is_warm(self) -> bool:
        """Whether all timesteps have their history."""
        return bool((self.counts >= HISTORY).all())

    def probabilities(self) -> NDArray[np.float64]:
        """See :class:`TimestepSampler`."""
        num_steps = len(self.counts)
        if not self.is_warm:
            return np.full(num_steps, 1 / num_steps)
        roots = np.sqrt((self.losses**2).mean(axis=1))
        shares: NDArray[np.float64] = roots / roots.sum()
        return shares * (1 - UNIFORM_SHARE) + UNIFORM_SHARE / num_steps

    def update(self, steps: NDArray[np.int64], losses: NDArray[np.float64]) -> None:
        """Puts each loss behind those of its timestep, whose oldest is forgotten."""
        for step, loss in zip(steps.tolist(), losses.tolist(), strict=True):
            if self.counts[step] < HISTORY:
                self.losses[step, self.counts[step]] = loss
                self.counts[step] += 1
            else:
                self.losses[step, :-1] = self.losses[step, 1:]
                self.losses[step, -1] = loss

    def state(self) -> dict[str, Tensor]:
        """The histories."""
        return {"losses": torch.from_numpy(self.losses.copy()), "counts": torch.from_numpy(self.counts.copy())}

    def load(self, state: dict[str, Tensor]) -> None:
        """Takes the histories."""
        self.losses = state["losses"].numpy().copy()
        self.counts = state["counts"].numpy().copy()
