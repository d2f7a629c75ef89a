"""A verdict of every kind of finding, made by hand."""

from __future__ import annotations

import pytest

from beatgans.reports.verdict import BaselineOrigin, ComparisonRecord, VerdictRecord


def tested(point, metric, finding, baseline, change, error, **others):
    return ComparisonRecord(
        point=point,
        metric=metric,
        finding=finding,
        higher_is_better=metric in {"recall", "inception_score"},
        baseline=baseline,
        candidate=baseline + change,
        difference=change,
        standard_error=error,
        margin=0.1,
        paired=True,
        **others,
    )


@pytest.fixture
def verdict() -> VerdictRecord:
    return VerdictRecord(
        outcome="regression",
        sentence="regression of digits: FID of a|b: it rose <a lot> (and 3 more)",
        reasons=("FID of a|b: it rose <a lot>", "the others"),
        notes=("Speeds are not judged.",),
        suite="digits",
        accepted=BaselineOrigin(who="A. Tester <a@b.example>", when="2025-01-31T12:00:00+00:00", why="the first"),
        significance=0.05,
        comparisons=(
            ComparisonRecord(
                point="same", metric="fid", finding="identical", higher_is_better=False, baseline=2.0, candidate=2.0
            ),
            tested("a|b", "recall", "unchanged", 0.61, 0.002, 0.011, p_value=1.0),
            tested("a|b", "inception_score", "inconclusive", 7.5, -0.3, 0.2, p_value=0.6, reason="open",
                   samples_needed=12_000),
            tested("a|b", "sfid", "better", 4.0, -1.0, 0.1, p_value=0.001, reason="too good", tolerated=True),
            tested("a|b", "fid", "worse", 2.0, 0.5, 0.05, p_value=0.0001, reason='it rose <a lot> & "more" \x1b[31m'),
            ComparisonRecord(
                point="gone", metric="fid", finding="not compared", higher_is_better=False, baseline=3.0,
                reason="the run has no such point",
            ),
        ),
    )  # fmt: skip


@pytest.fixture
def refused() -> VerdictRecord:
    return VerdictRecord(
        outcome="cannot judge",
        sentence="cannot judge digits: protocols differ: k is 3 in the baseline and 5 in the run (and 1 more)",
        reasons=("protocols differ: k is 3 in the baseline and 5 in the run", "references differ"),
        suite="digits",
    )
