r"""Fréchet distance between Gaussians: FID of pooled features, sFID of spatial ones.

.. math:: d^2 = |\mu_1 - \mu_2|^2 + \mathrm{tr}(\Sigma_1 + \Sigma_2 - 2 (\Sigma_1 \Sigma_2)^{1/2})

D. C. Dowson and B. V. Landau, "The Fréchet distance between multivariate normal distributions", 1982, equation 4;
M. Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium", 2017, equation 6.

The trace of the square root is the sum of the square roots of the eigenvalues of AB, where A and B are the covariances.
With B = FF' these are the eigenvalues of F'AF too, which is symmetric, and whose eigenvalues cost a fraction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .statistics import Moments, float64_mean, moments

AGREEMENT = 1e-7
"""The share of a distance by which the symmetric eigenvalues may miss it, at most, to stand for the original's."""
SHARE_OF_BOUND = 1 / 32
LARGE = 512
"""The width from which on the eigenvalues take longer than to limit the threads, which takes milliseconds."""

Array = NDArray[np.float64]


class Factor(NamedTuple):
    """A factor F of a symmetric positive semi-definite S = FF'."""

    matrix: Array
    """[D, rank]."""
    triangular: bool
    """Whether the matrix is a lower triangle, by which it takes half the work to multiply."""


def frechet_distance(a: Moments, b: Moments, trace_term: str) -> float:
    """The squared Fréchet distance between two Gaussians.

    Args:
        a: the moments of one.
        b: the moments of the other, of the same width; of two it should be the one of more images.
        trace_term: ``eigenvalues`` or ``nuclear-norm``, see :class:`~beatgans.evaluator.protocol.Protocol`.
    """
    difference = a.mean - b.mean
    rest = float(difference.dot(difference) + np.trace(a.covariance) + np.trace(b.covariance))
    if trace_term == "nuclear-norm":
        return rest - 2 * _trace_by_nuclear_norm(a.covariance, b.covariance)
    A, B = _without_constant_features(a.covariance, b.covariance)
    trace, error = _trace_by_symmetric_eigenvalues(A, B)
    if not 2 * error <= AGREEMENT * (rest - 2 * trace):
        trace = _trace_by_eigenvalues(A, B)
    return rest - 2 * trace


def frechet_distances_without_each(
    features: NDArray[np.float32],
    groups: Sequence[slice],
    reference: Moments,
    covariance: Array | None = None,
) -> Iterator[float]:
    """The distances from a reference to features [N, D] less one group of rows, for each group, in float64.

    The features are multiplied by the reference's factor F, after which F'SF, whose eigenvalues are wanted, is a
    covariance like any other: that of all, less the part of the deleted rows.

    Args:
        features: the features of the samples.
        groups: the ranges of rows to delete in turn.
        reference: the moments of the reference.
        covariance: that of all the features, where it is known already.
    """
    factor = _factor(reference.covariance)
    reference_mean = reference.mean.astype(np.float64)
    reference_trace = np.trace(reference.covariance)
    centre = float64_mean(features)
    S = moments(features).covariance if covariance is None else covariance
    scatter_trace = np.trace(S) * (len(features) - 1)
    projected_scatter = _congruent(S, factor) * (len(features) - 1)
    for group in groups:
        deleted = features[group] - centre
        left = len(features) - len(deleted)
        mean = -deleted.sum(axis=0) / left  # the centred features sum to zero
        trace = (scatter_trace - np.vdot(deleted, deleted) - left * mean.dot(mean)) / (left - 1)
        projected, projected_mean = _project(deleted, factor), _project(mean[None], factor)
        M = projected_scatter - projected.T @ projected - left * projected_mean.T * projected_mean
        difference = centre + mean - reference_mean
        roots = np.sqrt(np.maximum(_symmetric_eigenvalues(M / (left - 1)), 0))
        yield float(difference.dot(difference) + trace + reference_trace - 2 * roots.sum())


def covariance_factor(S: Array) -> Array:
    """F [D, rank] with FF' = S, for a symmetric positive semi-definite S [D, D].

    Directions whose variance is below the rounding error of the largest are left out: their square roots, eight digits
    larger, would be noise.
    """
    eigenvalues, vectors = np.linalg.eigh(S)
    kept = eigenvalues > eigenvalues[-1] * _rounding(S)
    return np.asarray(vectors[:, kept] * np.sqrt(eigenvalues[kept]))


def _factor(S: Array) -> Factor:
    """The triangular factor of S where it has one to working accuracy, else :func:`covariance_factor`."""
    triangle = _triangular_factor(S)
    return Factor(covariance_factor(S), False) if triangle is None else Factor(triangle, True)


