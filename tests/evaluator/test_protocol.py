from __future__ import annotations

import json

import pytest

from beatgans.evaluator.protocol import PROTOCOLS, find_protocol, protocol_record
from beatgans.reference_batches import InputError


class Named:
    """What a record says of an extractor."""

    def __init__(self, name, weights_sha256, dtype="float32"):
        self.name = name
        self.weights_sha256 = weights_sha256
        self.settings = {"resize": "none", "extractor_dtype": dtype}


def test_record_is_flat_json_and_names_the_extractor():
    record = protocol_record("adm", Named("digits", "ab12"), groups=20)
    assert json.loads(json.dumps(record)) == record
    assert not any(isinstance(value, (dict, list)) for value in record.values())
    assert record["extractor"] == "digits"
    assert record["extractor_sha256"] == "ab12"
    assert record["resize"] == "none"


def test_adm_keeps_the_choices_of_the_original_evaluator():
    record = protocol_record("adm", Named("digits", "ab12"), groups=20)
    assert record["neighbours"] == 3
    assert record["distance_dtype"] == "float16"
    assert record["mean_dtype"] == "float32"
    assert record["covariance_divisor"] == "n-1"
    assert record["inception_score_chunk"] == 5000
    assert record["inside"] == "<="


@pytest.mark.parametrize(
    "other",
    [
        ("exact", Named("digits", "ab12"), 20),
        ("adm", Named("inception", "ab12"), 20),
        ("adm", Named("digits", "cd34"), 20),
        ("adm", Named("digits", "ab12", "bfloat16"), 20),
        ("adm", Named("digits", "ab12"), 10),
    ],
)
def test_whatever_changes_a_number_changes_the_record(other):
    assert protocol_record(*other) != protocol_record("adm", Named("digits", "ab12"), 20)


def test_unknown_protocol_suggests_a_near_one():
    with pytest.raises(InputError, match="did you mean exact"):
        find_protocol("exakt")
    with pytest.raises(InputError, match="known are adm, exact"):
        protocol_record("fid50k", Named("digits", "ab12"), 20)
    assert set(PROTOCOLS) == {"adm", "exact"}
