from __future__ import annotations

import pytest

from beatgans.harness.plan import plan_shards


@pytest.mark.parametrize(("num_images", "shard_size"), [(1, 1), (10, 10), (11, 10), (500, 50), (7, 100)])
def test_shards_cover_every_sample_once_and_in_order(num_images, shard_size):
    shards = plan_shards(num_images, shard_size)

    assert [sample for shard in shards for sample in range(shard.start, shard.stop)] == list(range(num_images))
    assert [shard.index for shard in shards] == list(range(len(shards)))
    assert all(len(shard) == shard_size for shard in shards[:-1])
    assert 0 < len(shards[-1]) <= shard_size


def test_more_images_leave_the_whole_shards_as_they_are():
    assert plan_shards(500, 50)[:6] == plan_shards(300, 50)
