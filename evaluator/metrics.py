"""The metrics by name: what each is called, which way is better, and how it is computed from a comparison.

A metric of one's own is a :class:`Metric`, or a function from a :class:`~.comparison.Comparison` to an
:class:`~.comparison.Estimate` or a number; it is named ``module:object``, or registered as an entry point of the group
``beatgans.metrics``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError, hint
from .comparison import Comparison, Estimate
from .density_coverage import NEIGHBOURS, density_and_coverage
from .frechet import frechet_distance, frechet_distances_without_each
from .frechet_infinity import frechet_infinity
from .inception_score import UNDERFLOW, float32_inception_score, inception_score, inception_scores_without_each
from .kernel_distance import kernel_distance, mean_kernel
from .memorization import authenticity, distances_to_nearest_other
from .per_class import per_class_distance
from .plugins import METRICS as GROUP
from .plugins import load_object, registered
from .statistics import Moments, moments
from .uncertainty import binomial_standard_error

METRICS = ("fid", "sfid", "inception_score", "precision", "recall")
"""Those of ADM, computed where no others are asked for."""
BLOCK = 2_000  # rows of a block of pairs in float64: 32 MB
NO_LOGITS = "the extractor gives no class probabilities"


@dataclass(frozen=True)
class Metric:
    """One way to score samples.

    Attributes:
        name: what it is called in commands and results.
        title: what it is called in tables.
        higher_is_better: whether a higher value is the better one.
        description: one line on what it says.
        measure: from a comparison to the score.
    """

    name: str
    title: str
    higher_is_better: bool
    description: str
    measure: Callable[[Comparison], Estimate]


def fid(c: Comparison) -> Estimate:
    """Fréchet distance of the pooled features."""
    return _frechet(c, c.samples.pool, c.reference.pool)


def sfid(c: Comparison) -> Estimate:
    """Fréchet distance of the spatial features."""
    if c.reference.spatial is None:
        return Estimate(None, reason=c.reference.no_spatial_reason)
    return _frechet(c, c.samples.spatial, c.reference.spatial)


def _frechet(c: Comparison, features: NDArray[np.float32], reference: Moments) -> Estimate:
    own = moments(features, c.protocol.mean_dtype)
    value = frechet_distance(own, reference, c.protocol.trace_term)
    if c.too_few:
        return Estimate(value, reason=c.too_few)
    return Estimate.jackknifed(value, frechet_distances_without_each(features, c.groups, reference, own.covariance))


def inception(c: Comparison) -> Estimate:
    """Inception Score, in chunks of the file's order under the protocol ``adm``."""
    logits, chunk = c.samples.logits, c.protocol.inception_score_chunk
    if not logits.shape[1]:
        return Estimate(None, reason=NO_LOGITS)
    in_float32 = c.protocol.inception_score_dtype == "float32"
    value = (float32_inception_score if in_float32 else inception_score)(logits, chunk)
    if value is None:
        return Estimate(None, reason=UNDERFLOW)
    if c.too_few:
        return Estimate(value, reason=c.too_few)
    return Estimate.jackknifed(value, inception_scores_without_each(logits, chunk, c.groups))


def precision(c: Comparison) -> Estimate:
    """Share of the samples inside a ball of the reference."""
    if c.reference.no_features_reason:
        return Estimate(None, reason=c.reference.no_features_reason)
    both = c.precision_and_recall
    replicates = None if c.too_few else both.precision_without_each
    return Estimate(both.precision, binomial_standard_error(both.precision, len(c.samples)), replicates=replicates)


def recall(c: Comparison) -> Estimate:
    """Share of the reference images inside a ball of the samples."""
    if c.reference.no_features_reason:
        return Estimate(None, reason=c.reference.no_features_reason)
    both = c.precision_and_recall
    if c.too_few:
        return Estimate(both.recall, reason=c.too_few)
    return Estimate.jackknifed(both.recall, both.recall_without_each)


def kid(c: Comparison) -> Estimate:
    """Kernel distance over all pairs."""
    if c.reference.features is None:
        return Estimate(None, reason=c.reference.no_features_reason)
    real = c.reference.features.pool
    own = c.reference.keep("mean kernel", lambda: mean_kernel(real, BLOCK))
    distance = kernel_distance(real, own, c.samples.pool, c.groups, BLOCK)
    return Estimate(distance.value, distance.standard_error, c.too_few, distance.without_each or None)


def density(c: Comparison) -> Estimate:
    """Balls of the reference around a sample, as a share of their neighbours."""
    return _density_or_coverage(c, "density")


def coverage(c: Comparison) -> Estimate:
    """Share of the reference's balls with a sample inside."""
    return _density_or_coverage(c, "coverage")


