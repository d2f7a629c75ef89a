"""Samples beside a reference: what a metric looks at, and what several metrics share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .distances import DISTANCES
from .features import Features
from .precision_recall import PrecisionRecall, precision_and_recall
from .prepared_reference import PreparedReference
from .uncertainty import contiguous_groups, jackknife_standard_error


class Estimate(NamedTuple):
    """What a metric says."""

    value: float | None
    """The score; None where there is none."""
    standard_error: float | None = None
    """Over other samples of the same generator; None where it is not known."""
    reason: str | None = None
    """Why one of them is None, or what a reader must know of the value; None where there is nothing to say."""
    replicates: tuple[float, ...] | None = None
    """The value without each of the groups of samples in turn; None where it is not known."""

    @classmethod
    def jackknifed(cls, value: float, replicates: Iterable[float]) -> Self:
        """A value with its replicates, and the standard error that follows from them."""
        without_each = tuple(replicates)
        return cls(value, jackknife_standard_error(without_each), replicates=without_each)


class Comparison:
    """Samples against a reference.

    Attributes:
        reference: the real images.
        samples: features of the generated images, in the order of their seeds.
        labels: int64 [N], the classes that the samples were asked for, where they are known.
        protocol: how scores are computed.
        groups: ranges of samples that a jackknife deletes in turn, all of them in one where they are too few.
        too_few: why there can be no jackknife; None where there can.
    """

    def __init__(
        self,
        reference: PreparedReference,
        samples: Features,
        groups: int = 20,
        labels: NDArray[np.int64] | None = None,
    ) -> None:
        self.reference = reference
        self.samples = samples
        self.labels = labels
        self.protocol = reference.protocol
        self.too_few: str | None = None
        self.groups: Sequence[slice] = contiguous_groups(len(samples), groups)
        if len(samples) < 2 * groups:
            self.too_few = f"{len(samples)} samples are too few for a standard error, which takes at least {2 * groups}"
            self.groups = contiguous_groups(len(samples), 1)

    @cached_property
    def precision_and_recall(self) -> PrecisionRecall:
        """Precision and recall; the reference must have features."""
        assert self.reference.features is not None
        return precision_and_recall(
            self.reference.features.pool,
            self.reference.radii,
            self.samples.pool,
            self.groups,
            self.protocol.neighbours,
            DISTANCES[self.protocol.distance_dtype],
            self.protocol.distance_block,
        )
