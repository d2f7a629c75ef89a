from __future__ import annotations

import numpy as np
import pytest

from beatgans.generators import SamplerSettings
from beatgans.harness.folder import RunFolder
from beatgans.harness.plan import Shard
from beatgans.harness.points import OperatingPoint
from beatgans.harness.shard_maker import SamplingJob, ShardMaker, Task
from beatgans.reference_batches import digits_heldout, read_batch, sha256_file

GAN = OperatingPoint("gan", "digits-gan", "gan", SamplerSettings(None, None, truncation=0.5))
REAL = OperatingPoint("real", "digits-heldout", "real", None, "digits-heldout")


@pytest.fixture
def job(tmp_path):
    return SamplingJob(RunFolder(tmp_path), seed=0, labels="balanced", device="cpu", batch_size=4)


def test_sampled_images_lie_in_the_folder_and_the_event_says_what_they_cost(job):
    steps = []
    event = ShardMaker(job).make(Task(GAN, Shard(2, 20, 30)), steps.append)

    path = job.folder.shard("gan", 2)
    assert event.sha256 == sha256_file(path)
    assert read_batch(path).labels.tolist() == list(range(10))
    assert steps == [4, 4, 2]
    assert [images for images, _ in event.timings] == [4, 2]
    assert (event.point, event.shard, event.batch_size) == ("gan", 2, 4)
    assert (event.network_evaluations, event.classifier_evaluations) == (1, 0)
    assert event.num_parameters > 0


def test_existing_images_are_taken_as_they_are_and_cost_nothing(job):
    event = ShardMaker(job).make(Task(REAL, Shard(1, 10, 20)), lambda _: None)

    images, labels = read_batch(job.folder.shard("real", 1))
    assert (images == digits_heldout().images[10:20]).all()
    assert (labels == digits_heldout().labels[10:20]).all()
    assert event.network_evaluations is event.batch_size is event.peak_memory_bytes is None


def test_what_was_made_before_changes_nothing(job, tmp_path):
    other = SamplingJob(RunFolder(tmp_path / "other"), job.seed, job.labels, job.device, job.batch_size)
    maker = ShardMaker(job)
    tasks = [Task(GAN, Shard(0, 0, 10)), Task(REAL, Shard(0, 0, 10)), Task(GAN, Shard(1, 10, 20))]

    in_order = [maker.make(task, lambda _: None).sha256 for task in tasks]
    alone = [ShardMaker(other).make(task, lambda _: None).sha256 for task in reversed(tasks)]

    assert in_order == alone[::-1]
    assert len(np.unique(in_order)) == 3
