"""Warnings of scores that a person would misread, though they are computed as the protocol says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import Batch
from .features import Features
from .inception_score import inception_score
from .protocol import PROTOCOLS

FEWEST_REFERENCE_IMAGES = 1_000
LARGEST_MOVE = 0.01  # of an Inception Score by a change of order; about its standard error for 50,000 images
LARGEST_REPEATED_SHARE = 0.01
CHUNK = PROTOCOLS["adm"].inception_score_chunk or 0


def find_warnings(batch: Batch, samples: Features, reference: Features) -> list[str]:
    """What a reader of the scores should know, one sentence each, saying what to do about it.

    Args:
        batch: the generated images and, where they are known, their labels.
        samples: their features.
        reference: the features of the real images.
    """
    return [*_order(batch.labels, samples.logits), *_counts(samples, reference), *_variety(samples)]


def _order(labels: NDArray[np.int64] | None, logits: NDArray[np.float32]) -> Iterator[str]:
    if labels is not None and labels[0] != labels[-1] and (np.diff(labels) >= 0).all():
        yield (
            "the samples are sorted by class, so the standard errors are those of missing classes; "
            "shuffle the images and labels together"
        )
    if len(logits) <= CHUNK:
        return  # one chunk, whatever the order
    in_order = inception_score(logits, CHUNK)
    shuffled = inception_score(np.random.default_rng(0).permutation(logits), CHUNK)
    if abs(in_order - shuffled) > LARGEST_MOVE * shuffled:
        yield (
            f"the Inception Score is {in_order:.2f} in the order of the file and {shuffled:.2f} in a random one, "
            f"as it is computed in chunks of {CHUNK:,}; shuffle the images"
        )
    if last := len(logits) % CHUNK:
        yield (
            f"the last chunk of the Inception Score holds {last:,} images and counts as much as those of {CHUNK:,}; "
            f"use a multiple of {CHUNK:,} images"
        )


def _counts(samples: Features, reference: Features) -> Iterator[str]:
    for metric, width in (("FID", samples.pool.shape[1]), ("sFID", samples.spatial.shape[1])):
        for name, n in (("samples", len(samples)), ("reference images", len(reference))):
            if n <= width:
                yield (
                    f"{n:,} {name} are no more than the {width:,} dimensions of {metric}, which is far too high "
                    f"for so few; use more, or compare with nothing but scores of as many"
                )
    if len(reference) < FEWEST_REFERENCE_IMAGES:
        yield (
            f"{len(reference):,} reference images are few, so the scores depend on which they are; "
            f"use at least {FEWEST_REFERENCE_IMAGES:,}"
        )


def _variety(samples: Features) -> Iterator[str]:
    distinct = len({row.tobytes() for row in samples.pool})
    repeated = len(samples) - distinct
    if distinct == 1:
        yield "the features of all samples are equal, so the scores mean nothing; look at the images"
    elif repeated > LARGEST_REPEATED_SHARE * len(samples):
        yield (
            f"{repeated:,} of {len(samples):,} samples have the very features of another, which lowers recall and "
            f"its standard error; look for repeated images or seeds"
        )
