"""The division of an operating point's samples into shards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shard:
    """A fixed range of samples: the unit of work and of resume. Who makes it, and when, changes nothing about it.

    Attributes:
        index: its place among the point's shards.
        start: its first sample.
        stop: the sample after its last.
    """

    index: int
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


def plan_shards(num_images: int, shard_size: int) -> tuple[Shard, ...]:
    """Cuts samples 0 to ``num_images - 1`` into shards; the last may be short."""
    starts = range(0, num_images, shard_size)
    return tuple(Shard(index, start, min(start + shard_size, num_images)) for index, start in enumerate(starts))
