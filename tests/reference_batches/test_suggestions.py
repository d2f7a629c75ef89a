from __future__ import annotations

from beatgans.reference_batches import hint


def test_near_matches_are_offered_and_distant_names_listed():
    assert hint("digit", ["digits", "faces"]) == "did you mean digits?"
    assert hint("zzz", ["digits", "faces"]) == "known are digits, faces"
