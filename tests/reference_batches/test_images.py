import numpy as np
import pytest

from beatgans.reference_batches import Batch, InputError, digits_heldout, open_images, write_batch
from beatgans.reference_batches.decoding import fit


def test_built_in_sets_have_names():
    images = open_images("digits-heldout")
    assert np.array_equal(np.concatenate(list(images.batches(64))), digits_heldout().images)


def test_a_batch_file_can_be_fitted_too(tmp_path, pictures):
    write_batch(tmp_path / "b.npz", Batch(pictures))
    images = open_images(tmp_path / "b.npz", size=3)
    assert np.array_equal(np.concatenate(list(images.batches(5)))[7], fit(pictures[7], 3))
    assert open_images("digits", size=8).sha256 == open_images("digits").sha256  # nothing to do


@pytest.mark.parametrize(
    ("file", "advice"),
    [
        ("a.png", "name the folder"),
        ("a.pkl", "pickles can run code"),
        ("a.npy", "numpy.savez"),
        ("a.tar", "a folder or a zip archive"),
        ("a.zip", "cannot be read as a zip archive of images"),
        ("a.npz", "cannot be read as an .npz file"),
    ],
)
def test_other_files_are_refused_with_advice(tmp_path, file, advice):
    (tmp_path / file).write_bytes(b"something")
    with pytest.raises(InputError, match=advice) as refusal:
        open_images(tmp_path / file)
    assert file in str(refusal.value)


def test_a_size_of_nothing_is_refused():
    with pytest.raises(InputError, match="0 pixels"):
        open_images("digits", size=0)
