import os

import numpy as np
import pytest

from beatgans.reference_batches import Batch, InputError, read_batch, write_batch, write_pieces

IMAGES = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
LABELS = np.array([7, 3])


def test_a_batch_comes_back_as_it_was_written(tmp_path):
    write_batch(tmp_path / "batch.npz", Batch(IMAGES, LABELS))
    images, labels = read_batch(tmp_path / "batch.npz")
    assert np.array_equal(images, IMAGES)
    assert images.dtype == np.uint8
    assert np.array_equal(labels, LABELS)
    assert labels.dtype == np.int64


def test_labels_are_optional(tmp_path):
    write_batch(tmp_path / "batch.npz", Batch(IMAGES))
    assert read_batch(tmp_path / "batch.npz").labels is None


def test_the_file_is_one_that_openai_scripts_read(tmp_path):
    write_batch(tmp_path / "batch.npz", Batch(IMAGES, LABELS))
    with np.load(tmp_path / "batch.npz") as archive:
        assert set(archive) == {"arr_0", "arr_1"}


def test_equal_batches_make_equal_bytes(tmp_path):
    for name in ("first.npz", "second.npz"):
        write_batch(tmp_path / name, Batch(IMAGES, LABELS))
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"images": IMAGES}, "has no arr_0"),
        ({"arr_0": IMAGES / 255}, "float64, not uint8"),
        ({"arr_0": IMAGES[0]}, r"shape \[4, 5, 3\]"),
        ({"arr_0": IMAGES[..., :1]}, r"shape \[2, 4, 5, 1\]"),
        ({"arr_0": IMAGES[:0]}, "holds no images"),
        ({"arr_0": IMAGES, "arr_1": LABELS[:1]}, "not one integer for each of its 2 images"),
        ({"arr_0": IMAGES, "arr_1": LABELS / 2}, "not one integer for each of its 2 images"),
    ],
)
def test_what_is_no_batch_is_refused_in_one_sentence(tmp_path, arrays, complaint):
    np.savez(tmp_path / "odd.npz", **arrays)
    with pytest.raises(InputError, match=complaint) as refusal:
        read_batch(tmp_path / "odd.npz")
    assert "odd.npz" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_files_that_hold_objects_are_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    np.savez(tmp_path / "trap.npz", arr_0=np.array([Trap()], dtype=object))
    with pytest.raises(InputError, match="cannot be read"):
        read_batch(tmp_path / "trap.npz")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04 nor this"])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "damaged.npz").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        read_batch(tmp_path / "damaged.npz")


def test_a_truncated_file_and_a_flipped_bit_are_refused(tmp_path):
    path = tmp_path / "batch.npz"
    write_batch(path, Batch(IMAGES, LABELS))
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(InputError, match="cannot be read"):
        read_batch(path)
    place = whole.index(IMAGES.tobytes()[:16]) + 8
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    with pytest.raises(InputError, match="cannot be read"):
        read_batch(path)


def test_a_single_array_a_folder_and_a_missing_file_are_told_apart(tmp_path):
    np.save(tmp_path / "array.npy", IMAGES)
    for path, complaint in [("array.npy", "a single array"), (".", "is a folder"), ("none.npz", "does not exist")]:
        with pytest.raises(InputError, match=complaint):
            read_batch(tmp_path / path)


@pytest.mark.parametrize("labels", [None, np.arange(7)])
@pytest.mark.parametrize("size", [1, 3, 7])
def test_pieces_make_the_bytes_of_the_whole(tmp_path, labels, size):
    images = np.random.default_rng(0).integers(0, 256, (7, 4, 5, 3), np.uint8)
    write_batch(tmp_path / "whole.npz", Batch(images, labels))
    pieces = (images[start : start + size] for start in range(0, 7, size))
    write_pieces(tmp_path / "pieces.npz", images.shape, pieces, labels)
    assert (tmp_path / "pieces.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()


@pytest.mark.parametrize(
    ("pieces", "labels", "complaint"),
    [
        ([(3, 4, 5, 3)], None, "its pieces are 3 images, not 7"),
        ([(7, 4, 4, 3)], None, r"a piece is \[4, 4, 3\], the file \[4, 5, 3\]"),
        ([(7, 4, 5, 3)], np.arange(6), "not one integer for each of its 7 images"),
    ],
)
def test_pieces_that_do_not_make_the_whole_are_refused_and_leave_no_file(tmp_path, pieces, labels, complaint):
    with pytest.raises(InputError, match=complaint):
        write_pieces(tmp_path / "a.npz", (7, 4, 5, 3), (np.zeros(shape, np.uint8) for shape in pieces), labels)
    assert list(tmp_path.iterdir()) == []
