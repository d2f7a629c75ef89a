"""Warnings of scores that a person would misread, though they are computed as the protocol says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .features import Features
from .inception_score import inception_score
from .prepared_reference import PreparedReference
from .protocol import PROTOCOLS

FEW_REFERENCE_IMAGES = 1_000  # as many as ADM's reference of 512x512 pixels holds
LARGEST_MOVE = 0.01  # of an Inception Score by a change of order; about its standard error for 50,000 images
LARGEST_REPEATED_SHARE = 0.01
LARGEST_PRODUCT = 32_752  # twice as much is infinite in float16
CHUNK = PROTOCOLS["adm"].inception_score_chunk or 0


def find_warnings(labels: NDArray[np.int64] | None, samples: Features, reference: PreparedReference) -> list[str]:
    """What a reader of the scores should know, one sentence each, saying what to do about it.

    Args:
        labels: of the generated images, int64 [N], where they are known.
        samples: their features.
        reference: the real images.
    """
    return [
        *_order(labels, samples.logits),
        *_counts(samples, reference),
        *_variety(samples),
        *_overflow(samples, reference),
    ]


def _order(labels: NDArray[np.int64] | None, logits: NDArray[np.float32]) -> Iterator[str]:
    if labels is not None and labels[0] != labels[-1] and (np.diff(labels) >= 0).all():
        yield (
            "the samples are sorted by class, so the standard errors are those of missing classes; "
            "score a batch file (.npz) of them with images and labels shuffled together"
        )
    if len(logits) <= CHUNK or not logits.shape[1]:
        return  # one chunk, whatever the order; or no score at all
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


def _counts(samples: Features, reference: PreparedReference) -> Iterator[str]:
    counts = [("samples", len(samples))]
    if reference.features is not None:
        counts.append(("reference images", len(reference.features)))
    for name, n in counts:
        if reference.has_statistics and name != "samples":
            continue  # the statistics are of more images than these
        for metric, width in (("FID", samples.pool.shape[1]), ("sFID", samples.spatial.shape[1])):
            if n <= width:
                yield (
                    f"{n:,} {name} are no more than the {width:,} dimensions of {metric}, which is far too high "
                    f"for so few; use more, or compare with nothing but scores of as many"
                )
    if reference.features is not None and len(reference.features) <= FEW_REFERENCE_IMAGES:
        scores = "precision and recall depend" if reference.has_statistics else "the scores depend"
        yield (
            f"{len(reference.features):,} reference images are few, so {scores} on which they are; "
            f"use more than {FEW_REFERENCE_IMAGES:,}"
        )


def _overflow(samples: Features, reference: PreparedReference) -> Iterator[str]:
    if reference.protocol.distance_dtype != "float16" or reference.features is None:
        return
    largest = max(
        float(np.einsum("nd,nd->n", side.pool, side.pool, dtype=np.float64).max())  # without a copy in float64
        for side in (samples, reference.features)
    )
    if largest > LARGEST_PRODUCT:
        yield (
            f"features have squared norms up to {largest:,.0f}, and distances in float16 are wrongly 0 where a product "
            f"exceeds {LARGEST_PRODUCT:,}, as in the original; use the exact protocol for precision and recall"
        )


def _variety(samples: Features) -> Iterator[str]:
    distinct = len({hashlib.sha256(row).digest() for row in np.ascontiguousarray(samples.pool)})
    repeated = len(samples) - distinct
    if distinct == 1:
        yield "the features of all samples are equal, so the scores mean nothing; look at the images"
    elif repeated > LARGEST_REPEATED_SHARE * len(samples):
        yield (
            f"{repeated:,} of {len(samples):,} samples have the very features of another, which lowers recall and "
            f"its standard error; look for repeated images or seeds"
        )
