"""The gate's policy: which changes matter, and what counts as proof."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..reference_batches import InputError

Tolerable = Literal["inconclusive", "better"]
TOLERABLE: tuple[Tolerable, ...] = ("inconclusive", "better")
_Size = Annotated[float, Field(ge=0, le=1e15)]


class Margin(BaseModel):
    """The largest change of a score that does not matter: the larger of a share of the baseline and a fixed size."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    relative: _Size = 0.0
    """A share of the baseline's value."""
    absolute: _Size = 0.0
    """In the units of the score."""

    def of(self, baseline: float) -> float:
        """The margin around a baseline's value, in the units of the score."""
        return max(self.absolute, self.relative * abs(baseline))

    def __str__(self) -> str:
        sizes = [f"{100 * self.relative:g}%"] if self.relative or not self.absolute else []
        return " or ".join([*sizes, *([f"{self.absolute:g}"] if self.absolute else [])])


DEFAULT_MARGINS: Mapping[str, Margin] = {
    "fid": Margin(relative=0.02),
    "sfid": Margin(relative=0.02),
    "inception_score": Margin(relative=0.01),
    "precision": Margin(absolute=0.01),
    "recall": Margin(absolute=0.02),
}
"""The band of MLPerf's text-to-image benchmark for FID, and about what papers print of the others.

Recall has twice the margin of precision: its jackknife errs on the safe side, by up to twice, and a narrower one would
leave it open at 2,000 images whether anything changed.
"""
OTHER_METRICS = Margin(relative=0.02)


class Policy(BaseModel):
    """How the gate judges. It is part of the baseline, so that a change of it is reviewed like one of a score."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    significance: float = Field(default=0.05, gt=0, le=0.5)
    """The chance, at most, that a run of no change at all raises an alarm, over all of its scores together."""
    margins: dict[str, Margin] = Field(default_factory=lambda: dict(DEFAULT_MARGINS))
    """By metric."""

    def margin(self, metric: str) -> Margin:
        """The margin of a metric: 2 % of the baseline for one that is not named."""
        return self.margins.get(metric, OTHER_METRICS)

    def changed(self, margins: Iterable[str], metrics: Iterable[str]) -> Policy:
        """The policy with other margins, such as ``fid=3%`` or ``recall=0.02``.

        Raises:
            InputError: one is not of that form, or names a metric that the run does not have.
        """
        known = sorted(metrics)
        changed = dict(self.margins)
        for text in margins:
            metric, margin = _parse_margin(text)
            if metric not in known:
                raise InputError(f"--margin {text}: the run has no score named {metric!r}; it has {', '.join(known)}")
            changed[metric] = margin
        return self.model_copy(update={"margins": changed})


def _parse_margin(text: str) -> tuple[str, Margin]:
    match = re.fullmatch(r"(?P<metric>[^=]+)=(?P<size>\d+(?:\.\d*)?|\.\d+)(?P<percent>%?)", text)
    if match is None:
        raise InputError(f"--margin {text}: give a metric and a share or a size, such as fid=2% or recall=0.01")
    size = float(match["size"])
    return match["metric"], Margin(relative=size / 100) if match["percent"] else Margin(absolute=size)
