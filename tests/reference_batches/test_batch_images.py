import tracemalloc

import numpy as np
import pytest

from beatgans.reference_batches import Batch, InputError, read_batch, sha256_file, write_batch
from beatgans.reference_batches.batch_images import BatchFileImages


def test_a_batch_file_is_read_as_read_batch_reads_it(tmp_path, pictures):
    write_batch(tmp_path / "b.npz", Batch(pictures, np.arange(12)))
    images = BatchFileImages(tmp_path / "b.npz")
    whole = read_batch(tmp_path / "b.npz")
    for _ in range(2):  # it can be read again
        assert np.array_equal(np.concatenate(list(images.batches(5))), whole.images)
    assert np.array_equal(images.labels, whole.labels)
    assert (len(images), images.image_size, images.name) == (12, (6, 5), str(tmp_path / "b.npz"))
    assert images.sha256 == sha256_file(tmp_path / "b.npz")


def test_opening_reads_no_pixels(tmp_path):
    np.savez(tmp_path / "b.npz", np.zeros((500, 32, 32, 3), np.uint8))
    tracemalloc.start()
    images = BatchFileImages(tmp_path / "b.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000
    assert images.labels is None


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"images": np.zeros(3)}, "has no arr_0; it holds images"),
        ({"arr_0": np.zeros((2, 4, 4, 3), np.float32)}, r"float32, not uint8: convert them to 0\.\.255 first"),
        ({"arr_0": np.zeros((2, 4, 4, 4), np.uint8)}, r"shape \[2, 4, 4, 4\]"),
        ({"arr_0": np.zeros((0, 4, 4, 3), np.uint8)}, "holds no images"),
        (
            {"arr_0": np.zeros((2, 4, 4, 3), np.uint8), "arr_1": np.zeros(3, np.int64)},
            "not one integer for each of its 2",
        ),
    ],
)
def test_what_is_no_batch_is_refused_when_it_is_opened(tmp_path, arrays, complaint):
    np.savez(tmp_path / "odd.npz", **arrays)
    with pytest.raises(InputError, match=complaint) as refusal:
        BatchFileImages(tmp_path / "odd.npz")
    assert "odd.npz" in str(refusal.value)
