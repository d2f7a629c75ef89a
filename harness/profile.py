"""What images cost, from what the journal says of the shards they were made in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np

from ..generators.stopwatch import GUIDANCE, NETWORK, NOISE, TRANSFER, sum_of_seconds
from ..reports import ProfileRecord, SplitRecord, WorkRecord
from .journal import ShardEvent
from .timed_sampler import SAMPLER

EXISTING_IMAGES = "the images exist already and are not sampled"
UNTOLD_EVALUATIONS = "another program makes the images and does not tell its network evaluations"
ONLY_WARM_UP = "the only batch was the warm-up; sample more images or in smaller batches"
NOT_TOLD_APART = "another program makes the images and does not tell where its time goes"
NOT_COUNTED = "the operations of another program's networks are not known"
NOT_RECORDED = "the images were sampled by a version that did not record it"
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
        **speed(timings),
        batch_size=batch_sizes.pop() if len(batch_sizes) == 1 else None,
        network_evaluations=shards[0].network_evaluations,
        classifier_evaluations=shards[0].classifier_evaluations,
        peak_memory_bytes=max(peaks, default=None),
        reason="; ".join(filter(None, reasons)) or None,
        work=_work_record(shards, int(timings[:, 0].sum())),
    )


def _work_record(shards: Sequence[ShardEvent], num_measured: int) -> WorkRecord:
    """What an image takes, and where its time goes, over ``num_measured`` images of measured batches."""
    flops = shards[0].flops_per_image
    if all(shard.writing_seconds is None for shard in shards):
        return WorkRecord(flops_per_image=flops, split=None, reason=NOT_RECORDED)
    written = [(shard.num_images or 0, shard.writing_seconds or 0.0) for shard in shards]
    writing = sum(seconds for _, seconds in written) / max(1, sum(images for images, _ in written))
    split = split_record(sum_of_seconds(*(shard.measured_seconds for shard in shards)), num_measured, writing)
    reasons = [
        NOT_COUNTED if flops is None else None,
        None if split is not None else NOT_TOLD_APART if num_measured else ONLY_WARM_UP,
    ]
    return WorkRecord(flops_per_image=flops, split=split, reason="; ".join(filter(None, reasons)) or None)


def split_record(seconds: Mapping[str, float], num_images: int, writing: float) -> SplitRecord | None:
    """Where the time of an image goes.

    Args:
        seconds: of all measured batches, by kinds of work; empty where they are not told apart.
        num_images: of these batches.
        writing: seconds of writing an image.
    """
    if not seconds:
        return None
    kinds = (NETWORK, GUIDANCE, NOISE, TRANSFER, SAMPLER)
    return SplitRecord(**{kind: seconds.get(kind, 0.0) / num_images for kind in kinds}, writing=writing)


class Speed(TypedDict, total=False):
    """The fields of a profile that say how fast it went."""

    seconds_per_image: float
    seconds_per_image_p10: float
    seconds_per_image_p90: float
    images_per_second: float


def speed(timings: np.ndarray) -> Speed:
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
