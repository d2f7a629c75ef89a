from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from beatgans.harness.image_identity import ImagesIdentity, identify_images, identify_reference
from beatgans.reference_batches import Batch, InputError, digits_heldout, sha256_file, write_batch


def test_a_file_of_statistics_has_no_images_and_no_size(tmp_path):
    path = tmp_path / "statistics.npz"
    np.savez(path, mu=np.zeros(4), sigma=np.eye(4))
    identity = identify_reference(str(path), None)
    assert identity == ImagesIdentity(num_images=None, height=None, width=None, sha256=sha256_file(path))
    with pytest.raises(InputError, match=r"statistics\.npz"):
        identify_images(str(path), None)


def test_a_folder_is_known_by_the_content_of_its_files(tmp_path):
    for name, brightness in (("a.png", 0), ("b.png", 9)):
        Image.new("RGB", (6, 5), (brightness,) * 3).save(tmp_path / name)
    before = identify_images(str(tmp_path), None)
    assert (before.num_images, before.height, before.width) == (2, 5, 6)
    assert identify_images(str(tmp_path), before) == before

    Image.new("RGB", (6, 5), (1, 1, 1)).save(tmp_path / "b.png")
    assert identify_images(str(tmp_path), before) != before


def test_built_in_images_are_taken_from_the_manifest_and_files_are_not(tmp_path):
    known = ImagesIdentity(num_images=7, height=1, width=2, sha256="ab" * 32)
    assert identify_reference("digits", known) is identify_images("digits-heldout", known) is known

    path = tmp_path / "real.npz"
    write_batch(path, Batch(digits_heldout().images[:30]))
    assert identify_reference(str(path), known) == identify_images(str(path), known)
    assert identify_images(str(path), known).num_images == 30
