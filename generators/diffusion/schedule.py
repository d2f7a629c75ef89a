"""Noise schedules, and the choice of the timesteps that a sampler visits.

Everything is NumPy float64 and needs no torch, so that a plan can be checked without loading a model.
"""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...reference_batches import InputError
from .spacing import NOISE_SPACING, space_by_noise, spread_evenly

Table = NDArray[np.float64]


def linear_betas(num_steps: int) -> Table:
    """The linear schedule of DDPM (2006.11239, section 4), rescaled from its 1,000 steps to ``num_steps``: [T]."""
    scale = 1000 / num_steps
    return np.linspace(scale * 0.0001, scale * 0.02, num_steps, dtype=np.float64)


def cosine_betas(num_steps: int) -> Table:
    """The cosine schedule of Improved DDPM (2102.09672, equation 17), with its betas at most 0.999: [T]."""

    def alpha_bar(time: float) -> float:
        return math.cos((time + 0.008) / 1.008 * math.pi / 2) ** 2

    betas = [1 - alpha_bar((i + 1) / num_steps) / alpha_bar(i / num_steps) for i in range(num_steps)]
    return np.minimum(betas, 0.999)


RESPACING = re.compile(r"ddim[1-9][0-9]{0,8}|[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*")
"""One way to write each number, so that equal steps are not taken for different ones."""

MOST_STEPS = 1_000_000
"""That a schedule has: its tables are made whole."""

BETAS: dict[str, Callable[[int], Table]] = {"linear": linear_betas, "cosine": cosine_betas}


def space_timesteps(num_steps: int, respacing: str) -> tuple[int, ...]:
    """Picks the timesteps to visit, ascending, as guided-diffusion's ``--timestep_respacing``.

    Args:
        num_steps: steps of the schedule that the model was trained with.
        respacing: ``"250"`` spreads 250 steps from the first to the last; ``"10,15,20"`` does so in each of three equal
            sections; ``"ddim25"`` takes every k-th from 0 on, for the smallest integer k that gives 25 (2010.02502,
            appendix D.2); ``""`` takes all.

    Raises:
        InputError: the text is none of these, or asks for steps that the schedule cannot give.
    """
    if not respacing:
        return tuple(range(num_steps))
    if not RESPACING.fullmatch(respacing):
        raise InputError(
            f"respacing {respacing[:60]!r} is not understood; write a number of steps, '10,15,20' or 'ddim25'"
        )
    if respacing.startswith("ddim"):
        return _stride_timesteps(num_steps, respacing)
    counts = [int(count) for count in respacing.split(",")]
    size, extra = divmod(num_steps, len(counts))
    timesteps: list[int] = []
    start = 0
    for section, count in enumerate(counts):
        length = size + (section < extra)
        if count > length:
            raise InputError(
                f"respacing {respacing!r} asks for {count} steps of a section of {length}; ask for {length} or fewer"
            )
        timesteps += [start + offset for offset in spread_evenly(length, count)]
        start += length
    return tuple(timesteps)


def _stride_timesteps(num_steps: int, respacing: str) -> tuple[int, ...]:
    """Every k-th timestep, for the smallest k that gives the N of ``"ddimN"``."""
    count = int(respacing.removeprefix("ddim"))
    for stride in range(1, num_steps):
        if len(range(0, num_steps, stride)) == count:
            return tuple(range(0, num_steps, stride))
    possible = stride_counts(num_steps)
    place = bisect.bisect(possible, count)
    nearest = " and ".join(f"ddim{n}" for n in possible[max(place - 1, 0) : place + 1])
    raise InputError(
        f"respacing {respacing!r} has no whole stride through {num_steps} timesteps; the nearest that work: {nearest}"
    )


def stride_counts(num_steps: int) -> list[int]:
    """The N, ascending, for which ``"ddimN"`` works on a schedule of ``num_steps``."""
    return sorted({len(range(0, num_steps, stride)) for stride in range(1, num_steps)})


