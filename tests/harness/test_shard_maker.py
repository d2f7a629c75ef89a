from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from beatgans.generators import SamplerSettings, choose_subset, find_model
from beatgans.generators.hashes import weights_sha256
from beatgans.harness.errors import RunError
from beatgans.harness.folder import RunFolder
from beatgans.harness.plan import Shard
from beatgans.harness.points import OperatingPoint
from beatgans.harness.shard_maker import SamplingJob, ShardMaker, Task
from beatgans.reference_batches import Batch, digits_heldout, read_batch, sha256_file, write_batch

GAN = OperatingPoint("gan", "digits-gan", "gan", SamplerSettings(None, None, truncation=0.5))
REAL = OperatingPoint("real", "digits-heldout", "real", None, "digits-heldout")


@pytest.fixture
def job(tmp_path):
    return SamplingJob(RunFolder(tmp_path), seed=0, num_images=500, labels="balanced", device="cpu", batch_size=4)


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


def test_of_more_existing_images_than_are_asked_for_some_are_drawn(job, tmp_path):
    images, labels = digits_heldout()
    by_class = np.argsort(labels, kind="stable")
    write_batch(tmp_path / "sorted.npz", Batch(images[by_class], labels[by_class]))
    point = OperatingPoint("sorted", "sorted", "real", None, str(tmp_path / "sorted.npz"))
    maker = ShardMaker(replace(job, num_images=100))
    for index in range(2):
        maker.make(Task(point, Shard(index, 50 * index, 50 * index + 50)), lambda _: None)

    shards = [read_batch(job.folder.shard("sorted", index)) for index in range(2)]
    chosen = choose_subset(100, 500, job.seed, labels[by_class])
    assert (np.concatenate([shard.images for shard in shards]) == images[by_class][chosen]).all()
    drawn = np.concatenate([shard.labels for shard in shards])
    assert (drawn == labels[by_class][chosen]).all()
    assert np.bincount(drawn).tolist() == [10] * 10


def test_weights_that_were_replaced_meanwhile_are_refused(job):
    """Half of the images would be those of another model."""
    name = "digits_gan.safetensors"
    maker = ShardMaker(replace(job, weights_sha256={"digits-gan": {name: "0" * 64}}))
    with pytest.raises(RunError, match=rf"{name} of digits-gan is another file than when this command began"):
        maker.make(Task(GAN, Shard(0, 0, 4)), lambda _: None)
    assert not job.folder.shard("gan", 0).exists()


def test_a_classifier_is_held_to_its_hash_though_it_is_loaded_late(job):
    point = OperatingPoint("a", "digits-diffusion", "diffusion", SamplerSettings("ddim", "ddim2", guidance=1.0))
    known = weights_sha256(find_model("digits-diffusion"), guided=False)
    with pytest.raises(RunError, match=r"digits_classifier.safetensors of digits-diffusion is another file"):
        ShardMaker(replace(job, weights_sha256={"digits-diffusion": known})).make(
            Task(point, Shard(0, 0, 4)), lambda _: None
        )
    known = weights_sha256(find_model("digits-diffusion"), guided=True)
    ShardMaker(replace(job, weights_sha256={"digits-diffusion": known})).make(
        Task(point, Shard(0, 0, 4)), lambda _: None
    )
    assert job.folder.shard("a", 0).exists()


def test_what_was_made_before_changes_nothing(job, tmp_path):
    other = SamplingJob(RunFolder(tmp_path / "other"), job.seed, 500, job.labels, job.device, job.batch_size)
    maker = ShardMaker(job)
    tasks = [Task(GAN, Shard(0, 0, 10)), Task(REAL, Shard(0, 0, 10)), Task(GAN, Shard(1, 10, 20))]

    in_order = [maker.make(task, lambda _: None).sha256 for task in tasks]
    alone = [ShardMaker(other).make(task, lambda _: None).sha256 for task in reversed(tasks)]

    assert in_order == alone[::-1]
    assert len(np.unique(in_order)) == 3
