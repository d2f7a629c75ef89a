"""Which class each sample of a run shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError
from .noise import Stream, random_bits

LABEL_POLICIES = ("balanced", "uniform")


def choose_labels(policy: str, seed: int, indices: NDArray[np.int64], num_classes: int) -> NDArray[np.int64]:
    """The labels of samples ``indices``: int64 [n], each of 0 to ``num_classes - 1``.

    ``"balanced"`` takes the classes in turn, so that any run of consecutive samples is balanced; ``"uniform"`` draws
    each label by itself, as ADM's scripts do.

    Raises:
        InputError: there is no such policy, or the seed is out of range.
    """
    if policy == "balanced":
        return np.asarray(indices, np.int64) % num_classes
    if policy == "uniform":
        bits = random_bits(seed, indices, Stream.LABEL, 0, (1,))[:, 0]
        return (bits % np.uint64(num_classes)).astype(np.int64)
    raise InputError(f"there is no label policy named {policy!r}; known are {', '.join(LABEL_POLICIES)}")
