r"""Fréchet distance between Gaussians: FID of pooled features, sFID of spatial ones.

.. math:: d^2 = |\mu_1 - \mu_2|^2 + \mathrm{tr}(\Sigma_1 + \Sigma_2 - 2 (\Sigma_1 \Sigma_2)^{1/2})

D. C. Dowson and B. V. Landau, "The Fréchet distance between multivariate normal distributions", 1982, equation 4;
M. Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium", 2017, equation 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .statistics import Moments, moments_without_each


def frechet_distance(a: Moments, b: Moments, trace_term: str) -> float:
    """The squared Fréchet distance between two Gaussians.

    Args:
        a: the moments of one.
        b: the moments of the other, of the same width.
        trace_term: ``eigenvalues`` or ``nuclear-norm``, see :class:`~beatgans.evaluator.protocol.Protocol`.
    """
    difference = a.mean - b.mean
    trace = {"eigenvalues": _trace_by_eigenvalues, "nuclear-norm": _trace_by_nuclear_norm}[trace_term]
    return float(
        difference.dot(difference)
        + np.trace(a.covariance)
        + np.trace(b.covariance)
        - 2 * trace(a.covariance, b.covariance)
    )


def frechet_distances_without_each(
    features: NDArray[np.float32], groups: Sequence[slice], reference: Moments
) -> Iterator[float]:
    """The distances from a reference to features [N, D] less one group of rows, for each group, in float64.

    The reference's factor F is found once: the eigenvalues of S FF' are those of the symmetric F'SF.
    """
    F = covariance_factor(reference.covariance)
    reference_mean = reference.mean.astype(np.float64)
    reference_trace = np.trace(reference.covariance)
    for mean, S in moments_without_each(features, groups):
        difference = mean - reference_mean
        eigenvalues = np.linalg.eigvalsh(F.T @ S @ F)
        trace = np.sqrt(np.maximum(eigenvalues, 0)).sum()
        yield float(difference.dot(difference) + np.trace(S) + reference_trace - 2 * trace)


def covariance_factor(S: NDArray[np.float64]) -> NDArray[np.float64]:
    """F [D, rank] with FF' = S, for a symmetric positive semi-definite S [D, D].

    Directions whose variance is below the rounding error of the largest are left out: their square roots, eight digits
    larger, would be noise.
    """
    eigenvalues, vectors = np.linalg.eigh(S)
    kept = eigenvalues > eigenvalues[-1] * len(S) * np.finfo(S.dtype).eps
    return np.asarray(vectors[:, kept] * np.sqrt(eigenvalues[kept]))


def _trace_by_eigenvalues(A: NDArray[np.float64], B: NDArray[np.float64]) -> float:
    """Trace of (AB)^1/2 from the eigenvalues of AB: what the original evaluator's matrix square root gives.

    Also where that is not accurate: of fewer images than dimensions both share an error of some 1e-5.
    """
    return float(np.sqrt(np.linalg.eigvals(A @ B).astype(complex)).real.sum())


def _trace_by_nuclear_norm(A: NDArray[np.float64], B: NDArray[np.float64]) -> float:
    """Trace of (AB)^1/2 as the sum of the singular values of F'G, where A = FF' and B = GG'."""
    product = covariance_factor(A).T @ covariance_factor(B)
    return float(np.linalg.svd(product, compute_uv=False).sum()) if product.size else 0.0
