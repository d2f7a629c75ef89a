"""The difference of two scores, with its standard error: paired where both were sampled from the same seeds.

Runs of the same seeds share labels and noise, so what makes one run's images easy makes the other's easy too, and most
of the spread of the two scores cancels in their difference. Its standard error is that of a delete-group jackknife of
the difference itself: group g of the samples is deleted from both runs, and the difference of the two replicates is the
replicate of the difference (J. Shao and C. F. J. Wu, "A general theory for jackknife variance estimation", 1989). Where
seeds differ, the squares of the two standard errors add up.

A standard error from G groups is itself an estimate of G - 1 degrees of freedom, so a difference in units of it follows
Student's distribution; that of two independent ones has Welch's degrees of freedom (B. L. Welch, "The generalization of
'Student's' problem when several different population variances are involved", 1947).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..evaluator.uncertainty import jackknife_standard_error
from ..reports import ScoreRecord


class ScoreDifference(NamedTuple):
    """One score less another."""

    value: float
    standard_error: float
    degrees: float
    """Of freedom, of the standard error."""
    paired: bool

    @property
    def p_value(self) -> float:
        """The chance of a difference at least so large, in either direction, where there is none."""
        if self.standard_error == 0:
            return 1.0 if self.value == 0 else 0.0
        from scipy.special import stdtr  # imported where it is needed, as help and lists need no SciPy

        return float(2 * stdtr(self.degrees, -abs(self.value) / self.standard_error))

    def quantile(self, probability: float) -> float:
        """The quantile of Student's distribution at the difference's degrees of freedom."""
        from scipy.special import stdtrit

        return float(stdtrit(self.degrees, probability))


def can_be_paired(candidate: ScoreRecord, baseline: ScoreRecord) -> bool:
    """Whether both scores have replicates over the same groups of samples, whatever the seeds."""
    return (
        candidate.replicates is not None
        and baseline.replicates is not None
        and len(candidate.replicates) == len(baseline.replicates)
        and candidate.n == baseline.n
    )


def paired_difference(candidate: ScoreRecord, baseline: ScoreRecord) -> ScoreDifference:
    """Candidate less baseline of the same seeds; both have values and replicates, see :func:`can_be_paired`."""
    assert candidate.value is not None
    assert baseline.value is not None
    assert candidate.replicates is not None
    assert baseline.replicates is not None
    replicates = np.subtract(candidate.replicates, baseline.replicates)
    return ScoreDifference(
        candidate.value - baseline.value, jackknife_standard_error(replicates), len(replicates) - 1, True
    )


def unpaired_difference(candidate: ScoreRecord, baseline: ScoreRecord, groups: int) -> ScoreDifference:
    """Candidate less baseline of other seeds; both have values and standard errors, each estimated from ``groups``."""
    assert candidate.value is not None
    assert baseline.value is not None
    assert candidate.standard_error is not None
    assert baseline.standard_error is not None
    a, b = np.square([candidate.standard_error, baseline.standard_error])
    degrees = (groups - 1) * (a + b) ** 2 / (a**2 + b**2) if a + b > 0 else groups - 1
    return ScoreDifference(candidate.value - baseline.value, math.sqrt(a + b), float(degrees), False)
