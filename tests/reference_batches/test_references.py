import zipfile

import numpy as np
import pytest

from beatgans.reference_batches import (
    REFERENCES,
    Batch,
    InputError,
    catalog,
    check_file,
    load_reference,
    open_reference,
    sha256_file,
    write_batch,
)

STATISTICS = {"mu": np.zeros(3), "sigma": np.eye(3)}


@pytest.mark.parametrize("name", REFERENCES)
def test_every_built_in_reference_loads_and_opens(name):
    batch = load_reference(name)
    assert batch.images.shape == (len(batch.labels), 8, 8, 3)
    reference = open_reference(name)
    assert np.array_equal(np.concatenate(list(reference.images.batches(100))), batch.images)
    assert np.array_equal(reference.labels, batch.labels)
    assert len(reference.sha256) == 64


def test_a_path_is_a_reference_too(tmp_path, pictures):
    path = tmp_path / "mine.npz"
    write_batch(path, Batch(pictures, np.arange(12)))
    assert len(load_reference(str(path)).images) == 12
    reference = open_reference(str(path))
    assert (len(reference.images), reference.labels.tolist(), reference.statistics) == (12, list(range(12)), None)
    assert reference.sha256 == sha256_file(path)
    assert (reference.note, reference.extractor) == (None, None)


def test_a_folder_and_its_zip_are_one_reference(tmp_path, pictures, save):
    files = [
        save(tmp_path / "f" / f"{number // 6}" / f"{number}.png", picture) for number, picture in enumerate(pictures)
    ]
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        for file in files:
            archive.write(file, file.relative_to(tmp_path / "f"))
    references = [open_reference(tmp_path / name) for name in ("f", "f.zip")]
    assert references[0].sha256 == references[1].sha256
    for name in ("f", "f.zip"):
        images, labels = load_reference(str(tmp_path / name))
        assert np.array_equal(images, pictures)
        assert labels.tolist() == [0] * 6 + [1] * 6


def test_statistics_alone_say_what_cannot_be_scored(tmp_path):
    np.savez(tmp_path / "fid.npz", **STATISTICS)
    reference = open_reference(tmp_path / "fid.npz")
    assert reference.images is None
    assert "mu and sigma without mu_s and sigma_s" in reference.no_spatial_reason
    assert "statistics alone" in reference.no_precision_reason
    assert reference.sha256 == sha256_file(tmp_path / "fid.npz")
    with pytest.raises(InputError, match="has no arr_0"):
        load_reference(str(tmp_path / "fid.npz"))


def test_statistics_and_images_may_come_together(tmp_path, pictures):
    np.savez(tmp_path / "r.npz", arr_0=pictures, **STATISTICS, mu_s=np.zeros(2), sigma_s=np.eye(2))
    reference = open_reference(tmp_path / "r.npz")
    assert len(reference.images) == 12
    assert reference.statistics.mean.tolist() == [0, 0, 0]
    assert reference.no_spatial_reason is None
    assert reference.no_precision_reason is None


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"activations": np.zeros(3)}, "holds neither images .* but activations"),
        ({"pool": np.zeros((3, 3), np.float32)}, "features .* without their statistics"),
        ({"arr_0": np.zeros((2, 4, 4, 3), np.uint8), "mu_s": np.zeros(3)}, "without"),
        ({"arr_0": np.zeros((2, 4, 4, 3), np.uint8), **STATISTICS}, "mu and sigma but without mu_s and sigma_s"),
        (
            {"arr_0": np.zeros((2, 4, 4, 3)), **STATISTICS, "mu_s": np.zeros(2), "sigma_s": np.eye(2)},
            "float64, not uint8",
        ),
    ],
)
def test_other_files_are_refused(tmp_path, arrays, complaint):
    np.savez(tmp_path / "odd.npz", **arrays)
    with pytest.raises(InputError, match=complaint) as refusal:
        open_reference(tmp_path / "odd.npz")
    assert "odd.npz" in str(refusal.value)


def test_a_fetched_reference_opens_by_name_and_brings_its_trap(tmp_path, monkeypatch, pictures):
    monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path / "cache"))
    path = catalog()["imagenet512"].path
    write_batch(path, Batch(pictures))
    check_file(path)
    assert "1,000 images" in open_reference("imagenet512").note
    assert "1,000 images" in open_reference(path).note  # by its path as well
    assert len(load_reference("imagenet512").images) == 12


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("digit", "did you mean digits"),
        ("cifar10", "known are digits"),
        ("no.npz", "not exist"),
        ("imagenet64", "reference fetch imagenet64"),
    ],
)
def test_an_unknown_reference_is_refused_with_a_hint(name, hint, tmp_path, monkeypatch):
    monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path))
    for open_it in (load_reference, open_reference):
        with pytest.raises(InputError, match=hint):
            open_it(name)
