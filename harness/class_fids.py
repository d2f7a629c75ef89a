"""The FID of each class, for the record of an operating point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..evaluator import Features, PreparedReference
from ..evaluator.per_class import GROUPS, ClassDistance, per_class_distance
from ..reports import ScoreRecord

FEWEST = 2 * GROUPS
"""Images of a class that its distance takes: as many as the jackknife of its standard error does.

Fewer images than features make the distance too high, by as much in all points of a suite, which have as many images of
a class: compare with the real images of the same suite, and with nothing else.
"""


def class_fids(
    reference: PreparedReference, samples: Features, labels: NDArray[np.int64] | None
) -> dict[str, ScoreRecord]:
    """The Fréchet distance of each class by label, in float64; none where samples or reference have no labels."""
    if labels is None or reference.labels is None or reference.features is None:
        return {}
    distances = per_class_distance(reference.features.pool, reference.labels, samples.pool, labels, FEWEST)
    return {str(one.label): _score(one) for one in distances.classes}


def _score(one: ClassDistance) -> ScoreRecord:
    return ScoreRecord(
        value=one.distance,
        standard_error=one.standard_error,
        n=one.samples,
        higher_is_better=False,
        reason=one.reason,
    )
