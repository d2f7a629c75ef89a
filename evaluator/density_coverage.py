r"""Density and coverage: how thickly the samples lie where real images are, and how many real images they reach.

.. math::
    \mathrm{density} = \frac{1}{k N} \sum_j \sum_i 1[|y_j - x_i| < r_i], \quad
    \mathrm{coverage} = \frac{1}{M} \sum_i 1[\min_j |y_j - x_i| < r_i]

with N samples y, M reference images x and r_i the distance of x_i to its k-th nearest other reference image
(M. F. Naeem et al., "Reliable fidelity and diversity metrics for generative models", 2020, section 3; k = 5).
Higher is better for both. Density is from 0 without an upper bound, coverage from 0 to 1. Where samples and reference
are of one distribution their expectations are 1 and :func:`expected_coverage`, whatever the distribution.

All balls are about reference images, so that one odd sample, which may enlarge recall by a huge ball, does little here.
A sample on the edge of a ball is outside, as in the authors' code (precision and recall of this package count it as
inside, as ADM does): so the density of a set against itself is 1, and an image that the reference holds more than k
times has a ball of no size, which nothing is inside of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .distances import float64_distances
from .uncertainty import jackknife_standard_error

Array = NDArray[np.float32]

NEIGHBOURS = 5


class DensityCoverage(NamedTuple):
    """Density and coverage, and how they move with the samples."""

    density: float
    """How many balls a sample is inside of, on average, as a share of ``neighbours``."""
    coverage: float
    """Share of the reference images with a sample inside their ball."""
    density_without_each: tuple[float, ...]
    """The density with each group of the samples deleted; none of a single group."""
    coverage_without_each: tuple[float, ...]
    """The coverage with each group of the samples deleted; none of a single group."""

    @property
    def density_standard_error(self) -> float | None:
        """The jackknife's; None of a single group."""
        return jackknife_standard_error(self.density_without_each) if self.density_without_each else None

    @property
    def coverage_standard_error(self) -> float | None:
        """The jackknife's; None of a single group."""
        return jackknife_standard_error(self.coverage_without_each) if self.coverage_without_each else None


def density_and_coverage(
    reference: Array,
    reference_radii: NDArray[np.float64],
    samples: Array,
    groups: Sequence[slice],
    neighbours: int,
    block: int,
) -> DensityCoverage:
    """Density and coverage of samples [N, D] against a reference [M, D], in float64.

    Deleting samples moves no ball, so the counts of one pass, kept by group, give the replicates.

    Args:
        reference: features of the real images.
        reference_radii: the squared distances [M] to their neighbours of rank ``neighbours``, from
            :func:`~beatgans.evaluator.precision_recall.radii` with float64 distances.
        samples: features of the generated images.
        groups: contiguous ranges that together hold all samples, to delete in turn; one for no replicates.
        neighbours: which neighbour a ball reaches to, customarily :data:`NEIGHBOURS`.
        block: the most rows of a block of distances; memory grows with its square.
    """
    inside = np.zeros(len(groups), dtype=np.int64)  # pairs of a ball and a sample inside it
    covers = np.zeros((len(groups), len(reference)), dtype=bool)
    for rows in _blocks(slice(0, len(reference)), block):
        for index, group in enumerate(groups):
            for columns in _blocks(group, block):
                within = float64_distances(reference[rows], samples[columns]) < reference_radii[rows, None]
                inside[index] += np.count_nonzero(within)
                covers[index, rows] |= within.any(axis=1)
    sizes = np.array([group.stop - group.start for group in groups])
    covering = covers.sum(axis=0)
    each = range(len(groups)) if len(groups) > 1 else ()
    left = [(inside.sum() - inside[index], len(samples) - sizes[index]) for index in each]
    return DensityCoverage(
        density=float(inside.sum() / (neighbours * len(samples))),
        coverage=float((covering > 0).mean()),
        density_without_each=tuple(float(count / (neighbours * n)) for count, n in left),
        coverage_without_each=tuple(float((covering > covers[index]).mean()) for index in each),
    )


def expected_coverage(reference: int, samples: int, neighbours: int) -> float:
    """The coverage to expect of samples of the reference's own distribution.

    A ball is empty if the nearest k of all other images are reference images, each choice being as likely as another:
    the paper's result, about 1 - 2^-k for as many samples as reference images.

    Args:
        reference: the number of reference images.
        samples: the number of samples.
        neighbours: k, less than ``reference``.
    """
    return 1 - comb(reference - 1, neighbours) / comb(reference - 1 + samples, neighbours)


def _blocks(rows: slice, size: int) -> Iterator[slice]:
    """Consecutive ranges of ``size`` rows within a range, the last as short as it must be."""
    return (slice(start, min(start + size, rows.stop)) for start in range(rows.start, rows.stop, size))
