"""The verdict record: what the gate found when it held a run against a baseline, and why.

It is what ``beatgans gate --json`` writes, and what the exports for continuous integration are made of.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from .readable_json import readable_json
from .record import Count, Number, Record

SCHEMA: Literal["beatgans/verdict/1"] = "beatgans/verdict/1"

Finding: TypeAlias = Literal["identical", "unchanged", "worse", "better", "inconclusive", "not compared"]
"""What came of one comparison.

``identical``: the images are, to the last bit. ``unchanged``: surely no worse than the margin allows. ``worse`` and
``better``: by more than the margin, and that there was a change at all is proven. ``inconclusive``: none of these.
``not compared``: it could not be.
"""
Outcome: TypeAlias = Literal["pass", "regression", "cannot judge"]


class ComparisonRecord(Record):
    """One score of one operating point, in the baseline and in the candidate."""

    point: str
    metric: str
    finding: Finding
    reason: str | None = None
    """What the finding rests on, in words; there whenever the gate does not pass by it."""
    higher_is_better: bool
    baseline: Number | None = None
    candidate: Number | None = None
    difference: Number | None = None
    """Candidate less baseline; None where there is nothing to subtract."""
    standard_error: Number | None = Field(default=None, ge=0)
    """Of the difference. None where the images are identical, or it is not known."""
    p_value: Number | None = Field(default=None, ge=0, le=1)
    """Two-sided, for no difference at all, after Holm's correction over all comparisons that were tested."""
    margin: Number | None = Field(default=None, ge=0)
    """The largest change that does not matter, in the units of the score."""
    paired: bool | None = None
    """Whether both were sampled from the same seeds, and compared image group by image group; None where not tested."""
    tolerated: bool = False
    """Whether it passes though it proves nothing, as whoever called the gate asked for."""
    samples_needed: Count | None = None
    """Images of a point that would decide an inconclusive comparison; None where none would, or none is needed."""


class BaselineOrigin(Record):
    """Who accepted a baseline, when and why."""

    who: str = Field(min_length=1)
    when: str
    """ISO-8601 in UTC."""
    why: str = Field(min_length=1)


class VerdictRecord(Record):
    """The gate's answer."""

    schema_: Literal["beatgans/verdict/1"] = Field(default=SCHEMA, alias="schema")
    outcome: Outcome
    sentence: str
    """The outcome in words."""
    reasons: tuple[str, ...] = ()
    """Why it does not pass, one sentence each, proven regressions first; none where it passes."""
    notes: tuple[str, ...] = ()
    """What to know besides: what was tolerated, what is new, what is not judged at all."""
    suite: str
    accepted: BaselineOrigin | None = None
    """Of the baseline; None where there is none."""
    significance: Number | None = Field(default=None, gt=0, lt=1)
    """The largest chance of a false alarm among all comparisons; None where nothing was compared."""
    comparisons: tuple[ComparisonRecord, ...] = ()


def verdict_json(verdict: VerdictRecord) -> str:
    """The verdict as JSON with sorted keys: equal verdicts give equal bytes."""
    return readable_json(verdict.model_dump(mode="json", by_alias=True))
