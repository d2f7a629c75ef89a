"""A verdict as GitHub-flavoured Markdown, for the summary of a step of GitHub's Actions or a comment on a change."""

from __future__ import annotations

from collections.abc import Iterable

from ..comparison_rows import comparison_rows, num_identical
from ..render.markdown import escape
from ..verdict import VerdictRecord

SIGNS = {"pass": "✅", "regression": "❌", "cannot judge": "⚠️"}
HEADINGS = ("Point", "Score", "Baseline", "Run", "Change", "Margin", "p", "Finding", "Images to decide")
MOST_ROWS = 200
"""Of the table: GitHub cuts a summary off at a mebibyte."""


def step_summary(verdict: VerdictRecord) -> str:
    """The outcome, the reasons, and the table of all scores whose images are not identical, the worst first."""
    rows = comparison_rows(verdict.comparisons)
    lines = [f"### {SIGNS[verdict.outcome]} {escape(verdict.sentence)}", ""]
    if rows:
        lines += [_line(HEADINGS), _line(["---", "---", *["---:"] * 5, "---", "---:"])]
        lines += [_line([escape(text) for text in row]) for row in rows[:MOST_ROWS]]
        lines += ["", *([f"{len(rows) - MOST_ROWS} more rows are in the JSON.", ""] if len(rows) > MOST_ROWS else [])]
    if identical := num_identical(verdict.comparisons):
        total = len(verdict.comparisons)
        lines += [f"{identical} of {total} scores: the images are identical to the baseline's.", ""]
    lines += [f"- {escape(text)}" for text in (*(() if rows else verdict.reasons), *verdict.notes, *_origin(verdict))]
    return "\n".join(lines).rstrip() + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _origin(verdict: VerdictRecord) -> list[str]:
    """Where the baseline is from, and what the table's signs mean."""
    if verdict.accepted is None:
        return []
    origin = f"Baseline: accepted by {verdict.accepted.who} on {verdict.accepted.when}: {verdict.accepted.why}"
    if verdict.significance is None:
        return [origin]
    return [
        origin,
        "Changes are run less baseline, ± one standard error; p is corrected for all scores (Holm), and proof is below"
        f" {verdict.significance:g}.",
    ]
