"""Timesteps that are chosen by how noisy their images are. Needs no torch."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...reference_batches import InputError

LOWEST_LOG_SNR = -5.1
"""Of alpha / sigma, in its natural logarithm: where sampling starts. A linear schedule ends there by itself; the last
timesteps of a cosine schedule are so near to pure noise that a predicted image is the network's error times thousands
(DPM-Solver clips there too: 2211.01095, appendix)."""
RHO = 7.0
"""The curvature of EDM's scale of noise levels (2206.00364, equation 5)."""

NOISE_SPACING = re.compile(r"(uniform|logsnr|karras)([1-9][0-9]{0,8})")
"""``uniform10``, ``logsnr10``, ``karras10``: evenly in time, in the logarithm of the noise level, or in EDM's scale."""


def noise_levels(alphas_cumprod: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard deviation of the noise, in units of the image, at each timestep: sqrt((1 - abar) / abar)."""
    levels: NDArray[np.float64] = np.sqrt((1 - alphas_cumprod) / alphas_cumprod)
    return levels


def space_by_noise(alphas_cumprod: NDArray[np.float64], respacing: str) -> tuple[int, ...]:
    """Timesteps, ascending, from 0 to the last whose log-SNR is at least :data:`LOWEST_LOG_SNR`.

    Args:
        alphas_cumprod: of all timesteps that the model was trained with.
        respacing: a text of :data:`NOISE_SPACING`.

    Raises:
        InputError: two of the steps would fall on one timestep; the message names the nearest number that works.
    """
    match = NOISE_SPACING.fullmatch(respacing)
    assert match is not None
    spread, count = SPREADS[match[1]], int(match[2])
    levels = noise_levels(alphas_cumprod)
    last = int(np.searchsorted(np.log(levels), -LOWEST_LOG_SNR, side="right")) - 1
    levels = levels[: last + 1]
    if count <= len(levels):
        timesteps = spread(levels, count)
        if len(timesteps) == count:
            return timesteps
    nearest = next(n for n in range(min(count - 1, len(levels)), 0, -1) if len(spread(levels, n)) == n)
    raise InputError(
        f"respacing {respacing!r} would visit a timestep twice; the nearest that works is {match[1]}{nearest}"
    )


def spread_evenly(length: int, count: int) -> list[int]:
    """``count`` offsets from 0 to ``length - 1``, by accumulating a fractional stride and rounding half to even."""
    stride = (length - 1) / (count - 1) if count > 1 else 1.0
    offsets, position = [], 0.0
    for _ in range(count):
        offsets.append(round(position))
        position += stride  # accumulated, not multiplied: the last bits decide some roundings
    return offsets


def _uniform(levels: NDArray[np.float64], count: int) -> tuple[int, ...]:
    return tuple(spread_evenly(len(levels), count))


def _logarithmic(levels: NDArray[np.float64], count: int) -> tuple[int, ...]:
    return _nearest(levels, np.geomspace(levels[0], levels[-1], count))


def _karras(levels: NDArray[np.float64], count: int) -> tuple[int, ...]:
    return _nearest(levels, np.linspace(levels[0] ** (1 / RHO), levels[-1] ** (1 / RHO), count) ** RHO)


SPREADS: dict[str, Callable[[NDArray[np.float64], int], tuple[int, ...]]] = {
    "uniform": _uniform,
    "logsnr": _logarithmic,
    "karras": _karras,
}
"""By name, each giving as many timesteps as asked for, or fewer where some coincide."""


def _nearest(levels: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[int, ...]:
    """The timesteps whose noise levels have the nearest logarithms."""
    logarithms = np.log(levels)
    above = np.clip(np.searchsorted(logarithms, np.log(wanted)), 1, len(levels) - 1)
    is_lower = np.log(wanted) - logarithms[above - 1] < logarithms[above] - np.log(wanted)
    return _distinct(above - is_lower)


def _distinct(timesteps: NDArray[np.generic]) -> tuple[int, ...]:
    return tuple(int(timestep) for timestep in np.unique(timesteps))
