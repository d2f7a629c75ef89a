from __future__ import annotations

import math
import zipfile

import numpy as np
import pytest
from PIL import Image

from beatgans.generators.noise import Stream, random_bits
from beatgans.generators.training.images import ImageOptions, open_training_images
from beatgans.reference_batches import Batch, InputError, cache_folder, digits_reference, write_batch

SIZE = 16
NUMBER = 24


@pytest.fixture
def folder(tmp_path):
    """Photographs of many sizes in two class folders, whose files have prefixes of three classes."""
    random = np.random.default_rng(0)
    for number in range(NUMBER):
        height, width = random.integers(10, 90, 2)
        path = tmp_path / "photos" / ("bird" if number % 2 else "cat") / f"n{number % 3}_{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8)).save(path)
    return tmp_path / "photos"


def in_order(folder):
    """The files in their natural order: 2 before 10."""
    files = list(folder.rglob("*.jpg"))
    return sorted(files, key=lambda path: (path.parent.name, *map(int, path.stem.removeprefix("n").split("_"))))


def center_crop(path, size):
    """guided-diffusion's ``center_crop_arr``, written anew."""
    with Image.open(path) as file:
        image = file.convert("RGB")
    while min(image.size) >= 2 * size:
        image = image.resize(tuple(side // 2 for side in image.size), Image.Resampling.BOX)
    scale = size / min(image.size)
    pixels = np.array(image.resize(tuple(round(side * scale) for side in image.size), Image.Resampling.BICUBIC))
    top, left = ((side - size) // 2 for side in pixels.shape[:2])
    return pixels[top : top + size, left : left + size]


def random_crop(path, size, draw):
    """``random_crop_arr``, likewise, with ``draw(n)`` in the place of ``random.randrange(n)``."""
    with Image.open(path) as file:
        image = file.convert("RGB")
    shortest, longest = math.ceil(size / 1.0), math.ceil(size / 0.8)
    shorter = shortest + draw(longest + 1 - shortest)
    while min(image.size) >= 2 * shorter:
        image = image.resize(tuple(side // 2 for side in image.size), Image.Resampling.BOX)
    scale = shorter / min(image.size)
    pixels = np.array(image.resize(tuple(round(side * scale) for side in image.size), Image.Resampling.BICUBIC))
    top, left = draw(pixels.shape[0] - size + 1), draw(pixels.shape[1] - size + 1)
    return pixels[top : top + size, left : left + size]


def test_images_are_cropped_as_adm_does_and_given_the_labels_of_their_folders(folder):
    images = open_training_images(str(folder), ImageOptions(SIZE, labels="given"))
    files = in_order(folder)
    assert len(images) == len(files) == NUMBER
    assert images.num_classes == 2
    for index, file in enumerate(files):
        image, label = images[index]
        assert np.array_equal(image, center_crop(file, SIZE))
        assert label == (file.parent.name == "cat")


def test_prefixes_of_names_are_labels_where_the_recipe_says_so(folder):
    images = open_training_images(str(folder), ImageOptions(SIZE, labels="prefixes"))
    assert [images[index].label for index in range(NUMBER)] == [int(file.name[1]) for file in in_order(folder)]


def test_random_crops_are_adms_and_depend_on_seed_epoch_and_index_alone(folder):
    images = open_training_images(str(folder), ImageOptions(SIZE, random_crop=True))
    crops = set()
    for epoch in range(3):
        for index, file in enumerate(in_order(folder)):
            draws = iter(random_bits(9, np.array([index]), Stream.AUGMENTATION, epoch, (4,))[0].tolist())
            found = images.example(9, epoch, index).image
            assert np.array_equal(found, random_crop(file, SIZE, lambda n, draws=draws: next(draws) % n))
            crops.add(found.tobytes())
    assert len(crops) > 2.8 * NUMBER
    assert not list(cache_folder().rglob("*.npy"))


def test_half_of_the_images_are_mirrored_anew_in_every_epoch(folder):
    plain = open_training_images(str(folder), ImageOptions(SIZE))
    images = open_training_images(str(folder), ImageOptions(SIZE, random_flip=True))
    mirrored = np.zeros((20, NUMBER), bool)
    for epoch, index in np.ndindex(mirrored.shape):
        found = images.example(0, epoch, index).image
        mirrored[epoch, index] = np.array_equal(found, plain[index].image[:, ::-1])
        assert mirrored[epoch, index] or np.array_equal(found, plain[index].image)
    assert 0.4 < mirrored.mean() < 0.6
    assert mirrored.any(axis=0).all()
    assert not mirrored.all(axis=0).any()


def test_an_archive_and_a_batch_file_hold_the_same_images(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for file in folder.rglob("*.jpg"):
            archive.write(file, file.relative_to(folder).as_posix())
    options = ImageOptions(SIZE, labels="given")
    of_folder = [open_training_images(str(folder), options)[index] for index in range(NUMBER)]
    write_batch(
        tmp_path / "photos.npz",
        Batch(np.stack([image for image, _ in of_folder]), np.array([label for _, label in of_folder])),
    )
    for other in ("photos.zip", "photos.npz"):
        images = open_training_images(str(tmp_path / other), options, processes=1)
        for index, (image, label) in enumerate(of_folder):
            assert np.array_equal(images[index].image, image)
            assert images[index].label == label


def test_a_batch_file_can_be_cropped_at_random(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 20, 30, 3), np.uint8)
    write_batch(tmp_path / "a.npz", Batch(pixels))
    images = open_training_images(str(tmp_path / "a.npz"), ImageOptions(20, random_crop=True))
    assert len({images.example(0, epoch, 1).image.tobytes() for epoch in range(8)}) > 4


def test_built_in_images_stay_in_memory():
    images = open_training_images("digits", ImageOptions(8, labels="given"))
    assert np.array_equal(images[5].image, digits_reference().images[5])
    assert images[5].label == digits_reference().labels[5]
    assert images.num_classes == 10
    assert not cache_folder().exists() or not list(cache_folder().iterdir())


@pytest.mark.parametrize("random_crop", [False, True])
def test_bad_images_are_refused_by_name_or_skipped(folder, random_crop):
    files = in_order(folder)
    for file in (files[0], files[7], files[8]):
        file.write_bytes(b"no photograph")
    with pytest.raises(InputError) as refused:
        open_training_images(str(folder), ImageOptions(SIZE, random_crop, labels="given"))
    for file in (files[0], files[7], files[8]):
        assert file.relative_to(folder).as_posix() in str(refused.value)
    assert "3 of 24 images cannot be used" in str(refused.value)
    assert "bad_images: skip" in str(refused.value)
    assert "\n" not in str(refused.value)

    told = []
    images = open_training_images(
        str(folder), ImageOptions(SIZE, random_crop, labels="given", bad_images="skip"), warn=told.append
    )
    assert len(images) == NUMBER - 3
    assert [message.split(":")[0] for message in told] == ["3 of 24 images cannot be used"]
    whole = [file for index, file in enumerate(files) if index not in {0, 7, 8}]
    for index, file in enumerate(whole):
        assert images[index].label == (file.parent.name == "cat")
        if not random_crop:
            assert np.array_equal(images[index].image, center_crop(file, SIZE))


def test_of_many_bad_images_some_are_named_and_all_are_counted(tmp_path):
    for number in range(30):
        (tmp_path / f"{number}.png").write_bytes(b"no photograph")
    for bad_images in ("refuse", "skip"):
        with pytest.raises(InputError, match="30 of 30 images cannot be used") as refused:
            open_training_images(str(tmp_path), ImageOptions(SIZE, bad_images=bad_images))
        assert "19.png and 10 more" in str(refused.value)
        assert "20.png" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ImageOptions(SIZE, labels="given"), "labels: given does not suit"),
        (ImageOptions(SIZE, labels="prefixes"), "labels: prefixes does not suit"),
    ],
)
def test_labels_that_nothing_tells_are_refused(tmp_path, options, message):
    write_batch(tmp_path / "a.npz", Batch(np.zeros((3, SIZE, SIZE, 3), np.uint8)))
    with pytest.raises(InputError, match=message):
        open_training_images(str(tmp_path / "a.npz"), options)


def test_a_zip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("beatgans.reference_batches.archives.BOMB_BYTES", 10_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(1_000_000))
    with pytest.raises(InputError, match="zip bomb"):
        open_training_images(str(tmp_path / "bomb.zip"), ImageOptions(SIZE))
