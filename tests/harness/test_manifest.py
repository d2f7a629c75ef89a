from __future__ import annotations

import json

import pytest

from beatgans.harness import load_suite
from beatgans.harness.identity import config_hash, identify
from beatgans.harness.manifest import Manifest, read_manifest, write_manifest
from beatgans.harness.points import operating_points
from beatgans.reference_batches import InputError


@pytest.fixture(scope="module")
def manifest(suite_file):
    suite = load_suite(str(suite_file))
    return Manifest.of(suite, identify(suite, operating_points(suite), "cpu"))


def test_a_manifest_is_read_as_it_was_written(manifest, tmp_path):
    write_manifest(tmp_path / "manifest.json", manifest)
    assert read_manifest(tmp_path / "manifest.json").model_dump() == manifest.model_dump()


def test_the_file_names_its_schema_and_holds_the_resolved_suite(manifest, tmp_path):
    write_manifest(tmp_path / "manifest.json", manifest)
    data = json.loads((tmp_path / "manifest.json").read_text())

    assert data["schema"] == "beatgans/manifest/1"
    assert data["suite"]["points"][0]["guidance"] == [0.0, 1.0]
    assert data["config_hash"] == config_hash(manifest.identity)


def test_a_folder_in_its_place_is_named(tmp_path):
    with pytest.raises(InputError, match=rf"{tmp_path.name} cannot be read \(Is a directory\)"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("beatgans/manifest/1", "beatgans/manifest/2"),
        ('"seed": 0', '"seed": 1'),  # an identity that is not the one its hash is of
        (
            "{",
            "",
        ),
    ],
)
def test_a_damaged_or_newer_manifest_is_one_sentence(manifest, tmp_path, old, new):
    path = tmp_path / "manifest.json"
    write_manifest(path, manifest)
    path.write_text(path.read_text().replace(old, new, 1))

    with pytest.raises(InputError, match="is damaged or of another version of beatgans") as caught:
        read_manifest(path)
    assert "\n" not in str(caught.value)
