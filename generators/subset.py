"""Which of a set of existing images are taken where fewer than all are asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .noise import Stream, random_bits


def choose_subset(number: int, available: int, seed: int) -> NDArray[np.int64]:
    """Positions of ``number`` of ``available`` images, ascending: int64 [min(number, available)].

    Where all are asked for they are all taken, in the order of their file. Fewer are drawn without replacement, as the
    first of a file that is sorted by class would be of one class alone. Each image has its own random number, and those
    of the smallest are taken: a smaller subset is part of a larger one.

    Raises:
        InputError: the seed is out of range.
    """
    positions = np.arange(available, dtype=np.int64)
    if number >= available:
        return positions
    bits = random_bits(seed, positions, Stream.SUBSET, 0, (1,))[:, 0]
    return np.sort(np.argsort(bits, kind="stable")[:number]).astype(np.int64)
