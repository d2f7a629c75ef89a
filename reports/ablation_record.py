"""What a study of ablations found: for each question the arms' values seed by seed, and the papers' orderings."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from .fields import Count, Number, Record, Setting
from .readable_json import readable_json

SCHEMA: Literal["beatgans/ablations/1"] = "beatgans/ablations/1"


class ArmRecord(Record):
    """One variant."""

    name: str
    title: str


class MeasureRecord(Record):
    """One measure, and its values."""

    name: str
    title: str
    higher_is_better: bool
    values: dict[str, tuple[Number | None, ...]]
    """By arm, one for each seed in the study's order."""
    means: dict[str, Number | None]
    standard_errors: dict[str, Number | None]
    """Of the means, over the training seeds."""
    reasons: dict[str, str] = Field(default_factory=dict)
    """Why an arm has no mean or no standard error."""


class OrderingRecord(Record):
    """One ordering of a paper, and what became of it."""

    better: str
    worse: str
    measure: str
    claim: str
    published: str
    source: str
    confidence: Literal["sourced", "recalled"]
    answer: Literal["holds", "does not hold", "not decided"]
    difference: Number | None
    """By how much ``better`` is better; below zero where it is worse."""
    standard_error: Number | None = Field(ge=0)
    low: Number | None
    """The lower end of the 95 % interval of the difference."""
    high: Number | None
    reason: str | None = None

    @model_validator(mode="after")
    def _missing_has_a_reason(self) -> Self:
        if self.low is None and not self.reason:
            raise ValueError("an ordering without an interval needs a reason")
        return self


class QuestionRecord(Record):
    """One question."""

    name: str
    title: str
    arms: tuple[ArmRecord, ...]
    measures: tuple[MeasureRecord, ...]
    orderings: tuple[OrderingRecord, ...]


class AblationRecord(Record):
    """A whole study."""

    schema_: Literal["beatgans/ablations/1"] = Field(default=SCHEMA, alias="schema")
    name: str
    title: str
    seeds: tuple[Count, ...]
    rule: str
    """What decides an ordering."""
    protocol: dict[str, Setting]
    """What the scores depend on besides the models."""
    questions: tuple[QuestionRecord, ...]


def ablations_to_json(record: AblationRecord) -> str:
    """The record as JSON with sorted keys: equal records give equal bytes."""
    return readable_json(record.model_dump(mode="json", by_alias=True))
