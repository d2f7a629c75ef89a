from __future__ import annotations

import numpy as np
import pytest

from beatgans.generators import choose_subset
from beatgans.harness.existing_images import ExistingImages
from beatgans.harness.plan import plan_shards
from beatgans.reference_batches import Batch, digits_heldout, write_batch
from beatgans.reference_batches.batch_images import BatchFileImages


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "heldout.npz"
    write_batch(path, digits_heldout())
    return str(path)


def joined(batches):
    return np.concatenate([batch.images for batch in batches]), np.concatenate([batch.labels for batch in batches])


def test_shards_in_order_are_the_images_in_order(path):
    existing = ExistingImages(path, 500, seed=0, labels="balanced")
    images, labels = joined([existing.take(shard) for shard in plan_shards(500, 70)])
    assert (images == digits_heldout().images).all()
    assert (labels == digits_heldout().labels).all()


def test_shards_out_of_order_and_left_out_are_the_same_ones(path):
    shards = plan_shards(500, 70)
    existing = ExistingImages(path, 500, seed=0, labels="balanced")
    for index in (3, 5, 1, 1, 7):
        batch, shard = existing.take(shards[index]), shards[index]
        assert (batch.images == digits_heldout().images[shard.start : shard.stop]).all()
        assert (batch.labels == digits_heldout().labels[shard.start : shard.stop]).all()


def test_fewer_are_the_chosen_ones_across_the_pieces_of_the_file(path):
    images, labels = digits_heldout()
    existing = ExistingImages(path, 130, seed=4, labels="balanced")
    drawn = joined([existing.take(shard) for shard in plan_shards(130, 50)])
    chosen = choose_subset(130, 500, 4, labels)
    assert (drawn[0] == images[chosen]).all()
    assert (drawn[1] == labels[chosen]).all()


def test_shards_in_order_read_the_file_once(path, monkeypatch):
    reads = []
    batches = BatchFileImages.batches
    monkeypatch.setattr(BatchFileImages, "batches", lambda self, size: reads.append(size) or batches(self, size))
    existing = ExistingImages(path, 500, seed=0, labels="balanced")
    for shard in plan_shards(500, 50)[::2]:
        existing.take(shard)
    assert len(reads) == 1


def test_images_without_labels_have_none(tmp_path):
    write_batch(tmp_path / "bare.npz", Batch(np.arange(5 * 8 * 8 * 3, dtype=np.uint8).reshape(5, 8, 8, 3)))
    existing = ExistingImages(str(tmp_path / "bare.npz"), 3, seed=0, labels="uniform")
    (shard,) = plan_shards(3, 10)
    assert existing.take(shard).labels is None
    assert len(existing.take(shard).images) == 3
