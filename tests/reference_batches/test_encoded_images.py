import os
import threading
import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image

from beatgans.reference_batches import InputError, open_images
from beatgans.reference_batches.decoding import fit
from beatgans.reference_batches.encoded_images import natural_key, prefix_labels
from beatgans.reference_batches.folder_images import FolderImages
from beatgans.reference_batches.zip_images import ZipImages


def zipped(folder, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder).as_posix())
    return path


def joined(images, size=5):
    return np.concatenate(list(images.batches(size)))


@pytest.fixture(params=["folder", "zip"])
def opened(request, tmp_path):
    """Opens the folder tmp_path/images, as it is or zipped."""

    def open_set(size=None):
        folder = tmp_path / "images"
        return (
            FolderImages(folder, size)
            if request.param == "folder"
            else ZipImages(zipped(folder, tmp_path / "i.zip"), size)
        )

    return open_set


def test_pictures_come_in_the_natural_order_of_their_names(tmp_path, pictures, save, opened):
    for number, picture in enumerate(pictures):
        save(tmp_path / "images" / f"{number}.png", picture)
    images = opened()
    for size in (1, 5, 12, 100):
        assert np.array_equal(joined(images, size), pictures)
    assert (len(images), images.image_size, images.labels) == (12, (6, 5), None)


def test_numbers_in_names_compare_by_value():
    names = [
        "b/1.png",
        "a10/2.png",
        "a9/10.png",
        "a9/9.png",
        "a9/009.png",
        "10.png",
        "9.png",
        "a.png",
        "a" + "9" * 5_000,
    ]
    ordered = [
        "9.png",
        "10.png",
        "a9/009.png",
        "a9/9.png",
        "a9/10.png",
        "a10/2.png",
        "a" + "9" * 5_000,
        "a.png",
        "b/1.png",
    ]
    assert sorted(names, key=natural_key) == ordered


def test_folders_of_one_level_are_classes(tmp_path, pictures, save, opened):
    for name, picture in zip(["10/a.png", "9/b.png", "9/a.png", "cat/x.png"], pictures, strict=False):
        save(tmp_path / "images" / name, picture)
    images = opened()
    assert images.labels.tolist() == [0, 0, 1, 2]
    assert images.labels.dtype == np.int64
    assert np.array_equal(joined(images), pictures[[2, 1, 0, 3]])


def test_prefixes_of_file_names_are_classes_in_the_order_of_text():
    """As guided-diffusion's ``image_datasets.py`` numbers them, wherever the files lie."""
    assert prefix_labels(["b/n2_1.png", "a/n10_1.png", "n2_7_8.png", "x_.png"]).tolist() == [1, 0, 1, 2]
    assert prefix_labels(["n2_1.png", "n10.png"]) is None


@pytest.mark.parametrize("names", [["a.png", "b/c.png"], ["x/a/1.png", "x/b/1.png"]])
def test_other_depths_are_no_classes(tmp_path, pictures, save, opened, names):
    for name in names:
        save(tmp_path / "images" / name, pictures[0])
    assert opened().labels is None


def test_the_folders_of_an_edm_data_set_are_no_classes(tmp_path, pictures, save, opened):
    save(tmp_path / "images" / "00000" / "img00000000.png", pictures[0])
    assert opened().labels.tolist() == [0]
    (tmp_path / "images" / "dataset.json").write_text('{"labels": null}')
    assert opened().labels is None


def test_companions_and_hidden_files_do_not_count(tmp_path, pictures, save, opened):
    save(tmp_path / "images" / "a.PNG", pictures[0])
    for name in ("LICENSE.txt", ".DS_Store", "__MACOSX/a.png", ".cache/b.png", "labels.csv"):
        (tmp_path / "images" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "images" / name).write_bytes(b"x")
    assert len(opened()) == 1


def test_any_other_file_is_named(tmp_path, pictures, save, opened):
    save(tmp_path / "images" / "a.png", pictures[0])
    (tmp_path / "images" / "b.tiff").write_bytes(b"x")
    with pytest.raises(InputError, match=r"b\.tiff of .* is no image"):
        opened()


def test_an_empty_set_is_refused(tmp_path, opened):
    (tmp_path / "images").mkdir()
    with pytest.raises(InputError, match="holds no images"):
        opened()


def test_a_file_that_is_no_image_is_named_when_it_is_reached(tmp_path, pictures, save, opened):
    for number in range(6):
        save(tmp_path / "images" / f"{number}.png", pictures[number])
    (tmp_path / "images" / "4.png").write_bytes(b"an error page")
    batches = opened().batches(2)
    assert np.array_equal(next(batches), pictures[:2])
    with pytest.raises(InputError, match=r"4\.png of .* cannot be read as an image"):
        list(batches)


def test_the_first_of_another_size_is_named(tmp_path, pictures, save, opened):
    for number, picture in enumerate([pictures[0], pictures[1], pictures[2][:4], pictures[3][:3]]):
        save(tmp_path / "images" / f"{number}.png", picture)
    with pytest.raises(
        InputError, match=r"2\.png of .* has 5x4 pixels and the images before it 5x6; .* ask for a size"
    ):
        joined(opened())


def test_with_a_size_all_become_squares(tmp_path, pictures, save, opened):
    shapes = [pictures[0], pictures[1][:4], np.tile(pictures[2], (4, 4, 1))]
    for number, picture in enumerate(shapes):
        save(tmp_path / "images" / f"{number}.png", picture)
    images = opened(size=4)
    assert images.image_size == (4, 4)
    assert np.array_equal(joined(images), np.stack([fit(picture, 4) for picture in shapes]))