@dataclass(frozen=True, eq=False)
class Schedule:
    """The variances of a diffusion over the timesteps that a sampler visits, in the symbols of DDPM and ADM.

    All tables are float64 [S], indexed by step: 0 is nearest to the data, S - 1 to the noise.

    Attributes:
        betas: variance that each step adds.
        timesteps: int64 [S], the step's index in the schedule that the model was trained with, ascending.
        num_original_steps: length T of that schedule.
    """

    betas: Table
    timesteps: NDArray[np.int64]
    num_original_steps: int

    @classmethod
    def make(cls, kind: str, num_steps: int, respacing: str = "") -> Schedule:
        """The schedule ``kind`` over ``num_steps``, thinned to ``respacing``; kept steps keep their noise level.

        Besides those of :func:`space_timesteps`, respacings are those of :mod:`.spacing`, such as ``"karras18"``.
        A thinned step's beta is ``1 - alpha_bar[t] / alpha_bar[previous t]`` (2102.09672, section 4).

        Raises:
            InputError: there is no such kind, it is not defined for so few steps, or the respacing cannot be given.
        """
        if kind not in BETAS:
            raise InputError(f"there is no noise schedule named {kind!r}; known are {', '.join(BETAS)}")
        betas = BETAS[kind](num_steps)
        if num_steps < 2 or betas.max() >= 1:
            raise InputError(f"a {kind} schedule of {num_steps} steps would destroy an image at once; use more steps")
        alphas_cumprod = np.cumprod(1 - betas, dtype=np.float64)
        by_noise = NOISE_SPACING.fullmatch(respacing) is not None
        kept = space_by_noise(alphas_cumprod, respacing) if by_noise else space_timesteps(num_steps, respacing)
        timesteps = np.array(kept, dtype=np.int64)
        if len(timesteps) < 2:
            raise InputError(f"respacing {respacing!r} leaves one step, which would start at the data; use two or more")
        alphas_cumprod = alphas_cumprod[timesteps]
        previous = np.append(1.0, alphas_cumprod[:-1])
        return cls(1 - alphas_cumprod / previous, timesteps, num_steps)

    def __len__(self) -> int:
        return len(self.betas)

    @cached_property
    def alphas_cumprod(self) -> Table:
        """Alpha bar: the share of variance that is still signal."""
        return np.cumprod(1 - self.betas, dtype=np.float64)

    @cached_property
    def alphas_cumprod_prev(self) -> Table:
        """Alpha bar one step nearer to the data; 1 at step 0."""
        return np.append(1.0, self.alphas_cumprod[:-1])

    @cached_property
    def alphas_cumprod_next(self) -> Table:
        """Alpha bar one step nearer to the noise; 0 at the last step."""
        return np.append(self.alphas_cumprod[1:], 0.0)

    @cached_property
    def posterior_variance(self) -> Table:
        """Variance of q(x_{t-1} | x_t, x_0) (2006.11239, equation 7); 0 at step 0."""
        return self.betas * (1 - self.alphas_cumprod_prev) / (1 - self.alphas_cumprod)

    @cached_property
    def posterior_log_variance(self) -> Table:
        """Its logarithm, where step 0 repeats step 1, as the logarithm of 0 is of no use."""
        log_variance: Table = np.log(np.append(self.posterior_variance[1], self.posterior_variance[1:]))
        return log_variance

    @cached_property
    def posterior_mean_x0(self) -> Table:
        """Coefficient of x_0 in the mean of q(x_{t-1} | x_t, x_0) (2006.11239, equation 7)."""
        return self.betas * np.sqrt(self.alphas_cumprod_prev) / (1 - self.alphas_cumprod)

    @cached_property
    def posterior_mean_xt(self) -> Table:
        """Coefficient of x_t in the same mean."""
        return (1 - self.alphas_cumprod_prev) * np.sqrt(1 - self.betas) / (1 - self.alphas_cumprod)
