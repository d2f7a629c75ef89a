from __future__ import annotations

import pytest

from beatgans.harness.extractor import default_extractor, find_weights
from beatgans.reference_batches import InputError


def test_the_extractor_of_a_reference_is_the_recorded_one_or_that_of_its_kind():
    assert default_extractor("digits") == "digits"
    assert default_extractor("some.npz") == "inception"
    assert default_extractor("some.npz", "digits") == "digits"


def test_weights_are_the_packaged_ones_or_those_that_are_named(tmp_path):
    assert find_weights("digits").name == "digits.safetensors"
    assert find_weights("digits").is_file()
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"")
    assert find_weights("digits", str(other)) == other
    assert find_weights("my_package:extractor") is None


@pytest.mark.parametrize(
    ("name", "weights", "message"),
    [
        ("digit", None, "extractor: there is no extractor named 'digit'; did you mean digits"),
        ("digits", "nowhere.pb", "extractor_weights: nowhere.pb does not exist"),
        ("dinov2", None, "extractor_weights: name the folder of dinov2's weights"),
    ],
)
def test_what_cannot_be_found_is_said_with_the_field_of_the_suite(name, weights, message):
    with pytest.raises(InputError, match=message):
        find_weights(name, weights)
