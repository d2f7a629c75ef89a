"""Random numbers that are addressed rather than drawn in turn.

Sample ``index`` of a run has its own key of Philox4x64-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2,
3", SC 2011), and every use of it its own counter. So no number depends on the batch, the process, the device or the
order in which samples are made, and an interrupted run goes on with the numbers that it would have had.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError


class Stream(IntEnum):
    """What a random number is for. The values are part of what a seed means: never renumber them."""

    INITIAL = 0
    """The noise that a diffusion sampler starts from."""
    STEP = 1
    """The noise that it adds at each step."""
    LABEL = 2
    LATENT = 3
    """The latent of a GAN."""
    SUBSET = 4
    """The choice of some of a set of existing images."""
    UPSAMPLER_INITIAL = 5
    """The noise that the second stage of a stack starts from: that of the first would show through."""
    UPSAMPLER_STEP = 6
    """The noise that it adds at each step."""
    FUNCTION = 7
    """The first of the seeds that a function is given."""
    BOUND = 8
    """The noise of each timestep at which the variational bound of an image is taken."""
    ORDER = 9
    """The order of the images in an epoch of training."""
    AUGMENTATION = 10
    """The crop and the mirroring of an image in an epoch of training."""
    TIMESTEP = 11
    """The timestep that an image of a step of training is noised to."""
    TRAINING_NOISE = 12
    """The noise that is added to it."""
    TRAINING_LATENT = 13
    """The latents that a GAN is trained on."""
    TRAINING_LABEL = 14
    """The classes of what it makes of them."""
    SHIFT = 15
    """The shifts of the images that its discriminator sees."""
    TORCH = 16
    """The seeds of PyTorch's own numbers in training: initial weights, and each step's dropout."""
    STATISTICS = 17
    """The latents that a GAN's batch-norm statistics are collected from."""


def standard_normal(
    seed: int, indices: NDArray[np.int64], stream: int, step: int, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Standard normal numbers for each of ``indices``: float32 [n, *shape].

    NumPy's ziggurat is used as it needs the mathematical library so rarely that platforms agree on its bits.

    Raises:
        InputError: the seed is negative or takes over 64 bits.
    """
    values = np.empty((len(indices), *shape), np.float32)
    for row, generator in zip(values, _generators(seed, indices, stream, step), strict=True):
        generator.standard_normal(out=row, dtype=np.float32)
    return values


def random_bits(
    seed: int, indices: NDArray[np.int64], stream: int, step: int, shape: tuple[int, ...]
) -> NDArray[np.uint64]:
    """Uniform 64-bit integers for each of ``indices``: uint64 [n, *shape].

    Raises:
        InputError: the seed is negative or takes over 64 bits.
    """
    values = np.empty((len(indices), math.prod(shape)), np.uint64)
    for row, generator in zip(values, _generators(seed, indices, stream, step), strict=True):
        row[:] = generator.bit_generator.random_raw(len(row))
    return values.reshape(len(indices), *shape)


def truncated_normal(
    seed: int, indices: NDArray[np.int64], stream: int, step: int, shape: tuple[int, ...], bound: float
) -> NDArray[np.float32]:
    """Standard normal numbers, conditioned on lying within ``-bound`` and ``bound``: float32 [n, *shape].

    By the inverse of the distribution function, at one uniform number for each normal one.

    Raises:
        InputError: the seed is negative or takes over 64 bits.
    """
    # Imported here because SciPy takes a tenth of a second that `beatgans list` should not.
    from scipy.special import ndtr, ndtri

    uniform = ((random_bits(seed, indices, stream, step, shape) >> np.uint64(11)) + 0.5) * 2.0**-53
    low, high = ndtr([-bound, bound])
    values: NDArray[np.float64] = ndtri(low + uniform * (high - low))
    return values.astype(np.float32)


def check_seed(seed: int) -> None:
    """Refuses what is no seed.

    Raises:
        InputError: it is negative or takes over 64 bits.
    """
    if not 0 <= seed < 2**64:
        raise InputError(f"seed {seed} is out of range; choose one from 0 to 2**64 - 1")


def _generators(seed: int, indices: NDArray[np.int64], stream: int, step: int) -> Iterator[np.random.Generator]:
    """For each index in turn, a generator that stands at the start of (stream, step); the next index moves it on."""
    check_seed(seed)
    philox = np.random.Philox(key=0)
    generator = np.random.Generator(philox)
    state = philox.state
    # The lowest word counts the blocks of four numbers, so each (stream, step) has 2**64 of them to itself.
    state["state"]["counter"][:] = 0, step, stream, 0
    for index in indices:
        # Setting the state is ten times as fast as a new Philox, which asks the system for entropy and then ignores it.
        state["state"]["key"][:] = seed, index
        philox.state = state
        yield generator
