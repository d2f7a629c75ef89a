"""The CSV files of this folder."""

from __future__ import annotations

import csv
from importlib.resources import files


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of this package, each by the names of the columns."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def parts(text: str) -> tuple[str, ...]:
    """What a field lists, parted by semicolons."""
    return tuple(filter(None, text.split(";")))
