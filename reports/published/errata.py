"""What is known to be wrong, ambiguous or incomparable in the published tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .files import read_rows


@dataclass(frozen=True)
class Erratum:
    """One finding. The rows that it is about name it by its number."""

    number: int
    papers: str
    action: str
    """``applied``: rows hold the right number; ``flagged``: they hold what is printed; ``left out``: no row does."""
    text: str
    """What is the matter, and what was made of it."""


@cache
def errata() -> dict[int, Erratum]:
    """All errata by number."""
    read = [Erratum(int(row["number"]), row["papers"], row["action"], row["text"]) for row in read_rows("errata.csv")]
    return {erratum.number: erratum for erratum in read}