def _triangular_factor(S: Array) -> Array | None:
    """The lower triangle F of a symmetric S = FF', or None where S is singular or nearly so."""
    try:
        triangle = np.linalg.cholesky(S)
    except np.linalg.LinAlgError:
        return None
    pivots = np.square(triangle.diagonal())
    return np.asarray(triangle) if pivots.min(initial=np.inf) > S.diagonal().max(initial=0) * _rounding(S) else None


def _project(rows: Array, factor: Factor) -> Array:
    """The product [n, rank] of rows [n, D] and a factor F."""
    if not factor.triangular:
        return rows @ factor.matrix
    # BLAS counts by columns: what it is given are the transposes, and so is what it gives.
    return np.asarray(_linalg().blas.dtrmm(1.0, factor.matrix.T, np.ascontiguousarray(rows).T).T)


def _congruent(S: Array, factor: Factor) -> Array:
    """F'SF [rank, rank] of a symmetric S [D, D] and a factor F."""
    half = _project(S, factor).T
    if not factor.triangular:
        return half @ factor.matrix
    return np.asarray(_linalg().blas.dtrmm(1.0, factor.matrix.T, half, side=1, trans_a=1, overwrite_b=1))


def _symmetric_eigenvalues(M: Array) -> Array:
    """The eigenvalues of a symmetric M, ascending. M may be overwritten.

    On one thread: half of the work is bound by memory and gains little from more, and loses much to them where other
    programs keep the cores busy.
    """
    if not M.size:
        return np.zeros(0)
    with threadpool_limits(1, "blas") if len(M) >= LARGE else nullcontext():
        return np.asarray(_linalg().eigh(M, eigvals_only=True, driver="evr", check_finite=False, overwrite_a=True))


def _linalg() -> Any:
    """SciPy's linear algebra, imported when it is needed: help and lists import this room and need none of it."""
    from scipy import linalg

    return linalg


def _without_constant_features(A: Array, B: Array) -> tuple[Array, Array]:
    """Both covariances less the features that do not vary in one of them: of those AB has no eigenvalue but zero."""
    varying = (A.diagonal() > 0) & (B.diagonal() > 0)
    return (A, B) if varying.all() else (A[np.ix_(varying, varying)], B[np.ix_(varying, varying)])


def _trace_by_symmetric_eigenvalues(A: Array, B: Array) -> tuple[float, float]:
    """Trace of (AB)^1/2 from the eigenvalues of F'AF, and how far that of :func:`_trace_by_eigenvalues` may be from it.

    Rounding moves each eigenvalue by up to about the largest times the rounding error, and so its square root by that
    over twice the root. In trials at condition numbers of 1e4 to 1e10 the two traces differed by :data:`SHARE_OF_BOUND`
    of the sum of these at most, as most of it cancels, besides the rounding of the sum itself. Infinite where an
    eigenvalue is not known to be positive, for instance of fewer images than dimensions: there the original's value is
    off by some 1e-5 itself, and only its own way leads to it.
    """
    F = _triangular_factor(B) if np.array_equal(A, A.T) and np.array_equal(B, B.T) else None
    if F is None:
        return 0.0, np.inf
    eigenvalues = _symmetric_eigenvalues(_congruent(A, Factor(F, True)))
    if eigenvalues.min(initial=np.inf) <= 0:
        return 0.0, np.inf
    roots = np.sqrt(eigenvalues)
    trace = roots.sum()
    bound = np.finfo(np.float64).eps * eigenvalues.max(initial=0) * (0.5 / roots).sum()
    return float(trace), float(SHARE_OF_BOUND * bound + _rounding(A) * trace)


def _trace_by_eigenvalues(A: Array, B: Array) -> float:
    """Trace of (AB)^1/2 from the eigenvalues of AB: what the original evaluator's matrix square root gives.

    Also where that is not accurate: of fewer images than dimensions both share an error of some 1e-5.
    """
    return float(np.sqrt(np.linalg.eigvals(A @ B).astype(complex)).real.sum())


def _trace_by_nuclear_norm(A: Array, B: Array) -> float:
    """Trace of (AB)^1/2 as the sum of the singular values of F'G, where A = FF' and B = GG'."""
    product = covariance_factor(A).T @ covariance_factor(B)
    return float(np.linalg.svd(product, compute_uv=False).sum()) if product.size else 0.0


def _rounding(S: Array) -> float:
    """The share of the largest eigenvalue of S below which one is lost to rounding."""
    return float(len(S) * np.finfo(np.float64).eps)
