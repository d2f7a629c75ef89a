"""The first stage of a run: from operating points to shards of images."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..generators import load_generator
from ..reference_batches import load_reference
from .journal import ModelEvent, ShardEvent
from .memory import measure_peak_memory
from .open_run import OpenRun
from .plan import Shard
from .points import OperatingPoint
from .progress import Advance
from .shards import write_shard
from .sources import ExistingImages, SampledImages, ShardSource


def sample_points(run: OpenRun, points: Sequence[OperatingPoint], device: str, batch_size: int) -> None:
    """Makes all shards of ``points`` that are missing, one model after the other.

    Raises:
        InputError: a model's weights are damaged.
        OSError: a shard or the journal cannot be written.
    """
    todo = [(point, shards) for point in points if (shards := run.missing_shards(point))]
    total = sum(len(shard) * _cost(point) for point, shards in todo for shard in shards)
    models = dict.fromkeys(point.model for point, _ in todo)
    with run.progress.bar("Sampling", total, "evaluations") as advance:
        for model in models:
            of_model = [(point, shards) for point, shards in todo if point.model == model]
            source = _open_source(run, of_model[0][0], device, batch_size)
            for point, shards in of_model:
                _sample_point(run, point, shards, source, device, batch_size, advance)


def _cost(point: OperatingPoint) -> int:
    """The work that an image takes, in evaluations; existing images count as one, so that their bar moves too."""
    return max(1, sum(point.evaluations()))


def _open_source(run: OpenRun, point: OperatingPoint, device: str, batch_size: int) -> ShardSource:
    if point.images is not None:
        return ExistingImages(load_reference(point.images))
    generator = load_generator(point.model, device)
    run.record(ModelEvent(model=point.model, num_parameters=generator.num_parameters))
    return SampledImages(generator, run.suite.seed, run.suite.labels, batch_size)


def _sample_point(
    run: OpenRun,
    point: OperatingPoint,
    shards: Sequence[Shard],
    source: ShardSource,
    device: str,
    batch_size: int,
    advance: Advance,
) -> None:
    run.progress.describe(f"Sampling {point.id}")
    began = time.perf_counter()
    cost = _cost(point)
    for shard in shards:
        with measure_peak_memory(device) as peak:
            made = source.make(point, shard, lambda images: advance(images * cost))
        sha256 = write_shard(run.folder.shard(point.id, shard.index), made.batch)
        is_sampled = point.images is None
        run.record(
            ShardEvent(
                point=point.id,
                shard=shard.index,
                sha256=sha256,
                batch_size=min(batch_size, run.suite.shard_size) if is_sampled else None,
                timings=made.timings,
                network_evaluations=made.network_evaluations,
                classifier_evaluations=made.classifier_evaluations,
                peak_memory_bytes=peak.bytes if is_sampled else None,
                peak_memory_reason=peak.reason if is_sampled else None,
            )
        )
    run.progress.note(f"{point.id}: {sum(map(len, shards))} images in {time.perf_counter() - began:.1f} s")
