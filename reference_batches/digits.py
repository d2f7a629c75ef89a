"""The handwritten digits that ship with scikit-learn: real images that need no download.

1,797 grey images of 8x8 pixels and 17 levels: the test part of the UCI data set, written by 13 of its 43 people
(E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
doi:10.24432/C50P49, CC BY 4.0; the numbers are those of scikit-learn's description). Nothing tells who wrote which, so
held-out digits are of the same writers as the reference.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from .batch_file import Batch

SPLIT_SEED = 2105_05233
HELDOUT_PER_CLASS = 50
GREY_LEVELS = 16  # the brightest pixel's value in scikit-learn's arrays


def digits_reference() -> Batch:
    """The 1,297 digits that models are trained on and scored against, in a fixed shuffled order."""
    return _split()[0]


def digits_heldout() -> Batch:
    """500 digits, 50 of each class in turn, that no model has seen."""
    return _split()[1]


@cache
def _split() -> tuple[Batch, Batch]:
    # Imported here because scikit-learn takes a second that `beatgans list` should not.
    from sklearn.datasets import load_digits

    grey, labels = load_digits(return_X_y=True)
    images = to_rgb(grey.reshape(-1, 8, 8))
    heldout, reference = split_indices(labels, HELDOUT_PER_CLASS, SPLIT_SEED)
    return (
        Batch(images[reference], labels[reference].astype(np.int64)),
        Batch(images[heldout], labels[heldout].astype(np.int64)),
    )


def to_rgb(grey: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Spreads grey values 0..16 over 0..255 and repeats them: [N, H, W] -> uint8 [N, H, W, 3]."""
    levels = np.rint(grey * (255 / GREY_LEVELS)).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=3)


def split_indices(
    labels: NDArray[np.int64], heldout_per_class: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Splits positions into ``heldout_per_class`` of each class, ordered 0, 1, 2, ... in turn, and a shuffled rest.

    The turns make every prefix of the held-out part balanced; RandomState is used because NumPy freezes its streams.
    """
    random = np.random.RandomState(seed % 2**32)
    of_class = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    heldout = np.stack([positions[:heldout_per_class] for positions in of_class], axis=1).reshape(-1)
    rest = np.concatenate([positions[heldout_per_class:] for positions in of_class])
    return heldout, random.permutation(rest)
