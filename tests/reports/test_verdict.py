from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from beatgans.reports.verdict import ComparisonRecord, VerdictRecord, verdict_json


def test_a_verdict_survives_the_round_trip_and_cannot_be_changed():
    verdict = VerdictRecord(outcome="pass", sentence="fine", suite="a", comparisons=(compared(),))
    text = verdict_json(verdict)
    assert VerdictRecord.model_validate_json(text, strict=True) == verdict
    assert json.loads(text)["schema"] == "beatgans/verdict/1"
    with pytest.raises(ValidationError, match="frozen"):
        verdict.outcome = "regression"


@pytest.mark.parametrize("change", [{"finding": "fine"}, {"p_value": 1.1}, {"difference": float("nan")}, {"more": 1}])
def test_what_is_no_comparison_is_refused(change):
    with pytest.raises(ValidationError):
        compared(**change)


def compared(**changes):
    return ComparisonRecord(**{"point": "a", "metric": "fid", "finding": "worse", "higher_is_better": False} | changes)
