from __future__ import annotations

import json

import pytest

from beatgans.reports.readable_json import is_plain, readable_json

DATA = {
    "b": [1.5, None, "ü"],
    "a": {"z": [], "y": {}, "x": {"n": 1, "m": [2]}},
    "c": [[1, 2], {"d": True}],
}


def test_lists_of_plain_values_take_a_line_and_everything_is_sorted():
    assert readable_json(DATA) == (
        '{\n  "a": {\n    "x": {\n      "m": [2],\n      "n": 1\n    },\n    "y": {},\n    "z": []\n  },\n'
        '  "b": [1.5, null, "ü"],\n  "c": [\n    [1, 2],\n    {\n      "d": true\n    }\n  ]\n}\n'
    )


def test_it_is_the_same_json_whatever_is_flat():
    for flat in (None, is_plain, lambda _: True, lambda _: False):
        assert json.loads(readable_json(DATA, flat=flat)) == DATA


def test_mappings_of_plain_values_take_a_line_where_that_is_asked_for():
    assert '    {"d": true}\n' in readable_json(DATA, flat=is_plain)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_has_no_number_for_is_refused(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        readable_json({"a": [number]})
