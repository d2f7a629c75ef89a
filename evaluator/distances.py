"""Squared Euclidean distances between the rows of two sets of features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

LANES = 8  # half-precision numbers that Eigen adds at once on x86
LEAF = 1600  # longest row of half-precision numbers that Eigen adds without halving it
ACCUMULATORS = 4
STRIP = 20_000_000
"""Distances that are held at one time: 80 MB in float32."""
SURELY_FINITE = 60_000
"""Squared lengths up to here cannot overflow float16, whose largest number is 65,504, by the rounding of their sum."""

Array = NDArray[np.float32]


class Distances(ABC):
    """A way to compute the squared distances [n, m] from the rows of U [n, D] to those of V [m, D]."""

    @abstractmethod
    def strips(self, U: Array, V: Array) -> Iterator[tuple[slice, NDArray[Any]]]:
        """The distances a few rows at a time, each with its range of rows, from the first to the last.

        U and V are one block: what is decided for a block is decided for all of its strips.
        """

    def __call__(self, U: Array, V: Array) -> NDArray[Any]:
        """All distances [n, m] at once."""
        return np.concatenate([squared for _, squared in self.strips(U, V)])


class Float16Distances(Distances):
    """Distances in float16, rounded as by TensorFlow on an x86 CPU, on which ADM's evaluator runs; given as float32.

    The rounding is coarse (a squared distance of 300 is known to 0.25 only) and makes ties, which count as inside a
    ball; precision and recall in float32 are lower by thousandths. If any distance is not finite, all of the block are
    float32. A product U.V above 32,752, whose double is infinite, makes a distance of 0, as it does in the original.
    """

    def strips(self, U: Array, V: Array) -> Iterator[tuple[slice, Array]]:
        """The distances a few rows at a time; a block that may overflow is computed twice, once to find out."""
        import torch

        # What float16 cannot hold becomes infinite, which is found below.
        u = torch.from_numpy(np.ascontiguousarray(U)).half()
        v = u if _are_the_same(U, V) else torch.from_numpy(np.ascontiguousarray(V)).half()
        norms_u = _squared_norms(u)
        norms_v = norms_u if v is u else _squared_norms(v)
        longest_u, longest_v = (float(norms.max()) if len(norms) else 0.0 for norms in (norms_u, norms_v))
        if longest_u + 2 * (longest_u * longest_v) ** 0.5 + longest_v < SURELY_FINITE or all(
            bool(torch.isfinite(squared).all()) for _, squared in _half_strips(u, v, norms_u, norms_v)
        ):
            for rows, squared in _half_strips(u, v, norms_u, norms_v):
                yield rows, squared.float().numpy()
        else:
            yield from _float32_strips(U, V)


class Float64Distances(Distances):
    """Distances in float64, zero between equal rows.

    Those that the expansion U.U - 2 U.V + V.V would leave with fewer than about eight digits are computed from the
    differences instead.
    """

    def strips(self, U: Array, V: Array) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """The distances a few rows at a time."""
        v = V.astype(np.float64)
        norms_v = np.square(v).sum(axis=1)
        for rows in _strip_ranges(len(U), len(V)):
            u = U[rows].astype(np.float64)
            norms_u = np.square(u).sum(axis=1)
            squared = u @ v.T
            squared *= -2
            squared += norms_u[:, None]
            squared += norms_v
            near_rows, near_columns = np.nonzero(squared <= 1e-8 * norms_u[:, None])
            for start in range(0, len(near_rows), STRIP // max(1, U.shape[1])):  # of equal rows there may be many
                near = slice(start, start + STRIP // max(1, U.shape[1]))
                differences = u[near_rows[near]] - v[near_columns[near]]
                squared[near_rows[near], near_columns[near]] = np.square(differences).sum(axis=1)
            yield rows, squared


float16_distances = Float16Distances()
float64_distances = Float64Distances()


def float16_squared_norms(u: NDArray[np.float16]) -> NDArray[np.float16]:
    """Squared norms [n] of the rows of u [n, D], added in the order of Eigen's tree reduction.

    Equal to TensorFlow's in every digit for D up to 1,600 and for all multiples of 8 above.
    """
    import torch

    norms: NDArray[np.float16] = _squared_norms(torch.from_numpy(u)).numpy()
    return norms


def _half_strips(
    u: torch.Tensor, v: torch.Tensor, norms_u: torch.Tensor, norms_v: torch.Tensor
) -> Iterator[tuple[slice, torch.Tensor]]:
    """The distances in float16; products are added in float32 and rounded once, then each step is rounded."""
    products = _products_of_one(u) if u is v else _products(u, v)
    for rows, squared in products:
        squared *= -2
        squared += norms_u[rows, None]
        squared += norms_v
        yield rows, squared.clamp_min_(0)


def _products(u: torch.Tensor, v: torch.Tensor) -> Iterator[tuple[slice, torch.Tensor]]:
    """The products of the rows of u with those of v, in strips."""
    transposed = v.float().T
    for rows in _strip_ranges(len(u), len(v)):
        yield rows, (u[rows].float() @ transposed).half()


def _products_of_one(u: torch.Tensor) -> Iterator[tuple[slice, torch.Tensor]]:
    """The products of the rows of u with each other, in strips, each product computed once.

    A strip starts at the diagonal; what is left of it stands above it in the strips before, and is kept for it.
    """
    transposed = u.float().T
    kept = u.new_empty(len(u), len(u))
    for rows in _strip_ranges(len(u), len(u)):
        kept[rows, rows.start :] = transposed[:, rows].T @ transposed[:, rows.start :]
        kept[rows.stop :, rows] = kept[rows, rows.stop :].T
        yield rows, kept[rows].clone()


def _are_the_same(U: Array, V: Array) -> bool:
    """Whether two arrays are one piece of memory."""
    return U.__array_interface__ == V.__array_interface__


def _float32_strips(U: Array, V: Array) -> Iterator[tuple[slice, Array]]:
    """The distances in float32."""
    norms_v = np.square(V).sum(axis=1)
    for rows in _strip_ranges(len(U), len(V)):
        squared = np.square(U[rows]).sum(axis=1)[:, None] - 2 * (U[rows] @ V.T) + norms_v
        yield rows, np.maximum(squared, 0, out=squared)


def _strip_ranges(n: int, m: int) -> Iterator[slice]:
    """Consecutive ranges of n rows of m distances, in strips of about :data:`STRIP` distances."""
    height = max(1, STRIP // max(1, m))
    return (slice(start, min(start + height, n)) for start in range(0, n, height))


def _squared_norms(u: torch.Tensor) -> torch.Tensor:
    """Squared norms [n] of the float16 rows of u [n, D], in float16."""
    return _tree_sum((u * u).T.contiguous())


def _tree_sum(terms: torch.Tensor) -> torch.Tensor:
    """Sums [n] over the first axis of terms [D, n] with every addition rounded to float16, in Eigen's order.

    A long row is halved. A short one is added in vectors of eight lanes: four accumulators take turns, are added to
    each other, then take the vectors that are left; the lanes are added in float32, and the numbers that fill no vector
    join last.
    """
    width, n = terms.shape
    if width > LEAF:
        half = LANES * -(-width // (2 * LANES))
        return _tree_sum(terms[:half]) + _tree_sum(terms[half:])
    vectors = terms[: width - width % LANES].reshape(-1, LANES, n)
    turns = len(vectors) // ACCUMULATORS
    accumulators = terms.new_zeros(ACCUMULATORS, LANES, n)
    for turn in vectors[: turns * ACCUMULATORS].reshape(turns, ACCUMULATORS, LANES, n):
        accumulators += turn
    total = accumulators[0]
    for vector in (*accumulators[1:], *vectors[turns * ACCUMULATORS :]):
        total += vector
    rest = terms.new_zeros(n)
    for term in terms[width - width % LANES :]:
        rest += term
    return rest + total.float().sum(dim=0).half()


DISTANCES: dict[str, Distances] = {"float16": float16_distances, "float64": float64_distances}
"""By the name of their type in a protocol."""
