"""From a shard of seeds to a shard of images, against the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..generators import Generator, SamplerSettings, labels_of
from ..reference_batches import Batch
from .plan import Shard


@dataclass(frozen=True)
class SampledShard:
    """A shard's images and what they cost.

    Attributes:
        batch: the images and labels.
        timings: (images, seconds) of each measured batch; the warm-up is not among them.
        network_evaluations: for each image; None where the generator does not tell.
        classifier_evaluations: for each image; None likewise.
    """

    batch: Batch
    timings: tuple[tuple[int, float], ...]
    network_evaluations: int | None
    classifier_evaluations: int | None


class TimedSampler:
    """Samples a generator in batches and times each of them.

    The first batch of each kind (sampler, guided or not) in a process pays for allocations and for the choice of
    algorithms. It counts as warm-up: its images are kept and its time is not.
    """

    def __init__(self, generator: Generator, seed: int, labels: str, batch_size: int) -> None:
        self.generator = generator
        self.seed = seed
        self.labels = labels
        self.batch_size = batch_size
        self._warm: set[tuple[str | None, bool]] = set()

    def sample(self, settings: SamplerSettings, shard: Shard, advance: Callable[[int], None]) -> SampledShard:
        """Makes the images of a shard, calling ``advance`` with the number of images after each batch."""
        kind = (settings.sampler, settings.guidance > 0)
        indices = np.arange(shard.start, shard.stop, dtype=np.int64)
        labels = labels_of(self.generator, self.labels, self.seed, indices)
        parts, timings = [], []
        for start in range(0, len(shard), self.batch_size):
            chosen = slice(start, start + self.batch_size)
            began = time.perf_counter()
            # The images come as a NumPy array, so a GPU has finished when this returns.
            parts.append(self.generator.generate(self.seed, indices[chosen], labels[chosen], settings))
            seconds = time.perf_counter() - began
            if kind in self._warm:
                timings.append((len(parts[-1].images), seconds))
            self._warm.add(kind)
            advance(len(parts[-1].images))
        return SampledShard(
            Batch(np.concatenate([part.images for part in parts]), labels if self.generator.num_classes else None),
            tuple(timings),
            parts[-1].network_evaluations,
            parts[-1].classifier_evaluations,
        )
