"""The table as CSV: every column, every digit."""

from __future__ import annotations

import csv as csv_format
import io

from ..table import ResultsTable


def csv(table: ResultsTable) -> str:
    """Writes one line a point: a column a value, a column a standard error, and the reasons of what is missing.

    Numbers are as in the record, to the last bit. A missing value is an empty field, and the last column, ``reason``,
    says why, as ``fid: not enough images; recall: ...``.
    """
    text = io.StringIO()
    writer = csv_format.DictWriter(text, fieldnames=table.flat_names(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table.flat_rows())
    return text.getvalue()
