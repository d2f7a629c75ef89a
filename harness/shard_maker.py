"""The work itself: a task comes in, a shard lies in the folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ..generators import Generator, find_model, load_generator
from ..generators.computation import FAST, Computation
from ..generators.operations import known_cost, operations
from ..generators.stopwatch import Stopwatch
from .device import prepare_device
from .errors import RunError
from .existing_images import ExistingImages
from .folder import RunFolder
from .journal import ShardEvent
from .memory import enough_memory, measure_peak_memory
from .plan import Shard
from .points import OperatingPoint
from .shards import write_shard
from .timed_sampler import TimedSampler

WRITING = "writing"


@dataclass(frozen=True)
class SamplingJob:
    """What all shards of a run have in common.

    Attributes:
        folder: the run's.
        seed: the run's.
        num_images: images of every operating point, as far as there are so many.
        labels: the label policy.
        device: ``cpu`` or ``cuda``.
        batch_size: images sampled at once, never more than a shard has.
        computation: how the networks of diffusion models are computed.
        weights: a file or a folder with the model's weights; None for those that ship or are fetched.
        weights_sha256: by the models' names, the hashes of the files that the images are said to be made of; a model
            that is not among them is not held to any.
    """

    folder: RunFolder
    seed: int
    num_images: int
    labels: str
    device: str
    batch_size: int
    computation: Computation = FAST
    weights: str | None = None
    weights_sha256: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One shard to be made."""

    point: OperatingPoint
    shard: Shard

    @property
    def name(self) -> str:
        """What it is claimed by."""
        return f"shard {self.shard.index} of {self.point.id}"


class ShardMaker:
    """Makes shards, one after the other, in this process. It keeps the last model at hand."""

    def __init__(self, job: SamplingJob, number: int = 0) -> None:
        """Readies this process, which is the worker of that number, for a job."""
        self.job = job
        self._images = lru_cache(maxsize=1)(self._load_images)
        self._sampler = lru_cache(maxsize=1)(self._load_sampler)
        self._entry = lru_cache(maxsize=1)(find_model)
        prepare_device(job.device, number)

    def make(self, task: Task, advance: Callable[[int], None]) -> ShardEvent:
        """Makes and writes a shard, calling ``advance`` with the number of images after each batch.

        Raises:
            InputError: a model's weights are damaged.
            OSError: the shard cannot be written.
            RunError: the GPU's memory is too small for its batches, or a model's files have changed.
        """
        point, shard = task.point, task.shard
        path = self.job.folder.shard(point.id, shard.index)
        if point.settings is None:
            sha256 = write_shard(path, self._images(str(point.images)).take(shard))
            advance(len(shard))
            return ShardEvent(point=point.id, shard=shard.index, sha256=sha256)
        sampler = self._sampler(point.named)
        with measure_peak_memory(self.job.device) as peak, enough_memory(self.job.batch_size):
            sampled = sampler.sample(point.settings, shard, advance)
        self._check_weights(point.model, sampler.generator)  # by now guidance has loaded its classifier
        watch = Stopwatch()
        sha256 = watch.timed(WRITING, write_shard)(path, sampled.batch)
        return ShardEvent(
            point=point.id,
            shard=shard.index,
            sha256=sha256,
            num_parameters=sampler.generator.num_parameters,
            batch_size=self.job.batch_size,
            timings=sampled.timings,
            measured_seconds=sampled.measured_seconds,
            all_seconds=sampled.all_seconds,
            writing_seconds=watch.seconds()[WRITING],
            num_images=len(shard),
            flops_per_image=operations(self._entry(point.named), point.settings, known_cost),
            network_evaluations=sampled.network_evaluations,
            classifier_evaluations=sampled.classifier_evaluations,
            peak_memory_bytes=peak.bytes,
            peak_memory_reason=peak.reason,
        )

    def _check_weights(self, model: str, generator: Generator) -> None:
        """Refuses images of other weights than the records name: files can be replaced while a run goes on."""
        expected = self.job.weights_sha256.get(model)
        if expected is None:
            return
        for name, sha256 in generator.weights_sha256.items():
            if sha256 not in expected.values():
                raise RunError(
                    f"{name} of {model} is another file than when this command began; bring that one back and give the "
                    "same command again, or start anew with -o"
                )

    def _load_images(self, name: str) -> ExistingImages:
        return ExistingImages(name, self.job.num_images, self.job.seed, self.job.labels)

    def _load_sampler(self, model: str) -> TimedSampler:
        job = self.job
        # A suite's dtype is that of its diffusion models: what is set beside them has none.
        computation = job.computation if find_model(model).takes_computation else FAST
        generator = load_generator(model, job.device, weights=job.weights, computation=computation)
        return TimedSampler(generator, job.seed, job.labels, job.batch_size, job.device)
