"""What the published numbers were read from."""

from __future__ import annotations

from functools import cache

from .files import read_rows


@cache
def sources() -> dict[str, str]:
    """What was read, by the key that the rows name it by."""
    return {row["key"]: row["what"] for row in read_rows("sources.csv")}
