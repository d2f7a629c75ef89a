from __future__ import annotations

import shutil

import numpy as np
import pytest

from beatgans.harness.folder import RunFolder
from beatgans.harness.neighbours import NEIGHBOURS, nearest_indices, nearest_real_images
from beatgans.harness.report import first_samples
from beatgans.reference_batches import Batch, InputError, load_reference
from beatgans.reports import read_record

POINT = "digits-diffusion_ddim2"


@pytest.fixture(scope="module")
def samples(undisturbed):
    return first_samples(RunFolder(undisturbed), read_record(undisturbed / "results.json"))


def test_the_nearest_come_first():
    rng = np.random.default_rng(0)
    pool, samples = (rng.normal(size=(count, 6)).astype(np.float32) for count in (50, 8))
    expected = [
        sorted(range(50), key=lambda index: float(np.square(pool[index].astype(np.float64) - sample).sum()))[
            :NEIGHBOURS
        ]
        for sample in samples.astype(np.float64)
    ]
    assert nearest_indices(pool, samples).tolist() == expected


def test_a_real_image_is_its_own_neighbour(undisturbed, samples, tmp_path):
    """Features of the reference in place of the samples' lead back to the reference's images, one by one."""
    folder = RunFolder(tmp_path)
    shutil.copytree(undisturbed / "reference", folder.reference_features)
    folder.features(POINT).parent.mkdir(parents=True)
    (kept,) = folder.reference_features.glob("*.npz")
    shutil.copy(kept, folder.features(POINT))
    real = load_reference("digits").images
    found = nearest_real_images(folder, "digits", [POINT], {POINT: Batch(real[:30], None)})
    assert found[POINT].shape == (30, NEIGHBOURS, 8, 8, 3)
    assert np.array_equal(found[POINT][:, 0], real[:30])


def test_a_run_s_samples_find_images_of_its_reference(undisturbed, samples):
    found = nearest_real_images(
        RunFolder(undisturbed), "digits", [POINT, "digits-gan_truncation0.5", "absent"], samples
    )
    assert set(found) == {POINT, "digits-gan_truncation0.5"}
    real = {image.tobytes() for image in load_reference("digits").images}
    assert all(image.tobytes() in real for images in found[POINT] for image in images)


def test_without_features_or_reference_there_are_none(undisturbed, samples, tmp_path):
    folder = RunFolder(undisturbed)
    assert nearest_real_images(RunFolder(tmp_path), "digits", [POINT], samples) == {}
    assert nearest_real_images(folder, str(tmp_path / "gone.npz"), [POINT], samples) == {}
    assert nearest_real_images(folder, "digits", [], samples) == {}
    larger = {POINT: Batch(np.zeros((5, 16, 16, 3), np.uint8), None)}
    assert nearest_real_images(folder, "digits", [POINT], larger) == {}


def test_damaged_features_are_named(undisturbed, samples, tmp_path):
    folder = RunFolder(tmp_path)
    shutil.copytree(undisturbed / "reference", folder.reference_features)
    folder.features(POINT).parent.mkdir(parents=True)
    folder.features(POINT).write_bytes(b"not features")
    with pytest.raises(InputError, match=r"features\.npz"):
        nearest_real_images(folder, "digits", [POINT], samples)
