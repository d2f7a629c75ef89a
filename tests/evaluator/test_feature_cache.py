from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator import Features, cached_features
from beatgans.evaluator.feature_cache import cache_key
from beatgans.reference_batches import Batch, MemoryImages


class Counting:
    """An extractor that counts what it sees."""

    name = "counting"
    weights_sha256 = "ab"

    def __init__(self, dtype="float32"):
        self.seen = 0
        self.settings = {"extractor_dtype": dtype}

    def __call__(self, images):
        self.seen += len(images)
        flat = images.reshape(len(images), -1).astype(np.float32)
        return Features(flat, flat, flat)


def images(name="some", value=0):
    return MemoryImages(name, Batch(np.full((7, 2, 2, 3), value, np.uint8)))


def take(extractor, images, folder, warnings=None, progress=lambda _: None):
    return cached_features(extractor, images, folder, 3, progress, (warnings if warnings is not None else []).append)


def test_the_second_time_nothing_is_extracted_whatever_the_name(tmp_path):
    extractor, done = Counting(), []
    first = take(extractor, images(), tmp_path)
    again = take(extractor, images("another name"), tmp_path, progress=done.append)
    assert extractor.seen == 7
    assert sum(done) == 7
    np.testing.assert_array_equal(first.pool, again.pool)


def test_other_images_weights_and_settings_have_other_keys():
    extractor = Counting()
    key = cache_key(extractor, images())
    assert key != cache_key(extractor, images(value=1))
    assert key != cache_key(Counting("bfloat16"), images())
    other = Counting()
    other.weights_sha256 = "cd"
    assert key != cache_key(other, images())


def test_a_damaged_file_is_told_of_and_made_again(tmp_path):
    extractor, warnings = Counting(), []
    take(extractor, images(), tmp_path)
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    take(extractor, images(), tmp_path, warnings)
    assert extractor.seen == 14
    assert "extracting again" in warnings[0]
    take(extractor, images(), tmp_path)
    assert extractor.seen == 14


def test_a_folder_that_cannot_be_written_costs_a_warning(tmp_path):
    (tmp_path / "file").touch()
    warnings = []
    features = take(Counting(), images(), tmp_path / "file" / "folder", warnings)
    assert len(features) == 7
    assert "cannot be kept" in warnings[0]
    assert warnings[0].count("\n") == 0


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_pieces_make_the_whole(tmp_path, size):
    batch = np.random.default_rng(0).integers(0, 256, (7, 2, 2, 3), dtype=np.uint8)
    source = MemoryImages("some", Batch(batch))
    features = cached_features(Counting(), source, tmp_path, size, lambda _: None, print)
    np.testing.assert_array_equal(features.pool, batch.reshape(7, -1))
