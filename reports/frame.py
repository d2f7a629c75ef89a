"""The results table as a data frame: what the figures draw, so that they show the table's numbers and no others."""

from __future__ import annotations

import pandas as pd

from .columns import METRIC_TITLES
from .table import ResultsTable


def results_frame(table: ResultsTable) -> pd.DataFrame:
    """One row a point, with the columns of the CSV. A missing number is NaN; the papers' metrics are always columns."""
    names = table.flat_names()
    for metric in METRIC_TITLES:
        names += [name for name in (metric, f"{metric}_standard_error") if name not in names]
    words = {column.key for column in table.columns if column.is_word} | {"reason"}
    frame = pd.DataFrame(table.flat_rows(), columns=names)
    return frame.astype({name: "float64" for name in names if name not in words})
