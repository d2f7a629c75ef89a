from __future__ import annotations

import multiprocessing
import pickle
import zipfile

import numpy as np
import pytest
from PIL import Image

from beatgans.reference_batches import InputError, open_images
from beatgans.reference_batches.decoding import fit
from beatgans.reference_batches.single_images import SingleImages

NUMBER = 60


@pytest.fixture(scope="module")
def pictures():
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (5 + number % 7, 9, 3), np.uint8) for number in range(NUMBER)]


@pytest.fixture(params=["folder", "zip"])
def path(request, tmp_path, pictures):
    folder = tmp_path / "images"
    folder.mkdir()
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{number}.png")
    if request.param == "folder":
        return folder
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for number in range(NUMBER):
            archive.write(folder / f"{number}.png", f"{number}.png")
    return tmp_path / "images.zip"


def test_images_of_any_sizes_are_there_at_any_place(path, pictures):
    images = SingleImages(open_images(path, 4), size=None)
    assert len(images) == NUMBER
    for place in (50, 0, 7, 50):
        assert np.array_equal(images[place], pictures[place])
    assert np.array_equal(SingleImages(images.images, size=4)[9], fit(pictures[9], 4))


def test_a_bad_one_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"a\.png of"):
        _ = SingleImages(open_images(tmp_path, 4), size=None)[0]


def test_a_pickled_set_opens_its_files_anew(path, pictures):
    images = SingleImages(open_images(path, 4), size=None)
    _ = images[0]
    assert np.array_equal(pickle.loads(pickle.dumps(images))[3], pictures[3])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of processes with threads, which do no harm here
def test_forked_processes_read_an_open_archive_at_once(path, pictures):
    """They would share the place in the file, had they not opened it themselves."""
    images = SingleImages(open_images(path, 4), size=None)
    _ = images[0]
    with multiprocessing.get_context("fork").Pool(3) as pool:
        found = pool.map(images.__getitem__, list(range(NUMBER)) * 3, chunksize=1)
    for place, image in enumerate(found):
        assert np.array_equal(image, pictures[place % NUMBER])
