from __future__ import annotations

import json

import pytest

from beatgans.harness.entries import list_entries, show_entries
from beatgans.reference_batches import InputError


def test_everything_that_is_listed_can_be_shown_as_json():
    for kind, entries in list_entries(None).items():
        for name, description in entries.items():
            assert description
            assert json.dumps(show_entries(name)[kind])


def test_a_name_of_several_things_shows_them_all():
    assert set(show_entries("digits")) == {"suites", "references", "extractors"}


def test_a_suite_is_shown_with_its_operating_points():
    assert "digits-gan_truncation1" in show_entries("digits")["suites"]["points"]


def test_one_kind_can_be_listed_alone():
    assert set(list_entries("models")) == {"models"}


def test_unknown_names_and_kinds_bring_near_matches():
    with pytest.raises(InputError, match="did you mean models"):
        list_entries("model")
    with pytest.raises(InputError, match="nothing is named 'digits-gam'; did you mean digits-gan"):
        show_entries("digits-gam")
