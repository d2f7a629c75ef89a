import hashlib

import numpy as np
import pytest

from beatgans.reference_batches import Batch, ChosenImages, InputError, MemoryImages
from beatgans.reference_batches.decoding import fit
from beatgans.reference_batches.image_set import FittedImages

LABELS = np.arange(12)


@pytest.fixture
def images(pictures):
    return MemoryImages("pictures", Batch(pictures, LABELS))


def joined(images, size):
    return np.concatenate(list(images.batches(size)))


@pytest.mark.parametrize("size", [1, 5, 12, 100])
def test_memory_is_read_in_pieces(images, pictures, size):
    assert np.array_equal(joined(images, size), pictures)
    assert max(len(batch) for batch in images.batches(size)) == min(size, 12)
    assert (len(images), images.image_size) == (12, (6, 5))


def test_a_size_of_no_images_is_refused(images):
    with pytest.raises(InputError, match="0 at a time"):
        next(images.batches(0))


def test_the_hash_is_of_shape_pixels_and_labels(images, pictures):
    bytes_ = b"(12, 6, 5, 3)" + pictures.tobytes() + LABELS.tobytes()
    assert images.sha256 == hashlib.sha256(bytes_).hexdigest()
    assert MemoryImages("x", Batch(pictures)).sha256 != images.sha256
    assert MemoryImages("x", Batch(pictures.reshape(12, 5, 6, 3), LABELS)).sha256 != images.sha256


@pytest.mark.parametrize("positions", [[0], [11], [0, 3, 4, 10], list(range(12))])
@pytest.mark.parametrize("size", [1, 4, 5, 12])
def test_chosen_images_are_those_at_the_positions(images, pictures, positions, size):
    chosen = ChosenImages(images, np.array(positions))
    assert np.array_equal(joined(chosen, size), pictures[positions])
    assert chosen.labels.tolist() == positions
    assert len(chosen) == len(positions)


def test_other_choices_and_sizes_have_other_hashes(images):
    views = [
        ChosenImages(images, np.array([0, 1])),
        ChosenImages(images, np.array([0, 2])),
        FittedImages(images, 4),
        FittedImages(images, 5),
    ]
    assert len({images.sha256, *(view.sha256 for view in views)}) == 5


def test_fitted_images_are_fitted_one_by_one(images, pictures):
    fitted = FittedImages(images, 4)
    assert fitted.image_size == (4, 4)
    assert np.array_equal(joined(fitted, 5), np.stack([fit(picture, 4) for picture in pictures]))
