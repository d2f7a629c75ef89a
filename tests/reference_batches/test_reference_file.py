import zipfile

import numpy as np
import pytest

from beatgans.reference_batches import (
    Batch,
    ChosenImages,
    InputError,
    MemoryImages,
    PooledFeatures,
    Statistics,
    open_reference,
    write_reference,
)

FEATURES = np.random.default_rng(1).normal(size=(20, 4)).astype(np.float32)
STATISTICS = Statistics(
    FEATURES.mean(axis=0),
    np.cov(FEATURES, rowvar=False),
    FEATURES[:, :3].mean(axis=0),
    np.cov(FEATURES[:, :3], rowvar=False),
)
LABELS = np.arange(12)


def write(path, kept, statistics=STATISTICS):
    write_reference(path, statistics, kept, "digits", "abc")
    return path


def test_the_file_with_images_is_one_that_openai_scripts_read(tmp_path, pictures):
    path = write(tmp_path / "r.npz", MemoryImages("m", Batch(pictures, LABELS)))
    with np.load(path) as archive:  # as read_statistics of evaluator.py does
        mu, sigma, mu_s, sigma_s = (archive[key] for key in ("mu", "sigma", "mu_s", "sigma_s"))
        assert np.array_equal(archive["arr_0"], pictures)
        assert np.array_equal(archive["arr_1"], LABELS)
    assert mu.dtype == mu_s.dtype == np.float32
    assert sigma.dtype == sigma_s.dtype == np.float64
    assert np.array_equal(sigma, STATISTICS.covariance)
    # evaluator.py streams arr_0 out of the archive if it is of .npy version 1 or 2, in C order.
    with zipfile.ZipFile(path) as archive, archive.open("arr_0.npy") as member:
        assert np.lib.format.read_magic(member) == (1, 0)
        assert np.lib.format.read_array_header_1_0(member) == (pictures.shape, False, np.uint8)
        assert member.read() == pictures.tobytes()


def test_a_file_with_images_opens_as_a_reference(tmp_path, pictures):
    images = MemoryImages("m", Batch(pictures, LABELS))
    reference = open_reference(write(tmp_path / "r.npz", ChosenImages(images, np.array([2, 3, 9]))))
    assert np.array_equal(np.concatenate(list(reference.images.batches(2))), pictures[[2, 3, 9]])
    assert reference.labels.tolist() == [2, 3, 9]
    assert np.array_equal(reference.statistics.mean, STATISTICS.mean)
    assert reference.statistics.mean.dtype == np.float32
    assert np.array_equal(reference.statistics.spatial_covariance, STATISTICS.spatial_covariance)
    assert (reference.extractor, reference.extractor_sha256, reference.pool) == ("digits", "abc", None)
    assert (reference.no_spatial_reason, reference.no_precision_reason) == (None, None)


def test_a_file_with_features_opens_as_a_reference(tmp_path):
    reference = open_reference(write(tmp_path / "r.npz", PooledFeatures(FEATURES[:5], LABELS[:5])))
    assert reference.images is None
    assert np.array_equal(reference.pool, FEATURES[:5])
    assert reference.labels.tolist() == [0, 1, 2, 3, 4]
    assert reference.no_precision_reason is None


def test_equal_content_makes_equal_bytes(tmp_path, pictures):
    files = [write(tmp_path / name, MemoryImages(name, Batch(pictures))).read_bytes() for name in ("a.npz", "b.npz")]
    assert files[0] == files[1]


class Shrinking(MemoryImages):
    """Images that are fewer when they are read than they were when they were counted."""

    def batches(self, size):
        yield from list(super().batches(1))[:-1]


@pytest.mark.parametrize(
    ("kept", "statistics", "complaint"),
    [
        (PooledFeatures(FEATURES[:, :3]), STATISTICS, r"shape \[20, 3\], not \[M, 4\]"),
        (PooledFeatures(FEATURES[:0]), STATISTICS, r"shape \[0, 4\]"),
        (PooledFeatures(np.full((2, 4), np.nan, np.float32)), STATISTICS, "pool of .* not finite"),
        (PooledFeatures(FEATURES), Statistics(FEATURES[0], np.full((4, 4), np.nan)), "sigma of .* not finite"),
        (Shrinking("m", Batch(np.zeros((3, 2, 2, 3), np.uint8))), STATISTICS, "gave 2 images instead of 3"),
    ],
)
def test_nothing_is_written_of_bad_input(tmp_path, kept, statistics, complaint):
    with pytest.raises(InputError, match=complaint):
        write(tmp_path / "r.npz", kept, statistics)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"pool": FEATURES.astype(np.float64)}, "float64, not float32"),
        ({"pool": FEATURES[0]}, r"shape \[4\]"),
        ({"pool": FEATURES, "arr_1": LABELS}, "not one integer for each of its 20"),
        ({"pool": FEATURES, "extractor": np.array(["a", "b"])}, "not a text"),
        ({"pool": FEATURES, "extractor": np.array(3)}, "not a text"),
        ({"pool": FEATURES, "extractor": np.array("x" * 2_000)}, "not a text"),
    ],
)
def test_other_files_are_refused(tmp_path, arrays, complaint):
    np.savez(tmp_path / "r.npz", mu=STATISTICS.mean, sigma=STATISTICS.covariance, **arrays)
    with pytest.raises(InputError, match=complaint):
        open_reference(tmp_path / "r.npz")
