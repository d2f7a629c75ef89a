"""From a shard of seeds to a shard of images."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..generators import Generator, choose_labels
from ..reference_batches import Batch
from .plan import Shard
from .points import OperatingPoint


@dataclass(frozen=True)
class MadeShard:
    """A shard's images and what they cost.

    Attributes:
        batch: the images and labels.
        timings: (images, seconds) of each measured batch; the warm-up is not among them.
        network_evaluations: for each image; None for existing images.
        classifier_evaluations: for each image; None for existing images.
    """

    batch: Batch
    timings: tuple[tuple[int, float], ...] = ()
    network_evaluations: int | None = None
    classifier_evaluations: int | None = None


class ShardSource(Protocol):
    """Where the images of an operating point come from."""

    def make(self, point: OperatingPoint, shard: Shard, advance: Callable[[int], None]) -> MadeShard:
        """Makes a shard, calling ``advance`` with the number of images after each batch."""
        ...


class ExistingImages:
    """Images that exist already: a shard is a slice of them."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def make(self, point: OperatingPoint, shard: Shard, advance: Callable[[int], None]) -> MadeShard:
        """See :class:`ShardSource`."""
        images, labels = self.batch
        chosen = slice(shard.start, shard.stop)
        advance(len(shard))
        return MadeShard(Batch(images[chosen], None if labels is None else labels[chosen]))


class SampledImages:
    """Images that a generator makes, in batches, each of them timed.

    The first batch of each kind (guided or not) in a process pays for allocations and for the choice of algorithms. It
    counts as warm-up: its images are kept and its time is not.
    """

    def __init__(self, generator: Generator, seed: int, labels: str, batch_size: int) -> None:
        self.generator = generator
        self.seed = seed
        self.labels = labels
        self.batch_size = batch_size
        self._warm: set[tuple[str | None, bool]] = set()

    def make(self, point: OperatingPoint, shard: Shard, advance: Callable[[int], None]) -> MadeShard:
        """See :class:`ShardSource`."""
        assert point.settings is not None
        kind = (point.settings.sampler, point.settings.guidance > 0)
        indices = np.arange(shard.start, shard.stop, dtype=np.int64)
        labels = choose_labels(self.labels, self.seed, indices, self.generator.num_classes)
        parts, timings = [], []
        for start in range(0, len(shard), self.batch_size):
            chosen = slice(start, start + self.batch_size)
            began = time.perf_counter()
            # The images come as a NumPy array, so a GPU has finished when this returns.
            parts.append(self.generator.generate(self.seed, indices[chosen], labels[chosen], point.settings))
            seconds = time.perf_counter() - began
            if kind in self._warm:
                timings.append((len(parts[-1].images), seconds))
            self._warm.add(kind)
            advance(len(parts[-1].images))
        return MadeShard(
            Batch(np.concatenate([part.images for part in parts]), labels),
            tuple(timings),
            parts[-1].network_evaluations,
            parts[-1].classifier_evaluations,
        )
