"""Squared Euclidean distances between the rows of two sets of features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

LANES = 8  # half-precision numbers that Eigen adds at once on x86
LEAF = 1600  # longest row of half-precision numbers that Eigen adds without halving it
ACCUMULATORS = 4

Distances = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[Any]]
"""From U [n, D] and V [m, D] to squared distances [n, m]."""


def float16_distances(U: NDArray[np.float32], V: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared distances [n, m] in float16, rounded as by TensorFlow on an x86 CPU, on which ADM's evaluator runs.

    The rounding is coarse (a squared distance of 300 is known to 0.25 only) and makes ties, which count as inside a
    ball; precision and recall in float32 are lower by thousandths. If any distance is not finite, all of the block are
    float32. A product U.V above 32,752, whose double is infinite, makes a distance of 0, as it does in the original.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        u, v = U.astype(np.float16), V.astype(np.float16)
        D = u.astype(np.float32) @ v.astype(np.float32).T
        _round_to_float16(D)
        D *= -2
        _round_to_float16(D)
        D += float16_squared_norms(u).astype(np.float32)[:, None]
        _round_to_float16(D)
        D += float16_squared_norms(v).astype(np.float32)
        _round_to_float16(D)
        np.maximum(D, 0, out=D)
    if not np.isfinite(D).all():
        D = np.square(U).sum(axis=1)[:, None] - 2 * (U @ V.T) + np.square(V).sum(axis=1)
        np.maximum(D, 0, out=D)
    return D


def float16_squared_norms(u: NDArray[np.float16]) -> NDArray[np.float16]:
    """Squared norms [n] of the rows of u [n, D], added in the order of Eigen's tree reduction.

    Equal to TensorFlow's in every digit for D up to 1,600 and for all multiples of 8 above.
    """
    return _tree_sum(u * u)


def float64_distances(U: NDArray[np.float32], V: NDArray[np.float32]) -> NDArray[np.float64]:
    """Squared distances [n, m] in float64, zero between equal rows.

    Those that the expansion U.U - 2 U.V + V.V would leave with fewer than about eight digits are computed from the
    differences instead.
    """
    u, v = U.astype(np.float64), V.astype(np.float64)
    norms_u, norms_v = np.square(u).sum(axis=1), np.square(v).sum(axis=1)
    squared: NDArray[np.float64] = norms_u[:, None] - 2 * (u @ v.T) + norms_v
    rows, columns = np.nonzero(squared <= 1e-8 * norms_u[:, None])
    squared[rows, columns] = np.square(u[rows] - v[columns]).sum(axis=1)
    return squared


def _round_to_float16(values: NDArray[np.float32]) -> None:
    """Rounds in place to what float16 can hold, infinite where it overflows."""
    values[...] = values.astype(np.float16)


def _tree_sum(terms: NDArray[np.float16]) -> NDArray[np.float16]:
    """Sums [n] of the rows of terms [n, D] with every addition rounded to float16, in Eigen's order.

    A long row is halved. A short one is added in vectors of eight lanes: four accumulators take turns, are added to
    each other, then take the vectors that are left; the lanes are added in float32, and the numbers that fill no vector
    join last.
    """
    n, width = terms.shape
    if width > LEAF:
        half = LANES * -(-width // (2 * LANES))
        return _tree_sum(terms[:, :half]) + _tree_sum(terms[:, half:])
    vectors = terms[:, : width - width % LANES].reshape(n, -1, LANES)
    turns = vectors.shape[1] // ACCUMULATORS
    in_turns = vectors[:, : turns * ACCUMULATORS].reshape(n, turns, ACCUMULATORS, LANES)
    accumulators = _add_in_order(np.moveaxis(in_turns, 1, 0), np.zeros((n, ACCUMULATORS, LANES), np.float16))
    total = _add_in_order(np.moveaxis(accumulators[:, 1:], 1, 0), accumulators[:, 0])
    total = _add_in_order(np.moveaxis(vectors[:, turns * ACCUMULATORS :], 1, 0), total)
    rest = _add_in_order(terms[:, width - width % LANES :].T, np.zeros(n, np.float16))
    rest += total.sum(axis=1, dtype=np.float32).astype(np.float16)
    return rest


def _add_in_order(terms: NDArray[np.float16], start: NDArray[np.float16]) -> NDArray[np.float16]:
    """``start`` plus each of the terms along the first axis in turn."""
    total = start
    for term in terms:
        total = total + term
    return total


DISTANCES: dict[str, Distances] = {"float16": float16_distances, "float64": float64_distances}
"""By the name of their type in a protocol."""
