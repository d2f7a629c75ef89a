"""Means and covariances of features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

ROWS_AT_ONCE = 4_096
"""Rows that are held in float64 at one time: 67 MB of 2,048 features."""


class Moments(NamedTuple):
    """The first two moments of features."""

    mean: NDArray[Any]
    """[D], in the type that it was asked for."""
    covariance: NDArray[np.float64]
    """[D, D], divisor n-1."""


def moments(features: NDArray[np.float32], mean_dtype: DTypeLike = np.float64) -> Moments:
    """The mean and the covariance of features [N, D], N > 1.

    With ``mean_dtype`` float32 the mean is accumulated in float32, as NumPy does for float32 features and the original
    evaluator therefore did; the covariance is float64 about the float64 mean either way. The features are never copied
    to float64 whole.
    """
    return Moments(
        mean=np.mean(features, axis=0, dtype=mean_dtype),
        covariance=_scatter(features, float64_mean(features)) / (len(features) - 1),
    )


def moments_without_each(features: NDArray[np.float32], groups: Sequence[slice]) -> Iterator[Moments]:
    """The float64 moments of the features [N, D] that are left when one group of rows is deleted, for each group.

    The sums of the deleted rows are subtracted from the sums of all, about the common mean, so that a replicate costs
    one product of its group and not one of all that is left.
    """
    centre = float64_mean(features)
    scatter = _scatter(features, centre)
    for group in groups:
        deleted = features[group] - centre
        left = len(features) - len(deleted)
        mean = -deleted.sum(axis=0) / left  # the centred features sum to zero
        covariance = (scatter - deleted.T @ deleted - left * np.outer(mean, mean)) / (left - 1)
        yield Moments(centre + mean, covariance)


def float64_mean(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """The mean [D] of features [N, D], accumulated in float64."""
    return np.asarray(np.mean(features, axis=0, dtype=np.float64))


def _scatter(features: NDArray[np.float32], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum [D, D] of the outer products of the rows of features [N, D], less ``centre``, with themselves."""
    scatter = np.zeros((features.shape[1], features.shape[1]))
    for start in range(0, len(features), ROWS_AT_ONCE):
        centred = features[start : start + ROWS_AT_ONCE] - centre
        scatter += centred.T @ centred
    return scatter
