r"""Kernel distance (KID): the squared maximum mean discrepancy of two sets of features under a cubic kernel.

.. math:: d^2 = E\,k(x, x') + E\,k(y, y') - 2 E\,k(x, y), \quad k(x, y) = (x \cdot y / D + 1)^3

The expectations are means over all pairs of different rows, so the estimate is unbiased for every number of images,
where the Fréchet distance is too high for few (M. Bińkowski et al., "Demystifying MMD GANs", 2018).
Lower is better. Zero on average for equal distributions, so also negative; no upper bound.

Unbiased means for images drawn one by one. Where every class has as many images by design, the pairs left out
are of one class more often than others, so the estimate is too low, by a share of the spread between the classes that
falls as 1/M + 1/N, and real images may have one below zero by many standard errors. Those say how the value moves with
the samples; near zero the choice of the reference moves it more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError
from .uncertainty import jackknife_standard_error

Array = NDArray[np.float32]

SUBSETS = 100
SUBSET_SIZE = 1_000
SUBSET_SEED = 2020  # torch-fidelity's


class KernelDistance(NamedTuple):
    """A kernel distance over all pairs, and how it moves with the samples."""

    value: float
    """The unbiased estimate, below zero by chance where the sets are alike."""
    without_each: tuple[float, ...]
    """The distance with each group of the samples deleted; none of a single group."""

    @property
    def standard_error(self) -> float | None:
        """The jackknife's; None of a single group."""
        return jackknife_standard_error(self.without_each) if self.without_each else None


class SubsetKernelDistance(NamedTuple):
    """The mean over random subsets, as other tools print it."""

    value: float
    """The mean of the unbiased estimates of the subsets."""
    spread: float
    """Their standard deviation: how much a subset differs from another, and no standard error of the value."""


def mean_kernel(features: Array, block: int) -> float:
    """The mean kernel of all pairs of different rows of features [N, D], N > 1, in float64."""
    return _mean_of_pairs(_sums_within(features, [slice(0, len(features))], block), np.array([len(features)]))


def kernel_distance(
    reference: Array, reference_mean: float, samples: Array, groups: Sequence[slice], block: int
) -> KernelDistance:
    """The kernel distance of samples [N, D] from a reference [M, D] over all pairs, in float64.

    One pass over the pairs gives the sums between the groups; the replicates are additions of these.

    Args:
        reference: features of the real images.
        reference_mean: their :func:`mean_kernel`.
        samples: features of the generated images, at least two in whatever groups are left.
        groups: contiguous ranges that together hold all samples, to delete in turn; one for no replicates.
        block: the most rows of a block of pairs; memory grows with its square.
    """
    sizes = np.array([group.stop - group.start for group in groups])
    within = _sums_within(samples, groups, block)
    across = np.zeros(len(groups))
    for rows in _blocks(slice(0, len(reference)), block):
        U = reference[rows].astype(np.float64)
        for index, group in enumerate(groups):
            for columns in _blocks(group, block):
                across[index] += _kernel(U, samples[columns].astype(np.float64)).sum()

    def distance(kept: NDArray[np.bool_]) -> float:
        own = _mean_of_pairs(within[np.ix_(kept, kept)], sizes[kept])
        return float(reference_mean + own - 2 * across[kept].sum() / (len(reference) * sizes[kept].sum()))

    everything = np.ones(len(groups), dtype=bool)
    each = np.arange(len(groups))
    without_each = [distance(each != index) for index in each] if len(groups) > 1 else []
    return KernelDistance(distance(everything), tuple(without_each))


def subset_kernel_distance(
    reference: Array,
    samples: Array,
    subsets: int = SUBSETS,
    subset_size: int = SUBSET_SIZE,
    seed: int = SUBSET_SEED,
) -> SubsetKernelDistance:
    """The mean kernel distance of random subsets of both sets, for comparison with published numbers.

    The subsets are those that torch-fidelity draws of the same seed, with the samples as its first input; the
    arithmetic is float64 instead of float32. :func:`kernel_distance` uses every pair and needs no seed.

    Raises:
        InputError: a set is smaller than a subset.
    """
    for name, features in (("samples", samples), ("reference", reference)):
        if len(features) < subset_size:
            raise InputError(
                f"the {name} hold {len(features):,} images, fewer than the {subset_size:,} of a subset; "
                "use the kernel distance over all pairs"
            )
    random = np.random.RandomState(seed)
    values = []
    for _ in range(subsets):
        Y = samples[random.choice(len(samples), subset_size, replace=False)]
        X = reference[random.choice(len(reference), subset_size, replace=False)]
        values.append(kernel_distance(X, mean_kernel(X, subset_size), Y, [slice(0, subset_size)], subset_size).value)
    return SubsetKernelDistance(float(np.mean(values)), float(np.std(values)))


def _kernel(U: NDArray[np.float64], V: NDArray[np.float64]) -> NDArray[np.float64]:
    """The kernel [n, m] of U [n, D] and V [m, D]."""
    K = U @ V.T
    K /= U.shape[1]
    K += 1
    K *= K * K  # a power of 3 takes several times as long
    return K


def _sums_within(features: Array, groups: Sequence[slice], block: int) -> NDArray[np.float64]:
    """The sums [G, G] of the kernel over the pairs of different rows of each two groups."""
    pieces = [(index, rows) for index, group in enumerate(groups) for rows in _blocks(group, block)]
    sums = np.zeros((len(groups), len(groups)))
    for position, (row, rows) in enumerate(pieces):
        U = features[rows].astype(np.float64)
        K = _kernel(U, U)
        sums[row, row] += K.sum() - np.trace(K)
        for column, columns in pieces[position + 1 :]:
            total = _kernel(U, features[columns].astype(np.float64)).sum()
            sums[row, column] += total
            sums[column, row] += total
    return sums


def _mean_of_pairs(sums: NDArray[np.float64], sizes: NDArray[np.int64]) -> float:
    """The mean over the pairs of different rows of all groups, from their sums [G, G] and the groups' sizes [G]."""
    n = int(sizes.sum())
    return float(sums.sum() / (n * (n - 1)))


def _blocks(rows: slice, size: int) -> Iterator[slice]:
    """Consecutive ranges of ``size`` rows within a range, the last as short as it must be."""
    return (slice(start, min(start + size, rows.stop)) for start in range(rows.start, rows.stop, size))
