"""What a run answers, for the result record."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .fields import Number, PositiveCount, Record


class AnswerRecord(Record):
    """From how many network evaluations on does the diffusion model beat the GAN? Said in numbers and in words."""

    question: str
    reached: bool
    """Whether any diffusion point's FID is at or below the GAN's best."""
    network_evaluations: PositiveCount | None = None
    """The smallest NFE at which it is; None if it never is."""
    point: str | None = None
    """The id of the point at which it is."""
    certain_from: PositiveCount | None = None
    """The smallest NFE at which the 95 % interval of the difference of the two FIDs lies wholly at or below zero."""
    possible_from: PositiveCount | None = None
    """The smallest NFE at which that interval reaches zero: below it the diffusion model is surely worse."""
    baseline_point: str | None = None
    """The id of the GAN's best point, of those that can be compared; None where none can."""
    sentence: str
    """The answer in words, with its uncertainty."""


class EqualQualityRecord(Record):
    """What one curve of operating points costs where its FID is that of the baseline's best point."""

    model: str
    """Of the curve's points, which differ in their steps or their truncation alone."""
    label: str
    """The settings that they share, in words; empty where there are none."""
    points: tuple[str, ...] = Field(min_length=1)
    """Their ids, fastest first."""
    between: tuple[str, str] | None = None
    """The neighbours on the curve between which the FID is equal; None where it nowhere is."""
    seconds_per_image: Number | None = Field(default=None, ge=0)
    """Where it is: the logarithm of the seconds interpolated between these two, linearly in FID."""
    cost_ratio: Number | None = Field(default=None, ge=0)
    """These seconds / those of the baseline's best point."""
    reason: str | None = None
    """Why there is no ratio."""

    @model_validator(mode="after")
    def _missing_has_a_reason(self) -> Self:
        if self.cost_ratio is None and not self.reason:
            raise ValueError("cost_ratio is null and needs a reason")
        return self


class TradeOffRecord(Record):
    """Quality against time, over all points of the run that were timed and scored."""

    pareto_front: tuple[str, ...]
    """The ids of the points that no other is both faster than and of lower FID (or equal in one), fastest first; real
    images do not compete. The error bars play no part in it."""
    baseline_point: str | None
    """The id of the baseline's best point, which the ratios are against; None without a baseline that was timed."""
    equal_quality: tuple[EqualQualityRecord, ...]
    """One for each curve of the other models; none without a baseline point."""
    sentence: str
    """The front and the least of the ratios in words."""
