from __future__ import annotations

import json

import numpy as np
import pytest

from beatgans.harness.reference_entries import list_references, show_reference
from beatgans.reference_batches import Batch, InputError, catalog, check_file, write_batch


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def fetched():
    path = catalog()["imagenet512"].path
    write_batch(path, Batch(np.zeros((2, 4, 5, 3), np.uint8), np.array([3, 3])))
    check_file(path)
    return path


def test_built_in_and_released_references_are_listed():
    entries = {entry["name"]: entry for entry in list_references()}
    assert len(entries) == 36
    assert entries["digits"]["kind"] == "built-in"
    assert entries["imagenet512"]["fetched"] is False
    assert "1,000" in entries["imagenet512"]["trap"]
    assert all(entry["description"] for entry in entries.values())


def test_what_was_fetched_is_said(fetched):
    assert next(entry for entry in list_references() if entry["name"] == "imagenet512")["fetched"] is True
    facts = show_reference("imagenet512")
    assert (facts["fetched"], facts["path"]) == (True, str(fetched))
    assert facts["content"]["image_size"] == [4, 5]


def test_a_released_batch_is_known_before_it_is_fetched():
    facts = show_reference("imagenet512")
    assert (facts["fetched"], facts["path"], facts["content"]) == (False, None, None)
    assert "1,000 images" in facts["note"]
    assert "statistics of the whole data set" in facts["note"]


def test_a_file_shows_what_it_holds_and_what_it_lacks(tmp_path):
    np.savez(tmp_path / "fid.npz", mu=np.zeros(3, np.float32), sigma=np.eye(3))
    facts = show_reference(str(tmp_path / "fid.npz"))
    assert facts["statistics"] == {"dimensions": 3, "spatial_dimensions": None, "mean_dtype": "float32"}
    assert facts["images"] is None
    assert "mu_s" in facts["no_sfid"]
    assert "statistics alone" in facts["no_precision_and_recall"]


def test_everything_shown_is_json():
    for name in ("digits", "imagenet256", "imagenet64-admnet"):
        assert json.dumps(show_reference(name), allow_nan=False)
    assert show_reference("digits")["labels"] == {"classes": 10}


def test_what_is_nowhere_is_refused():
    with pytest.raises(InputError, match="did you mean imagenet512"):
        show_reference("imagenet51")
