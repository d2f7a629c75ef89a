"""Means and covariances of features that come in pieces, in memory that does not grow with their number."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..reference_batches import InputError
from .statistics import Moments


class RunningMoments:
    """The sums from which :func:`~.statistics.moments` follows, added up piece by piece.

    The float32 mean is to the bit that of all features at once (of more than one dimension): NumPy adds the rows of
    an array in their order, and so does this. The covariance is summed in float64 about the mean of the first piece,
    which agrees with the one of all features at once as far as float64 rounds.
    """

    def __init__(self) -> None:
        self.number = 0

    def add(self, features: NDArray[np.float32]) -> None:
        """Adds features [N, D], N > 0."""
        if self.number == 0:
            width = features.shape[1]
            self._sum32 = np.zeros(width, np.float32)
            self._shift: NDArray[np.float64] = np.mean(features, axis=0, dtype=np.float64)
            self._sum: NDArray[np.float64] = np.zeros(width)
            self._scatter: NDArray[np.float64] = np.zeros((width, width))
        self.number += len(features)
        self._sum32 = np.add.reduce(np.concatenate([self._sum32[None], features]), axis=0, dtype=np.float32)
        shifted = features - self._shift
        self._sum += shifted.sum(axis=0)
        self._scatter += shifted.T @ shifted

    def moments(self, mean_dtype: DTypeLike = np.float64) -> Moments:
        """The mean, float32 or float64, and the covariance of all features added, divisor n-1.

        Raises:
            InputError: there are fewer than two.
        """
        if self.number < 2:
            raise InputError(f"a covariance takes at least 2 images, and here is {self.number}; give more")
        offset = self._sum / self.number  # of the mean from the shift
        covariance = (self._scatter - self.number * np.outer(offset, offset)) / (self.number - 1)
        if np.dtype(mean_dtype) == np.float32:
            return Moments(self._sum32 / np.float32(self.number), covariance)
        return Moments(self._shift + offset, covariance)
