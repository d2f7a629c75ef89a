from __future__ import annotations

import shutil

import numpy as np
import pytest

from beatgans.evaluator import digits
from beatgans.reference_batches import InputError


@pytest.fixture
def weights(monkeypatch, tmp_path):
    """A copy of the shipped weights and their record, taken for the shipped ones."""
    for name in ("digits.safetensors", "digits.json"):
        shutil.copy(digits.WEIGHTS.parent / name, tmp_path)
    monkeypatch.setattr(digits, "WEIGHTS", tmp_path / "digits.safetensors")
    return tmp_path / "digits.safetensors"


def test_the_shipped_weights_are_loaded_when_they_are_those_of_their_record(weights):
    features = digits.load(None, "cpu")(np.zeros((2, 8, 8, 3), np.uint8))
    assert features.pool.shape == (2, 64)


def test_a_flipped_bit_in_the_shipped_weights_is_found_before_anything_is_scored(weights):
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1  # within the last tensor, where the file still reads well
    weights.write_bytes(content)
    with pytest.raises(InputError, match=r"digits.safetensors are damaged: their SHA-256"):
        digits.load(None, "cpu")
    assert digits.load(weights, "cpu")  # a file that the user names is the user's own


@pytest.mark.parametrize("record", ["{", "[]", "{}", '"text"'])
def test_a_damaged_record_is_named(weights, record):
    weights.with_suffix(".json").write_text(record)
    with pytest.raises(InputError, match="the record of the extractor's weights"):
        digits.load(None, "cpu")


@pytest.mark.parametrize("name", ["digits.safetensors", "digits.json"])
def test_a_missing_file_is_named(weights, name):
    (weights.parent / name).unlink()
    with pytest.raises(InputError, match=f"{name} do not exist; reinstall beatgans"):
        digits.load(None, "cpu")
