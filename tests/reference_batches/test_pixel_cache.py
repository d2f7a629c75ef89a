from __future__ import annotations

import json
import pickle
import zipfile
from collections import namedtuple

import numpy as np
import pytest
from PIL import Image

from beatgans.reference_batches import Batch, InputError, open_images, write_batch
from beatgans.reference_batches import pixel_cache as module
from beatgans.reference_batches.decoding import fit
from beatgans.reference_batches.pixel_cache import PIECE, PixelFile, cached_pixels, find_bad

NUMBER = PIECE + 6
SIZE = 8


@pytest.fixture(scope="module")
def pictures():
    """Of many sizes."""
    random = np.random.default_rng(0)
    shapes = random.integers(SIZE, 40, (NUMBER, 2))
    return [random.integers(0, 256, (height, width, 3), np.uint8) for height, width in shapes]


@pytest.fixture
def folder(tmp_path, pictures):
    path = tmp_path / "images"
    path.mkdir()
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(path / f"{number}.png")
    return path


@pytest.fixture
def archive(folder, tmp_path):
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w") as file:
        for picture in sorted(folder.iterdir()):
            file.write(picture, picture.name)
    return path


def cached(path, cache, processes=1, size=SIZE):
    told = []
    pixels, bad = cached_pixels(open_images(path, size), cache, processes, told.append)
    return pixels, bad, sum(told)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_pixels_are_those_of_the_images_fitted_whatever_decodes_them(
    folder, archive, pictures, tmp_path, processes, kind
):
    pixels, bad, told = cached(folder if kind == "folder" else archive, tmp_path / "cache", processes)
    assert bad == {}
    assert told == len(pixels) == NUMBER
    for place, picture in enumerate(pictures):
        assert np.array_equal(pixels[place], fit(picture, SIZE))


def test_what_has_not_changed_is_not_decoded_again(folder, tmp_path):
    first, _, _ = cached(folder, tmp_path / "cache")
    (folder / "70.txt").write_text("no image")
    again, bad, told = cached(folder, tmp_path / "cache")
    assert again.path == first.path
    assert (bad, told) == ({}, 0)


@pytest.mark.parametrize("change", ["new bytes", "one more", "other size"])
def test_what_has_changed_is_decoded_anew(folder, tmp_path, change):
    first, _, _ = cached(folder, tmp_path / "cache")
    white, size = np.full((9, 9, 3), 255, np.uint8), SIZE
    if change == "other size":
        size = 5
    else:
        Image.fromarray(white).save(folder / ("0.png" if change == "new bytes" else "999.png"))
    again, _, told = cached(folder, tmp_path / "cache", size=size)
    assert told == len(again) == NUMBER + (change == "one more")
    assert again.path != first.path
    if change == "new bytes":
        assert again[0].min() == 255


def test_a_damaged_file_of_the_cache_is_made_again(folder, tmp_path):
    first, _, _ = cached(folder, tmp_path / "cache")
    whole = first.path.read_bytes()
    for damaged in (whole[:-1], whole[:10], b""):
        first.path.write_bytes(damaged)
        again, _, told = cached(folder, tmp_path / "cache")
        assert told == NUMBER
        assert again.path.read_bytes() == whole
    first.path.with_suffix(".json").write_text("{")
    assert cached(folder, tmp_path / "cache")[2] == NUMBER


def test_what_is_interrupted_leaves_nothing(folder, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_pixels(open_images(folder, SIZE), tmp_path / "cache", 1, interrupt)
    assert list((tmp_path / "cache").iterdir()) == []


def test_bad_images_are_named_with_what_is_wrong_and_the_others_are_whole(folder, pictures, tmp_path):
    (folder / "0.png").write_bytes(b"no picture")
    (folder / "66.png").write_bytes((folder / "66.png").read_bytes()[:-30])
    (folder / "69.png").unlink()
    (folder / "69.png").symlink_to("nowhere")
    for _ in range(2):  # the second time from the record
        pixels, bad, _ = cached(folder, tmp_path / "cache")
        assert list(bad) == [0, 66, 69]
        for place, reason in bad.items():
            assert reason.startswith(f"{place}.png of {folder}")
        assert np.array_equal(pixels[1], fit(pictures[1], SIZE))
    assert json.loads(pixels.path.with_suffix(".json").read_text())["images"] == NUMBER


def test_bad_images_are_found_without_keeping_pixels(folder, tmp_path):
    (folder / "3.png").write_bytes(b"no picture")
    told = []
    for _ in range(2):
        assert list(find_bad(open_images(folder, SIZE), tmp_path / "cache", 1, told.append)) == [3]
    assert sum(told) == NUMBER
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".json"]


@pytest.mark.parametrize("size", [None, 4])
def test_a_batch_file_is_copied_out_as_it_is_or_fitted(tmp_path, size):
    images = np.random.default_rng(1).integers(0, 256, (9, 6, 5, 3), np.uint8)
    write_batch(tmp_path / "batch.npz", Batch(images))
    pixels, bad, told = cached(tmp_path / "batch.npz", tmp_path / "cache", size=size)
    expected = images if size is None else np.stack([fit(image, size) for image in images])
    assert np.array_equal(pixels.pixels, expected)
    assert (bad, told) == ({}, 9)


def test_too_small_a_disk_is_told_of_before_anything_is_decoded(folder, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage(0, 0, 100))
    with pytest.raises(InputError, match="BEATGANS_CACHE"):
        cached(folder, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_pixels_go_to_other_processes_as_a_path(folder, tmp_path):
    pixels, _, _ = cached(folder, tmp_path / "cache")
    pickled = pickle.dumps(pixels)
    assert len(pickled) < 1_000
    copy = pickle.loads(pickled)
    assert isinstance(copy, PixelFile)
    assert np.array_equal(copy[5], pixels[5])
