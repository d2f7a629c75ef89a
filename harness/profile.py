"""What images cost, from what the journal says of the shards they were made in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..reports import ProfileRecord
from .journal import ShardEvent

EXISTING_IMAGES = "the images exist already and are not sampled"
UNTOLD_EVALUATIONS = "another program makes the images and does not tell its network evaluations"
ONLY_WARM_UP = "the only batch was the warm-up; sample more images or in smaller batches"
UNEQUAL_BATCHES = "its shards were sampled in batches of different sizes"


def profile_record(shards: Sequence[ShardEvent]) -> ProfileRecord:
    """The profile of one operating point.

    The time of an image is that of its batch over the batch's images. Median and percentiles are over batches, the
    throughput is that of all of them together.
    """
    if shards[0].batch_size is None:
        return ProfileRecord(reason=EXISTING_IMAGES)
    timings = np.array([timing for shard in shards for timing in shard.timings]).reshape(-1, 2)
    peaks = [shard.peak_memory_bytes for shard in shards if shard.peak_memory_bytes is not None]
    batch_sizes = {shard.batch_size for shard in shards}
    reasons = [
        ONLY_WARM_UP if not len(timings) else None,
        UNEQUAL_BATCHES if len(batch_sizes) > 1 else None,
        UNTOLD_EVALUATIONS if shards[0].network_evaluations is None else None,
        next((shard.peak_memory_reason for shard in shards if shard.peak_memory_reason), None) if not peaks else None,
    ]
    return ProfileRecord(
        **_speed(timings),
        batch_size=batch_sizes.pop() if len(batch_sizes) == 1 else None,
        network_evaluations=shards[0].network_evaluations,
        classifier_evaluations=shards[0].classifier_evaluations,
        peak_memory_bytes=max(peaks, default=None),
        reason="; ".join(filter(None, reasons)) or None,
    )


def _speed(timings: np.ndarray) -> dict[str, float]:
    """The speeds of measured batches [n, (images, seconds)]; none where there are no batches."""
    if not len(timings):
        return {}
    images, seconds = timings.T
    p10, median, p90 = np.percentile(seconds / images, [10, 50, 90])
    return {
        "seconds_per_image": float(median),
        "seconds_per_image_p10": float(p10),
        "seconds_per_image_p90": float(p90),
        "images_per_second": float(images.sum() / seconds.sum()),
    }