def _density_or_coverage(c: Comparison, which: str) -> Estimate:
    if c.reference.features is None:
        return Estimate(None, reason=c.reference.no_features_reason)
    if len(c.reference.features) <= NEIGHBOURS:
        return Estimate(None, reason=f"the reference has no more than {NEIGHBOURS} images")
    balls = c.reference.keep("balls of density", lambda: c.reference.radii_to(NEIGHBOURS, "float64"))
    both = density_and_coverage(c.reference.features.pool, balls, c.samples.pool, c.groups, NEIGHBOURS, BLOCK)
    replicates = getattr(both, f"{which}_without_each") or None
    return Estimate(getattr(both, which), getattr(both, f"{which}_standard_error"), c.too_few, replicates)


def fid_infinity(c: Comparison) -> Estimate:
    """FID extrapolated to infinitely many samples."""
    drawn = np.random.default_rng(0).permutation(c.samples.pool)  # parts of a file sorted by class would lack classes
    infinite = frechet_infinity(drawn, c.reference.pool)
    return Estimate(infinite.value, infinite.standard_error, infinite.reason, infinite.without_each or None)


def per_class_fid(c: Comparison) -> Estimate:
    """Mean over the classes of the FID of each."""
    if c.reference.features is None:
        return Estimate(None, reason=c.reference.no_features_reason)
    if c.labels is None or c.reference.labels is None:
        side = "samples" if c.labels is None else "reference images"
        return Estimate(None, reason=f"the {side} have no labels (arr_1)")
    distances = per_class_distance(c.reference.features.pool, c.reference.labels, c.samples.pool, c.labels)
    left_out = distances.left_out
    reason = left_out[0].reason if distances.mean is None and left_out else None
    if distances.mean is not None and left_out:
        reason = f"{len(left_out)} of {len(distances.classes)} classes are left out: {left_out[0].reason}"
    return Estimate(distances.mean, distances.standard_error, reason)


def authpct(c: Comparison) -> Estimate:
    """Percentage of the samples that are no copies of reference images."""
    if c.reference.features is None:
        return Estimate(None, reason=c.reference.no_features_reason)
    real = c.reference.features.pool
    own = c.reference.keep("nearest others", lambda: distances_to_nearest_other(real, BLOCK))
    authentic = authenticity(real, own, c.samples.pool, BLOCK)
    return Estimate(authentic.percentage, authentic.standard_error)


ALL_METRICS = {
    metric.name: metric
    for metric in (
        Metric("fid", "FID", False, "Fréchet distance of the pooled features (1706.08500)", fid),
        Metric("sfid", "sFID", False, "Fréchet distance of spatial features (2103.03841)", sfid),
        Metric("inception_score", "IS", True, "how sure and how varied a classifier is (1606.03498)", inception),
        Metric("precision", "Precision", True, "share of the samples like real images (1904.06991)", precision),
        Metric("recall", "Recall", True, "share of the real images like samples (1904.06991)", recall),
        Metric("kid", "KID", False, "squared kernel distance of the pooled features, all pairs (1801.01401)", kid),
        Metric("density", "Density", True, "real balls around a sample (2002.09797)", density),
        Metric("coverage", "Coverage", True, "share of real balls with a sample inside (2002.09797)", coverage),
        Metric("fid_infinity", "FID∞", False, "FID extrapolated to infinitely many samples (1911.07023)", fid_infinity),
        Metric("per_class_fid", "FID per class", False, "mean of the classes' FIDs; takes labels", per_class_fid),
        Metric("authpct", "AuthPct", True, "percentage of samples that copy no reference image (2102.08921)", authpct),
    )
}


def find_metric(name: str) -> Metric:
    """The metric of that name: built in, ``module:object``, or registered as an entry point.

    Raises:
        InputError: there is none, or it cannot be loaded.
    """
    if name in ALL_METRICS:
        return ALL_METRICS[name]
    if ":" not in name and name not in registered(GROUP):
        raise InputError(f"there is no metric named {name!r}; {hint(name, [*ALL_METRICS, *registered(GROUP)])}")
    found = load_object(name, GROUP, "metric", (Metric,))
    return found if isinstance(found, Metric) else _metric_of(name, found)


def _metric_of(name: str, function: Callable[[Comparison], Estimate | float]) -> Metric:
    """A user's function as a metric; it may say which way is better with an attribute ``higher_is_better``."""

    def measure(comparison: Comparison) -> Estimate:
        try:
            inspect.signature(function).bind(comparison)
        except TypeError as error:
            raise InputError(
                f"the metric {name} must take one argument, a Comparison ({error}); see docs/metrics.md"
            ) from None
        result = function(comparison)
        return result if isinstance(result, Estimate) else Estimate(float(result), reason="the metric gives no error")

    return Metric(
        name, name.rpartition(":")[2], getattr(function, "higher_is_better", False), function.__doc__ or name, measure
    )
