"""Which of a set of existing images are taken where fewer than all are asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .noise import Stream, random_bits


def choose_subset(number: int, available: int, seed: int, labels: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Positions of ``number`` of ``available`` images, ascending: int64 [min(number, available)].

    Where all are asked for they are all taken, in the order of their file. Fewer are drawn without replacement, as the
    first of a file that is sorted by class would be of one class alone. Each image has its own random number, and those
    of the smallest are taken: a smaller subset is part of a larger one.

    Args:
        number: how many are asked for.
        available: how many there are.
        seed: of the run.
        labels: int64 [available] where the subset is to have the classes in equal numbers, as far as there are so many.

    Raises:
        InputError: the seed is out of range.
    """
    positions = np.arange(available, dtype=np.int64)
    if number >= available:
        return positions
    bits = random_bits(seed, positions, Stream.SUBSET, 0, (1,))[:, 0]
    if labels is None:
        order = np.argsort(bits, kind="stable")
    else:
        order = np.lexsort((bits, _ranks_within_classes(bits, labels)))
    return np.sort(order[:number]).astype(np.int64)


def _ranks_within_classes(bits: NDArray[np.uint64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each image, how many of its class have a smaller number: int64 [n]."""
    ranks = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        ranks[members[np.argsort(bits[members], kind="stable")]] = np.arange(len(members))
    return ranks
