"""Precision and recall of generated images: how many are like real ones, and how much of the real variety they cover.

Each set is the union of balls around its points that reach to their third nearest neighbour (T. Kynkäänniemi et al.,
"Improved precision and recall metric for assessing generative models", 2019, equations 1 and 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .distances import Distances

Array = NDArray[np.float32]


class PrecisionRecall(NamedTuple):
    """Precision and recall, and how they move with the samples."""

    precision: float
    """Share of the samples inside the ball of a reference image."""
    recall: float
    """Share of the reference images inside the ball of a sample."""
    recall_without_each: tuple[float, ...]
    """The recall with each group of the samples deleted."""
    precision_without_each: tuple[float, ...]
    """The precision with each group of the samples deleted; empty for a single group, of which nothing is left."""


def radii(features: Array, neighbours: int, distances: Distances, block: int) -> NDArray[Any]:
    """Squared distances [N] from each of the features [N, D] to its neighbour of that rank, the nearest being 1."""
    nearest = _nearest_of_each_group(features, [slice(0, len(features))], neighbours, distances, block)
    return nearest[:, 0, neighbours]


def precision_and_recall(
    reference: Array,
    reference_radii: NDArray[Any],
    samples: Array,
    groups: Sequence[slice],
    neighbours: int,
    distances: Distances,
    block: int,
) -> PrecisionRecall:
    """Precision and recall of samples [N, D] against a reference [M, D].

    Args:
        reference: features of the real images.
        reference_radii: their :func:`radii`, in the same distances.
        samples: features of the generated images, more than ``neighbours`` of them in whatever groups are left.
        groups: ranges of samples to delete in turn, which together hold all of them; one for no replicates.
        neighbours: which neighbour a ball reaches to.
        distances: the squared distances, reference first.
        block: the side of the blocks that distances are computed in; memory grows with its square.
    """
    sample_radii = _radii_without_each(samples, groups, neighbours, distances, block)
    inside_reference = np.zeros(len(samples), dtype=bool)
    inside_samples = np.zeros((len(sample_radii), len(reference)), dtype=bool)
    for rows in _blocks(len(reference), block):
        for columns in _blocks(len(samples), block):
            balls = sample_radii[:, columns]
            largest = balls.max(axis=0)
            for strip, squared in distances.strips(reference[rows], samples[columns]):
                first = rows.start + strip.start
                edges = reference_radii[first : first + len(squared), None].astype(squared.dtype)
                inside_reference[columns] |= (squared <= edges).any(axis=0)
                # Few pairs are near enough for any of the replicates; only these are compared with each.
                near = np.flatnonzero(squared <= largest.astype(squared.dtype))
                near_rows, near_columns = np.divmod(near, squared.shape[1])
                near_squared = squared[near_rows, near_columns]
                for inside, ball in zip(inside_samples, balls, strict=True):
                    inside[first + near_rows[near_squared <= ball[near_columns]]] = True
    recall, *recall_without_each = (float(inside.mean()) for inside in inside_samples)
    precision_without_each = _shares_without_each(inside_reference, groups) if len(groups) > 1 else ()
    return PrecisionRecall(float(inside_reference.mean()), recall, tuple(recall_without_each), precision_without_each)


def _shares_without_each(inside: NDArray[np.bool_], groups: Sequence[slice]) -> tuple[float, ...]:
    """The share of samples inside [N] that is left when one group is deleted, for each group."""
    total, n = int(inside.sum()), len(inside)
    return tuple((total - int(inside[group].sum())) / (n - (group.stop - group.start)) for group in groups)


def _radii_without_each(
    samples: Array, groups: Sequence[slice], neighbours: int, distances: Distances, block: int
) -> NDArray[Any]:
    """Radii [1 + G, N] of the samples: of all of them, then with each of the G groups deleted.

    A deleted sample's radius is -1, which nothing is inside of. A single group is not deleted: nothing would be left.
    """
    nearest = _nearest_of_each_group(samples, groups, neighbours, distances, block)
    sample_radii = [_kth_smallest(nearest, neighbours)]
    for index, group in enumerate(groups if len(groups) > 1 else ()):
        without = _kth_smallest(np.delete(nearest, index, axis=1), neighbours)
        without[group] = -1
        sample_radii.append(without)
    return np.stack(sample_radii)


def _nearest_of_each_group(
    features: Array, groups: Sequence[slice], neighbours: int, distances: Distances, block: int
) -> NDArray[Any]:
    """The smallest distances [N, G, neighbours + 1] from each row to the rows of each group, to itself included.

    Infinite where a group has fewer rows. Whichever groups are left, the nearest of all are among the nearest of each.
    """
    nearest = np.full((len(features), len(groups), neighbours + 1), np.inf, dtype=np.float64)
    for rows in _blocks(len(features), block):
        for columns in _blocks(len(features), block):
            for strip, squared in distances.strips(features[rows], features[columns]):
                here = slice(rows.start + strip.start, rows.start + strip.stop)
                for index, group in enumerate(groups):
                    start = max(group.start - columns.start, 0)
                    end = min(group.stop - columns.start, squared.shape[1])
                    if start < end:
                        smallest = _smallest(squared[:, start:end], neighbours + 1)
                        candidates = np.concatenate([nearest[here, index], smallest], axis=1)
                        nearest[here, index] = np.partition(candidates, neighbours, axis=1)[:, : neighbours + 1]
    nearest.sort(axis=2)
    return nearest


def _smallest(squared: NDArray[Any], count: int) -> NDArray[Any]:
    """The ``count`` smallest of each row of distances [n, m], or all of them where there are fewer, in any order."""
    import torch

    smallest = torch.topk(torch.from_numpy(squared), min(count, squared.shape[1]), dim=1, largest=False, sorted=False)
    values: NDArray[Any] = smallest.values.numpy()
    return values


def _kth_smallest(nearest: NDArray[Any], k: int) -> NDArray[Any]:
    """The entry of rank k, counted from 0, among all groups' distances [N, G, k + 1] of each row."""
    return np.partition(nearest.reshape(len(nearest), -1), k, axis=1)[:, k]


def _blocks(n: int, size: int) -> Iterator[slice]:
    """Consecutive ranges of ``size``, the last cut off at n."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
