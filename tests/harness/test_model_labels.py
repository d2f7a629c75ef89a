from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from beatgans.generators import find_model
from beatgans.harness.model_labels import labels_for
from beatgans.reference_batches import Batch, InputError, MemoryImages, open_images

MODEL = find_model("digits-diffusion")


@pytest.fixture
def folder(tmp_path):
    """Makes a folder of small pictures of some names."""

    def make(*names):
        for name in names:
            path = tmp_path / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)
        return open_images(tmp_path / "images")

    return make


def batch(labels):
    images = np.zeros((2, 8, 8, 3), np.uint8)
    return MemoryImages("set", Batch(images, None if labels is None else np.array(labels)))


def test_a_batch_files_labels_count_even_of_some_classes_alone():
    labels, source = labels_for(MODEL, batch([9, 3]))
    assert (labels.tolist(), source) == ([9, 3], "arr_1")


def test_folders_of_all_classes_are_numbered_by_their_names(folder):
    labels, source = labels_for(MODEL, folder(*(f"{name}/a.png" for name in range(10))))
    assert (labels.tolist(), source) == (list(range(10)), "folders")


def test_prefixes_of_all_classes_are_numbered_as_adm_does(folder):
    labels, source = labels_for(MODEL, folder(*(f"{name}_1.png" for name in range(10)), "7_2.png"))
    assert (labels.tolist(), source) == ([0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9], "prefixes of names")


def test_a_model_without_classes_is_told_none():
    assert labels_for(MODEL.model_copy(update={"num_classes": 0}), batch([1, 2])) == (None, None)


def test_names_of_some_classes_alone_are_not_numbered(folder):
    with pytest.raises(InputError, match="speak of 2 classes and digits-diffusion has 10"):
        labels_for(MODEL, folder("3/a.png", "7/a.png"))


def test_labels_that_nothing_tells_are_asked_for(folder):
    for images in (batch(None), folder("a.png", "b.png")):
        with pytest.raises(InputError, match="does not say which each image shows"):
            labels_for(MODEL, images)


def test_labels_of_another_model_are_refused():
    with pytest.raises(InputError, match="labels from 3 to 10, and digits-diffusion has classes 0 to 9"):
        labels_for(MODEL, batch([3, 10]))
