"""The scores of samples against a reference, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError
from .comparison import Comparison
from .features import Features
from .metrics import METRICS, Metric, find_metric
from .prepared_reference import PreparedReference, check_features
from .protocol import find_protocol

FEWEST_GROUPS = 3


@dataclass(frozen=True)
class Score:
    """One metric of one set of samples.

    Attributes:
        value: the score, or None where there is none.
        standard_error: of the value, over other samples of the same generator; None where it is not known.
        n: the number of samples.
        higher_is_better: whether a higher value is the better one.
        reason: why the value or the standard error is None, or what a reader must know of the value; None where there
            is nothing to say.
        replicates: the value without each of the jackknife's groups of samples, in their order; None where they are not
            known. Two sets of samples of the same seeds are compared by the differences of these.
    """

    value: float | None
    standard_error: float | None
    n: int
    higher_is_better: bool
    reason: str | None
    replicates: tuple[float, ...] | None = None


def evaluate(
    reference: Features | PreparedReference,
    samples: Features,
    protocol: str = "adm",
    metrics: Sequence[str | Metric] = METRICS,
    groups: int = 20,
    labels: NDArray[np.int64] | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Score]:
    """Scores samples against a reference.

    Standard errors are those of a delete-group jackknife over contiguous ranges of the samples, and for shares of the
    samples the binomial one. What they leave out is the choice of the reference images and of the generator's training
    seed.

    Args:
        reference: features of the real images; a :class:`PreparedReference` saves work where many samples meet one, and
            can hold statistics in place of features.
        samples: features of the generated images, in the order of their seeds.
        protocol: ``adm`` for the numbers that OpenAI's evaluator gives, ``exact`` for the mathematically exact ones.
        metrics: which metrics, by name or as objects.
        groups: the number of groups of the jackknife.
        labels: int64 [N], the classes that the samples were asked for; metrics of classes need them.
        progress: told the name of each metric before it is computed.

    Returns:
        The scores by metric, in the order asked for.

    Raises:
        InputError: a name is unknown, or the features cannot be compared.
    """
    chosen = [find_metric(metric) if isinstance(metric, str) else metric for metric in metrics]
    prepared = reference if isinstance(reference, PreparedReference) else PreparedReference(reference, protocol)
    _check_request(prepared, samples, protocol, groups)
    comparison = Comparison(prepared, samples, groups, labels)
    scores = {}
    for metric in chosen:
        if progress is not None:
            progress(metric.name)
        estimate = metric.measure(comparison)
        scores[metric.name] = Score(
            estimate.value,
            estimate.standard_error,
            len(samples),
            metric.higher_is_better,
            estimate.reason,
            estimate.replicates,
        )
    return scores


def _check_request(reference: PreparedReference, samples: Features, protocol: str, groups: int) -> None:
    """Raises an :class:`InputError` for what :func:`evaluate` cannot answer."""
    if find_protocol(protocol) != reference.protocol:
        raise InputError(
            f"the reference was prepared for the protocol {reference.protocol.name}; prepare it for {protocol}"
        )
    if groups < FEWEST_GROUPS:
        raise InputError(f"groups is {groups}; a jackknife takes at least {FEWEST_GROUPS}")
    check_features(samples, "samples", reference.protocol)
    widths = {"pool": len(reference.pool.mean)}
    if reference.spatial is not None:
        widths["spatial"] = len(reference.spatial.mean)
    if reference.features is not None and reference.features.logits.shape[1]:
        widths["logits"] = reference.features.logits.shape[1]
    for name, width in widths.items():
        own = getattr(samples, name).shape[1]
        if own != width:
            raise InputError(
                f"the samples have {own:,} {name} features and the reference {width:,}; "
                "extract both with the same extractor"
            )
