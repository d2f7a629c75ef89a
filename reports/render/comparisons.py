"""Comparisons of scores for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich import box
from rich.table import Table
from rich.text import Text

from ..comparison_rows import comparison_rows
from ..labels import printable
from ..verdict import ComparisonRecord

STYLES = {"worse": "bold red", "better": "bold yellow", "inconclusive": "bold yellow"}


def comparison_table(comparisons: Sequence[ComparisonRecord]) -> Table:
    """Makes a rich table of the scores whose images are not identical, a heading a finding, the worst first."""
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    drawn.add_column("Point", overflow="fold")
    for heading in ("Score", "Baseline", "Run", "Change", "Margin", "p"):
        drawn.add_column(heading, justify="left" if heading == "Score" else "right", no_wrap=True)
    for finding, rows in groupby(comparison_rows(comparisons), key=lambda row: row.finding):
        drawn.add_section()
        drawn.add_row(Text(finding, style=STYLES.get(finding.partition(",")[0], "bold")))
        for row in rows:
            drawn.add_row(*(Text(printable(text)) for text in (f" {row.point}", *row[1:7])))
    return drawn
