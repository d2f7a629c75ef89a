r"""Memorization: which samples are copies of training images.

A sample is authentic if it is farther from its nearest training image than that image is from its own nearest other
training image; AuthPct is the percentage of authentic samples (A. M. Alaa et al., "How faithful is your synthetic
data?", 2022, on authenticity; G. Stein et al., "Exposing flaws of generative model evaluation metrics", 2023, for
images). From 0 to 100; higher means fewer copies, not better images: noise is authentic to 100 %.

It has no absolute scale: new real images are not all authentic. Of normal features 33 % are in 1 dimension, 50 % in 5
and 82 % in 64 (1,500 training images), so compare with the AuthPct of real images that no model has seen. A reference
that the model was not trained on says nothing of memorization.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .distances import float64_distances
from .precision_recall import radii
from .uncertainty import binomial_standard_error

Array = NDArray[np.float32]


class Nearest(NamedTuple):
    """The nearest training image of each of N images."""

    indices: NDArray[np.int64]
    """[N], the first of several as near."""
    distances: NDArray[np.float64]
    """[N], Euclidean."""


class Authenticity(NamedTuple):
    """Which samples are copies, and of what."""

    percentage: float
    """AuthPct, from 0 to 100."""
    standard_error: float
    """Of the percentage: binomial, as each sample is authentic or not whatever the others are."""
    authentic: NDArray[np.bool_]
    """[N], for each sample."""
    nearest: Nearest
    """The training image that each sample is nearest to, and how near."""


def authenticity(training: Array, training_distances: NDArray[np.float64], samples: Array, block: int) -> Authenticity:
    """The share of samples [N, D] that are no copies of training images [M, D], by exact distances in float64.

    A sample that is just as near to a training image as its neighbour is counts as a copy, and so does one that equals
    a training image, also where the training set holds that twice.

    Args:
        training: features of the images that the generator was trained on, all of them.
        training_distances: their :func:`distances_to_nearest_other`.
        samples: features of the generated images.
        block: the most rows of a block of distances; memory grows with its square.
    """
    nearest = nearest_images(training, samples, block)
    authentic = nearest.distances > training_distances[nearest.indices]
    share = float(authentic.mean())
    return Authenticity(100 * share, 100 * binomial_standard_error(share, len(samples)), authentic, nearest)


def distances_to_nearest_other(training: Array, block: int) -> NDArray[np.float64]:
    """The Euclidean distances [M] of training images [M, D], M > 1, to the nearest of the others."""
    return np.asarray(np.sqrt(radii(training, 1, float64_distances, block)), dtype=np.float64)


def nearest_images(training: Array, samples: Array, block: int) -> Nearest:
    """The training image [M, D] that each of the samples [N, D] is nearest to, by exact search.

    Args:
        training: features of the training images.
        samples: features of the generated images.
        block: the most rows of a block of distances; memory grows with its square.
    """
    indices = np.zeros(len(samples), dtype=np.int64)
    smallest = np.full(len(samples), np.inf)
    for column in range(0, len(samples), block):
        columns = slice(column, column + block)
        for start in range(0, len(training), block):
            squared = float64_distances(training[start : start + block], samples[columns])
            candidates = squared.argmin(axis=0)
            least = np.take_along_axis(squared, candidates[None], axis=0)[0]
            nearer = least < smallest[columns]
            smallest[columns] = np.where(nearer, least, smallest[columns])
            indices[columns] = np.where(nearer, start + candidates, indices[columns])
    return Nearest(indices, np.sqrt(smallest))
