"""From a shard of seeds to a shard of images, against the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..generators import Generated, Generator, SamplerSettings, labels_of
from ..generators.stopwatch import NETWORK, Stopwatch, sum_of_seconds
from ..reference_batches import Batch
from .plan import Shard

BATCH = "batch"
SAMPLER = "sampler"
"""What is left of a batch's time: the sampler's own arithmetic, and the program around it."""


@dataclass(frozen=True)
class SampledShard:
    """A shard's images and what they cost.

    Attributes:
        batch: the images and labels.
        timings: (images, seconds) of each measured batch; the warm-up is not among them.
        measured_seconds: of the measured batches by kinds of work; empty where the generator does not tell them apart.
        all_seconds: of all batches, the warm-up included; of a generator that does not tell, all are the network's.
        network_evaluations: for each image; None where the generator does not tell.
        classifier_evaluations: for each image; None likewise.
    """

    batch: Batch
    timings: tuple[tuple[int, float], ...]
    measured_seconds: dict[str, float]
    all_seconds: dict[str, float]
    network_evaluations: int | None
    classifier_evaluations: int | None


@dataclass(frozen=True)
class TimedBatch:
    """A batch that was generated against the clock.

    Attributes:
        generated: the images.
        seconds: of the whole batch: between two events of the GPU, or by the clock.
        split: of the batch by kinds of work; empty where the generator does not tell them apart.
    """

    generated: Generated
    seconds: float
    split: dict[str, float]


class TimedSampler:
    """Samples a generator in batches and times each of them.

    The first batch of each kind (samplers, guided or not) in a process pays for allocations and for the choice of
    algorithms. It counts as warm-up: its images are kept and its time is not.
    """

    def __init__(self, generator: Generator, seed: int, labels: str, batch_size: int, device: str = "cpu") -> None:
        """Takes a generator whose work is done on ``device``, ``cpu`` or ``cuda``."""
        self.generator = generator
        self.seed = seed
        self.labels = labels
        self.batch_size = batch_size
        self.device = device
        self._warm: set[tuple[object, ...]] = set()

    def sample(self, settings: SamplerSettings, shard: Shard, advance: Callable[[int], None]) -> SampledShard:
        """Makes the images of a shard, calling ``advance`` with the number of images after each batch."""
        second = settings.upsampler and settings.upsampler.sampler
        kind = (settings.sampler, second, settings.guidance > 0, settings.classifier_free > 0)
        batches, measured = [], []
        for start in range(shard.start, shard.stop, self.batch_size):
            timed = self.time_batch(settings, start, min(start + self.batch_size, shard.stop))
            batches.append(timed)
            if kind in self._warm:
                measured.append(timed)
            self._warm.add(kind)
            advance(len(timed.generated.images))
        last = batches[-1].generated
        labels = self._labels(shard.start, shard.stop) if self.generator.num_classes else None
        return SampledShard(
            Batch(np.concatenate([timed.generated.images for timed in batches]), labels),
            tuple((len(timed.generated.images), timed.seconds) for timed in measured),
            sum_of_seconds(*(timed.split for timed in measured)),
            sum_of_seconds(*(timed.split or {NETWORK: timed.seconds} for timed in batches)),
            last.network_evaluations,
            last.classifier_evaluations,
        )

    def time_batch(self, settings: SamplerSettings, start: int, stop: int) -> TimedBatch:
        """Makes samples ``start`` to ``stop - 1`` as one batch."""
        watch = Stopwatch(on_gpu=self.device == "cuda")
        indices, labels = np.arange(start, stop, dtype=np.int64), self._labels(start, stop)
        with watch.span(BATCH):
            generated = self.generator.generate(self.seed, indices, labels, settings)
        seconds = watch.seconds()[BATCH]
        split = dict(generated.seconds)
        if split:
            split[SAMPLER] = max(0.0, seconds - sum(split.values()))
        return TimedBatch(generated, seconds, split)

    def _labels(self, start: int, stop: int) -> np.ndarray:
        return labels_of(self.generator, self.labels, self.seed, np.arange(start, stop, dtype=np.int64))
