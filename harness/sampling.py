"""The first stage of a run: from operating points to shards of images."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from ..generators.computation import Computation
from .journal import ShardEvent
from .open_run import OpenRun
from .points import OperatingPoint
from .shard_maker import SamplingJob, Task
from .tasks import Claim, Tasks
from .workers import make_shards


def sample_points(run: OpenRun, points: Sequence[OperatingPoint], device: str, batch_size: int, workers: int) -> None:
    """Makes all shards of ``points`` that are missing, one model after the other, beside other processes if any.

    Raises:
        InputError: a model's weights are damaged.
        OSError: a shard or the journal cannot be written.
        RunError: a worker failed or died.
    """
    models = dict.fromkeys(point.model for point in points)
    tasks = [
        Task(point, shard)
        for model in models
        for point in points
        if point.model == model
        for shard in run.missing_shards(point)
    ]
    costs = {point.id: _cost(point) for point in points}
    left = Counter(task.point.id for task in tasks)
    job = SamplingJob(
        folder=run.folder,
        seed=run.suite.seed,
        num_images=run.suite.num_images,
        labels=run.suite.labels,
        device=device,
        batch_size=min(batch_size, run.suite.shard_size),
        computation=Computation(dtype=run.suite.dtype),
        weights_sha256=run.manifest.identity.weights_sha256,
    )
    began = time.monotonic()

    with run.progress.bar(
        "Sampling", sum(costs[task.point.id] * len(task.shard) for task in tasks), "evaluations"
    ) as advance:

        def claim(task: Task) -> Claim:
            shards = run.state.point(task.point.id).shards
            claimed = run.claim(task.name, lambda: task.shard.index in shards)
            if claimed is Claim.DONE:
                advance(len(task.shard) * costs[task.point.id])
                settle(task)
            return claimed

        def settle(task: Task) -> None:
            left[task.point.id] -= 1
            if not left[task.point.id]:
                run.progress.note(f"{task.point.id} sampled, {time.monotonic() - began:.0f} s after the start")

        def on_progress(task: Task, images: int) -> None:
            run.progress.describe(f"Sampling {task.point.id}")
            advance(images * costs[task.point.id])

        def on_done(task: Task, event: ShardEvent) -> None:
            run.record(event)
            run.claims.release(task.name)
            settle(task)

        make_shards(job, Tasks(tasks, claim, run.places()), workers, on_progress, on_done)


def _cost(point: OperatingPoint) -> int:
    """The work that an image takes, in evaluations; one where that is not known, so that the bar moves."""
    return max(1, sum(point.evaluations() or ()))
