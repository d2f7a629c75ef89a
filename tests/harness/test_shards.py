from __future__ import annotations

import numpy as np
import pytest

from beatgans.harness.errors import RunError
from beatgans.harness.shards import damage, read_shard, write_shard
from beatgans.reference_batches import Batch, sha256_file

BATCH = Batch(np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3), np.array([3, 5]))


def test_a_shard_is_read_as_it_was_written_and_known_by_its_bytes(tmp_path):
    path = tmp_path / "new" / "00000.npz"
    sha256 = write_shard(path, BATCH)

    assert sha256 == sha256_file(path)
    assert damage(path, sha256) is None
    images, labels = read_shard(path, sha256)
    assert (images == BATCH.images).all()
    assert (labels == BATCH.labels).all()


def test_a_single_flipped_bit_and_a_missing_file_are_noticed(tmp_path):
    path = tmp_path / "00000.npz"
    sha256 = write_shard(path, BATCH)
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)

    assert damage(path, sha256) == "is damaged"
    with pytest.raises(RunError, match="is damaged since the command began"):
        read_shard(path, sha256)
    path.unlink()
    assert damage(path, sha256) == "is missing"