def test_the_hash_is_of_names_bytes_and_size_whatever_holds_them(tmp_path, pictures, save):
    folder = tmp_path / "images"
    for number in range(3):
        save(folder / f"{number}.png", pictures[number])
    first = FolderImages(folder).sha256
    assert ZipImages(zipped(folder, tmp_path / "i.zip")).sha256 == first
    hashes = {first, FolderImages(folder, 4).sha256}
    (folder / "2.png").rename(folder / "3.png")
    hashes.add(FolderImages(folder).sha256)
    save(folder / "3.png", pictures[4])
    hashes.add(FolderImages(folder).sha256)
    assert len(hashes) == 4


def test_many_images_take_the_memory_of_a_few(tmp_path, opened):
    (tmp_path / "images").mkdir()
    for number in range(120):
        Image.fromarray(np.full((128, 128, 3), number, np.uint8)).save(tmp_path / "images" / f"{number}.bmp")
    images = opened()
    tracemalloc.start()
    levels = [int(batch[0, 0, 0, 0]) for batch in images.batches(4)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert levels == list(range(0, 120, 4))
    assert peak < 120 * 128 * 128 * 3 / 1.5


def test_a_reader_that_stops_early_leaves_no_threads(tmp_path, pictures, save, opened):
    for number in range(12):
        save(tmp_path / "images" / f"{number}.png", pictures[number])
    batches = opened().batches(1)
    next(batches)
    batches.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("beatgans")]


def test_decoding_is_left_to_threads(tmp_path, pictures, save, opened, monkeypatch):
    from beatgans.reference_batches import encoded_images

    for number in range(12):
        save(tmp_path / "images" / f"{number}.png", pictures[number])
    images, decode, threads = opened(), encoded_images.decode, set()

    def watched(*arguments):
        threads.add(threading.current_thread().name)
        return decode(*arguments)

    monkeypatch.setattr(encoded_images, "decode", watched)
    assert np.array_equal(joined(images), pictures)
    assert threads
    assert all(name.startswith("beatgans") for name in threads)


def test_links_are_followed_and_circles_are_not(tmp_path, pictures, save):
    save(tmp_path / "elsewhere" / "a.png", pictures[0])
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "circle").symlink_to(tmp_path / "images")
    (tmp_path / "elsewhere" / "itself").symlink_to(tmp_path / "elsewhere")
    assert FolderImages(tmp_path / "images").names == ["linked/a.png"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path, pictures, save):
    save(tmp_path / "images" / "a.png", pictures[0]).chmod(0)
    with pytest.raises(InputError, match=r"a\.png of .* cannot be read \(Permission denied\)"):
        FolderImages(tmp_path / "images")


def test_a_link_to_nothing_is_named(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(InputError, match=r"a\.png of .* cannot be read \(No such file"):
        FolderImages(tmp_path)


def test_names_that_point_outside_do_no_harm(tmp_path, pictures, save):
    source = save(tmp_path / "a.png", pictures[0])
    with zipfile.ZipFile(tmp_path / "i.zip", "w") as archive:
        for name in ("../../up.png", "/root.png"):
            archive.writestr(name, source.read_bytes())
    before = sorted(tmp_path.parent.rglob("*"))
    assert np.array_equal(joined(open_images(tmp_path / "i.zip")), pictures[[0, 0]])
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_message_stays_one_line_whatever_a_name_contains(tmp_path):
    with zipfile.ZipFile(tmp_path / "i.zip", "w") as archive:
        archive.writestr("two\nlines.png", b"no image")
    with pytest.raises(InputError) as refusal:
        ZipImages(tmp_path / "i.zip")
    assert "'two\\nlines.png'" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_member_without_a_name_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "i.zip", "w") as archive:
        archive.writestr("xa.png", b"no image")
    data = (tmp_path / "i.zip").read_bytes()
    (tmp_path / "i.zip").write_bytes(data.replace(b"xa.png", b"\0a.png"))  # names end at a null byte
    with pytest.raises(InputError, match="is no image"):
        ZipImages(tmp_path / "i.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path, pictures, save):
    source = save(tmp_path / "a.png", pictures[0])
    with zipfile.ZipFile(tmp_path / "i.zip", "w") as archive:
        for _ in range(2):
            archive.writestr("a.png", source.read_bytes())
    with pytest.raises(InputError, match=r"holds a\.png twice"):
        ZipImages(tmp_path / "i.zip")


def test_a_member_too_large_for_an_image_is_refused(tmp_path, monkeypatch):
    from beatgans.reference_batches import zip_images

    monkeypatch.setattr(zip_images, "LARGEST_IMAGE_BYTES", 1_000)
    with zipfile.ZipFile(tmp_path / "i.zip", "w") as archive:
        archive.writestr("a.png", bytes(1_001))
    with pytest.raises(InputError, match=r"a\.png of .* has 1,001 bytes, implausibly many"):
        ZipImages(tmp_path / "i.zip")


def test_a_flipped_bit_in_a_member_is_found(tmp_path, save):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    whole = save(tmp_path / "1.bmp", noise).read_bytes()
    with zipfile.ZipFile(tmp_path / "i.zip", "w") as archive:
        archive.writestr("1.bmp", whole)
        archive.writestr("2.bmp", whole)
    data = bytearray((tmp_path / "i.zip").read_bytes())
    data[data.rindex(whole) + 5_000] ^= 1
    (tmp_path / "i.zip").write_bytes(data)
    with pytest.raises(InputError, match=r"i\.zip cannot be read as a zip archive of images \(Bad CRC-32"):
        joined(ZipImages(tmp_path / "i.zip"))
