"""Comparisons of scores for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from ..comparison_rows import comparison_rows
from ..labels import printable
from ..verdict import ComparisonRecord

STYLES = {"worse": "bold red", "better": "yellow", "inconclusive": "yellow", "not compared": "bold"}


def comparison_table(comparisons: Sequence[ComparisonRecord]) -> Table:
    """Makes a rich table of the scores whose images are not identical, the worst first."""
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    drawn.add_column("Point", overflow="fold")
    for heading in ("Score", "Baseline", "Run", "Change", "Margin", "p"):
        drawn.add_column(heading, justify="left" if heading == "Score" else "right", no_wrap=True)
    drawn.add_column("Finding")
    for row in comparison_rows(comparisons):
        style = STYLES.get(row.finding.partition(",")[0], "")
        drawn.add_row(*(Text(printable(text), style=style) for text in row))
    return drawn
