"""The scores of samples against a reference, each with its uncertainty."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError
from .distances import Distances, float16_distances, float64_distances
from .features import Features
from .frechet import frechet_distance, frechet_distances_without_each
from .inception_score import UNDERFLOW, float32_inception_score, inception_score, inception_scores_without_each
from .precision_recall import PrecisionRecall, precision_and_recall, radii
from .protocol import Protocol, find_protocol
from .statistics import Moments, moments
from .uncertainty import binomial_standard_error, contiguous_groups, jackknife_standard_error

METRICS = ("fid", "sfid", "inception_score", "precision", "recall")
HIGHER_IS_BETTER = {"fid": False, "sfid": False, "inception_score": True, "precision": True, "recall": True}
FEWEST_GROUPS = 3
DISTANCES: dict[str, Distances] = {"float16": float16_distances, "float64": float64_distances}


@dataclass(frozen=True)
class Score:
    """One metric of one set of samples.

    Attributes:
        value: the score, or None where there is none.
        standard_error: of the value, over other samples of the same generator; None where it is not known.
        n: the number of samples.
        higher_is_better: whether a higher value is the better one.
        reason: why the value or the standard error is None; None where both are there.
    """

    value: float | None
    standard_error: float | None
    n: int
    higher_is_better: bool
    reason: str | None


class PreparedReference:
    """A reference, and what every set of samples is compared with: computed when first needed, then kept."""

    def __init__(self, features: Features, protocol: str = "adm") -> None:
        self.features = features
        self.protocol: Protocol = find_protocol(protocol)
        _check_features(features, "reference", self.protocol)

    @cached_property
    def pool(self) -> Moments:
        """The moments of the pooled features."""
        return moments(self.features.pool, self.protocol.mean_dtype)

    @cached_property
    def spatial(self) -> Moments:
        """The moments of the spatial features."""
        return moments(self.features.spatial, self.protocol.mean_dtype)

    @cached_property
    def radii(self) -> NDArray[Any]:
        """The squared radii [N] of the balls around the pooled features."""
        protocol = self.protocol
        distances = DISTANCES[protocol.distance_dtype]
        return radii(self.features.pool, protocol.neighbours, distances, protocol.distance_block)


def evaluate(
    reference: Features | PreparedReference,
    samples: Features,
    protocol: str = "adm",
    metrics: Sequence[str] = METRICS,
    groups: int = 20,
) -> dict[str, Score]:
    """Scores samples against a reference.

    Standard errors are those of a delete-group jackknife over contiguous ranges of the samples, and for precision the
    binomial one. What they leave out is the choice of the reference images and of the generator's training seed.

    Args:
        reference: features of the real images; a :class:`PreparedReference` saves work where many samples meet one.
        samples: features of the generated images, in the order of their seeds.
        protocol: ``adm`` for the numbers that OpenAI's evaluator gives, ``exact`` for the mathematically exact ones.
        metrics: which of :data:`METRICS` to compute.
        groups: the number of groups of the jackknife.

    Returns:
        The scores by metric, in the order asked for.

    Raises:
        InputError: a name is unknown, or the features cannot be compared.
    """
    prepared = reference if isinstance(reference, PreparedReference) else PreparedReference(reference, protocol)
    _check_request(prepared, samples, protocol, metrics, groups)
    comparison = _Comparison(prepared, samples, groups)
    return {metric: comparison.score(metric) for metric in metrics}


class _Comparison:
    """Samples against a reference, one metric at a time."""

    def __init__(self, reference: PreparedReference, samples: Features, groups: int) -> None:
        self.reference = reference
        self.samples = samples
        self.protocol = reference.protocol
        self.too_few: str | None = None
        self.groups = contiguous_groups(len(samples), groups)
        if len(samples) < 2 * groups:
            self.too_few = f"{len(samples)} samples are too few for a standard error, which takes at least {2 * groups}"
            self.groups = contiguous_groups(len(samples), 1)

    def score(self, metric: str) -> Score:
        """The score of one of :data:`METRICS`."""
        measures: dict[str, Callable[[], tuple[float | None, float | None, str | None]]] = {
            "fid": lambda: self._frechet(self.samples.pool, self.reference.pool),
            "sfid": lambda: self._frechet(self.samples.spatial, self.reference.spatial),
            "inception_score": self._inception_score,
            "precision": self._precision,
            "recall": self._recall,
        }
        value, standard_error, reason = measures[metric]()
        return Score(value, standard_error, len(self.samples), HIGHER_IS_BETTER[metric], reason)

    def _frechet(self, features: NDArray[np.float32], reference: Moments) -> tuple[float, float | None, str | None]:
        own = moments(features, self.protocol.mean_dtype)
        value = frechet_distance(own, reference, self.protocol.trace_term)
        if self.too_few:
            return value, None, self.too_few
        return value, jackknife_standard_error(frechet_distances_without_each(features, self.groups, reference)), None

    def _inception_score(self) -> tuple[float | None, float | None, str | None]:
        in_float32 = self.protocol.inception_score_dtype == "float32"
        logits, chunk = self.samples.logits, self.protocol.inception_score_chunk
        value = (float32_inception_score if in_float32 else inception_score)(logits, chunk)
        if value is None:
            return None, None, UNDERFLOW
        if self.too_few:
            return value, None, self.too_few
        return value, jackknife_standard_error(inception_scores_without_each(logits, chunk, self.groups)), None

    def _precision(self) -> tuple[float, float, None]:
        precision = self._precision_and_recall.precision
        return precision, binomial_standard_error(precision, len(self.samples)), None

    def _recall(self) -> tuple[float, float | None, str | None]:
        both = self._precision_and_recall
        if self.too_few:
            return both.recall, None, self.too_few
        return both.recall, jackknife_standard_error(both.recall_without_each), None

    @cached_property
    def _precision_and_recall(self) -> PrecisionRecall:
        return precision_and_recall(
            self.reference.features.pool,
            self.reference.radii,
            self.samples.pool,
            self.groups,
            self.protocol.neighbours,
            DISTANCES[self.protocol.distance_dtype],
            self.protocol.distance_block,
        )


def _check_request(
    reference: PreparedReference, samples: Features, protocol: str, metrics: Sequence[str], groups: int
) -> None:
    """Raises an :class:`InputError` for what :func:`evaluate` cannot answer."""
    for metric in metrics:
        if metric not in METRICS:
            close = difflib.get_close_matches(metric, METRICS)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(METRICS)}"
            raise InputError(f"there is no metric named {metric!r}; {hint}")
    if find_protocol(protocol) != reference.protocol:
        raise InputError(
            f"the reference was prepared for the protocol {reference.protocol.name}; prepare it for {protocol}"
        )
    if groups < FEWEST_GROUPS:
        raise InputError(f"groups is {groups}; a jackknife takes at least {FEWEST_GROUPS}")
    _check_features(samples, "samples", reference.protocol)
    for name in ("pool", "spatial", "logits"):
        width, reference_width = (getattr(side, name).shape[1] for side in (samples, reference.features))
        if width != reference_width:
            raise InputError(
                f"the samples have {width} {name} features and the reference {reference_width}; "
                "extract both with the same extractor"
            )


def _check_features(features: Features, name: str, protocol: Protocol) -> None:
    """Raises an :class:`InputError` for features that no score can be computed from."""
    fewest = protocol.neighbours + 1
    if len(features) < fewest:
        raise InputError(f"the {name} hold features of {len(features)} images; scores take at least {fewest}")
    if not all(np.isfinite(array).all() for array in (features.pool, features.spatial, features.logits)):
        raise InputError(
            f"the features of the {name} are not all finite; look for NaN in the extractor's weights or output"
        )
