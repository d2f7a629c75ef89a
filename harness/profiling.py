"""The measurement behind ``beatgans profile``: operating points timed one after the other, in this process alone."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..generators import Generator, SamplerSettings, find_model, load_generator
from ..generators.computation import FAST, Computation
from ..generators.operations import known_cost, operations
from ..generators.stopwatch import Stopwatch, sum_of_seconds
from ..reference_batches import Batch, InputError
from ..reports.record import Setting
from ..reports.speed_profile import BatchSpeedRecord, ProfiledPointRecord, TriedBatchRecord
from .batch_size import BatchTrials, fastest, try_batch_sizes
from .environment import cpu_megahertz
from .identity import flat_settings
from .memory import PeakMemory, enough_memory, measure_peak_memory
from .nvml import open_meter
from .points import OperatingPoint
from .profile import NOT_COUNTED, NOT_TOLD_APART, UNTOLD_EVALUATIONS, speed, split_record
from .shard_maker import WRITING
from .shards import write_shard
from .timed_sampler import TimedBatch, TimedSampler

SEED = 0
LABELS = "balanced"
UNTOLD_CLOCK = "the system does not tell the processor's clock"
UNTOLD_PARAMETERS = "another program makes the images and does not tell its parameters"


@dataclass(frozen=True)
class ProfileOptions:
    """How to measure.

    Attributes:
        device: ``cpu`` or ``cuda``.
        batch_size: images made at once.
        repeats: batches measured of each size, after one to warm up.
        computation: how the networks of diffusion models are computed.
    """

    device: str
    batch_size: int
    repeats: int
    computation: Computation = FAST


@dataclass(frozen=True)
class _Measured:
    """Batches of one size.

    Attributes:
        warm_up: seconds of the first one, which is not among the others.
        batches: those after it.
        peak: of the memory while they were made.
        joules: of the GPU meanwhile; None where it is not known.
        clocks: right after them.
    """

    warm_up: float
    batches: Sequence[TimedBatch]
    peak: PeakMemory
    joules: float | None
    clocks: dict[str, Setting]

    @property
    def num_images(self) -> int:
        """Of the measured batches."""
        return sum(len(batch.generated.images) for batch in self.batches)

    @property
    def speed(self) -> BatchSpeedRecord:
        """How fast they were."""
        timings = np.array([(len(batch.generated.images), batch.seconds) for batch in self.batches])
        return BatchSpeedRecord(batch_size=int(timings[0, 0]), repeats=len(timings), **speed(timings))


class Profiler:
    """Profiles operating points, keeping the last model and the batch sizes that were found fastest."""

    def __init__(self, options: ProfileOptions) -> None:
        self.options = options
        self.meter, self.no_meter = open_meter(options.device)
        self._generator = lru_cache(maxsize=1)(self._load)
        self._tried: dict[tuple[object, ...], dict[int, float | None]] = {}

    def profile(self, point: OperatingPoint) -> ProfiledPointRecord:
        """Measures a point that is sampled.

        Raises:
            InputError: a model's weights are missing or damaged.
            RunError: the GPU's memory does not hold the batches asked for.
        """
        assert point.settings is not None
        assert point.entry is not None
        generator, settings = self._generator(point.named), point.settings
        used = self._measure(generator, settings, self.options.batch_size)
        tried = self._try_batch_sizes(point, generator, settings)
        best_size = fastest(tried)
        best = used if best_size == self.options.batch_size else self._measure(generator, settings, best_size)
        made = used.batches[0].generated
        split = split_record(
            sum_of_seconds(*(batch.split for batch in used.batches)), used.num_images, self._writing_seconds(used)
        )
        flops = operations(point.entry, settings, known_cost)
        reasons = {
            "num_parameters": UNTOLD_PARAMETERS if generator.num_parameters is None else None,
            "network_evaluations": UNTOLD_EVALUATIONS if made.network_evaluations is None else None,
            "classifier_evaluations": UNTOLD_EVALUATIONS if made.classifier_evaluations is None else None,
            "flops_per_image": NOT_COUNTED if flops is None else None,
            "split": NOT_TOLD_APART if split is None else None,
            "peak_memory_bytes": used.peak.reason if used.peak.bytes is None else None,
            "joules_per_image": self.no_meter,
            "clocks.cpu": UNTOLD_CLOCK if used.clocks["cpu"] is None else None,
        }
        return ProfiledPointRecord(
            id=point.id,
            model=point.model,
            settings=flat_settings(settings),
            num_parameters=generator.num_parameters,
            network_evaluations=made.network_evaluations,
            classifier_evaluations=made.classifier_evaluations,
            flops_per_image=flops,
            warm_up_seconds=used.warm_up,
            used=used.speed,
            best=max(used.speed, best.speed, key=lambda one: one.images_per_second),
            tried=tuple(
                TriedBatchRecord(batch_size=size, images_per_second=throughput) for size, throughput in tried.items()
            ),
            split=split,
            peak_memory_bytes=used.peak.bytes,
            joules_per_image=None if used.joules is None else used.joules / used.num_images,
            clocks=used.clocks,
            reasons={field: reason for field, reason in reasons.items() if reason is not None},
        )

    def _load(self, model: str) -> Generator:
        takes = find_model(model).takes_computation
        return load_generator(model, self.options.device, computation=self.options.computation if takes else FAST)

    def _measure(self, generator: Generator, settings: SamplerSettings, batch_size: int) -> _Measured:
        """Makes the same batch again and again."""
        sampler = TimedSampler(generator, SEED, LABELS, batch_size, self.options.device)
        with enough_memory(batch_size):
            warm_up = sampler.time_batch(settings, 0, batch_size)
            with measure_peak_memory(self.options.device) as peak:
                before = self.meter.joules() if self.meter else None
                batches = [sampler.time_batch(settings, 0, batch_size) for _ in range(self.options.repeats)]
                joules = None if self.meter is None or before is None else self.meter.joules() - before
        return _Measured(warm_up.seconds, batches, peak, joules, self._clocks())

    def _clocks(self) -> dict[str, Setting]:
        return {"cpu": cpu_megahertz(), **(self.meter.clocks() if self.meter else {})}

    def _try_batch_sizes(
        self, point: OperatingPoint, generator: Generator, settings: SamplerSettings
    ) -> dict[int, float | None]:
        """The throughput of each batch size, tried once for points that differ in steps and scales alone."""
        second = settings.upsampler.sampler if settings.upsampler else None
        guided = settings.guidance > 0, settings.classifier_free > 0
        key = (point.named, settings.sampler, *guided, second)
        if key not in self._tried:
            trials = BatchTrials(generator, settings, self.options.device)
            self._tried[key] = try_batch_sizes(trials.images_per_second, trials.most)
        return self._tried[key]

    def _writing_seconds(self, measured: _Measured) -> float:
        """What it takes to write an image as a run does, in the folder for temporary files."""
        made = [batch.generated.images for batch in measured.batches]
        watch = Stopwatch()
        with tempfile.TemporaryDirectory() as folder:
            for number, images in enumerate(made):
                watch.timed(WRITING, write_shard)(Path(folder) / f"{number}.npz", Batch(images, None))
        return watch.seconds()[WRITING] / measured.num_images


def sampled_points(points: Sequence[OperatingPoint]) -> tuple[OperatingPoint, ...]:
    """Those points that are sampled.

    Raises:
        InputError: none is.
    """
    sampled = tuple(point for point in points if point.settings is not None)
    if not sampled:
        raise InputError("no point here is sampled, as its images exist already: there is nothing to profile")
    return sampled
