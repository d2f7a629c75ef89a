from __future__ import annotations

import pytest
from pydantic import ValidationError

from beatgans.reports.ablation_record import (
    AblationRecord,
    ArmRecord,
    MeasureRecord,
    OrderingRecord,
    QuestionRecord,
    ablations_to_json,
)
from beatgans.reports.ablation_tables import ablations_markdown, arms_table, orderings_table, values_csv, verdict
from beatgans.reports.render import csv, markdown

ORDERING = {
    "better": "a",
    "worse": "b",
    "measure": "fid",
    "claim": "A is better.",
    "published": "1.0 against 2.0",
    "source": "a paper, Table 1",
    "confidence": "recalled",
    "answer": "holds",
    "difference": 0.5,
    "standard_error": 0.1,
    "low": 0.2,
    "high": 0.8,
}


@pytest.fixture
def record():
    undecided = {
        "answer": "not decided", "difference": None, "standard_error": None, "low": None, "high": None,
        "reason": "a seed has no value", "measure": "noise", "confidence": "sourced",
    }  # fmt: skip
    measures = (
        MeasureRecord(
            name="fid",
            title="FID",
            higher_is_better=False,
            values={"a": (0.9, 1.1), "b": (1.4, 1.6)},
            means={"a": 1.0, "b": 1.5},
            standard_errors={"a": 0.1, "b": 0.1},
        ),
        MeasureRecord(
            name="noise",
            title="Noise",
            higher_is_better=False,
            values={"a": (3.0, None), "b": (2.0, 2.5)},
            means={"a": None, "b": 2.25},
            standard_errors={"a": None, "b": 0.25},
            reasons={"a": "seed 1: none"},
        ),
    )
    question = QuestionRecord(
        name="one",
        title="A against B",
        arms=(ArmRecord(name="a", title="A|1"), ArmRecord(name="b", title="B")),
        measures=measures,
        orderings=(OrderingRecord(**ORDERING), OrderingRecord(**{**ORDERING, **undecided})),
    )
    return AblationRecord(
        name="tiny", title="Ablations", seeds=(0, 1), rule="The rule.", protocol={"n": 1}, questions=(question,)
    )


def test_a_line_an_arm_with_means_and_errors(record):
    table = arms_table(record, record.questions[0])
    text = markdown(table)
    assert "| Arm | FID ↓ | Noise ↓ |" in text
    assert r"| A\|1 | 1.00 ± 0.10 | – |" in text
    assert "| B | 1.50 ± 0.10 | 2.2 ± 0.2 |" in text
    assert "Missing (seed 1: none): Noise of a." in text
    assert "Means over 2 training seeds" in text
    assert csv(table).splitlines() == [
        "arm,fid,fid_standard_error,noise,noise_standard_error,reason",
        "A|1,1.0,0.1,,,noise: seed 1: none",
        "B,1.5,0.1,2.25,0.25,",
    ]


def test_a_line_an_ordering_with_its_interval_and_answer(record):
    text = markdown(orderings_table(record))
    assert (
        "| A is better. | 1.0 against 2.0 | a paper, Table 1 (recalled) | FID | +0.50 ± 0.10 | +0.20 | +0.80 | holds |"
        in text
    )
    assert "| A is better. | 1.0 against 2.0 | a paper, Table 1 | Noise | – | – | – | not decided |" in text
    assert "The rule." in text
    assert "verify before citing" in text
    assert "one,A is better.,1.0 against 2.0" in csv(orderings_table(record))


def test_the_whole_has_the_rule_once_and_the_sum(record):
    text = ablations_markdown(record)
    assert text.count("The rule.") == 1
    assert "Of 2 orderings 1 hold at this size, 0 do not, and 1 are not decided by 2 training seeds." in text
    assert verdict(record) in text


def test_every_value_is_in_the_csv(record):
    assert values_csv(record).splitlines() == [
        "question,measure,arm,seed,value",
        "one,fid,a,0,0.9",
        "one,fid,a,1,1.1",
        "one,fid,b,0,1.4",
        "one,fid,b,1,1.6",
        "one,noise,a,0,3.0",
        "one,noise,a,1,",
        "one,noise,b,0,2.0",
        "one,noise,b,1,2.5",
    ]


def test_the_record_survives_json_and_lacks_nothing_without_a_reason(record):
    assert AblationRecord.model_validate_json(ablations_to_json(record)) == record
    with pytest.raises(ValidationError, match="needs a reason"):
        OrderingRecord(**{**ORDERING, "low": None})
