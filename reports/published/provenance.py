"""Where a published number is from and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, get_args

from .files import parts

Confidence = Literal["sourced", "derived", "recalled"]


@dataclass(frozen=True)
class Provenance:
    """Paper, table, and the way from there to here."""

    paper: str
    citation: str
    """An arXiv number or an address."""
    table: str
    """The table's number and subject, or the place where there is no table."""
    sources: tuple[str, ...]
    """What the number was read from: keys of :func:`~beatgans.reports.published.sources`."""
    confidence: Confidence
    """``sourced``: read; ``derived``: computed from it, as by a printed difference; ``recalled``: from memory."""
    copies: int | None
    """How many copies that agree it was read in; several of one paper guard against slips of the pen alone."""
    errata: tuple[int, ...]
    """Numbers of :func:`~beatgans.reports.published.errata`."""

    @classmethod
    def of(cls, row: Mapping[str, str]) -> Self:
        """Reads the columns of a file that tell of it."""
        (confidence,) = (known for known in get_args(Confidence) if known == row["confidence"])
        return cls(
            paper=row["paper"],
            citation=row["citation"],
            table=row["table"],
            sources=parts(row["sources"]),
            confidence=confidence,
            copies=int(row["copies"]) if row["copies"] else None,
            errata=tuple(map(int, parts(row["errata"]))),
        )

    @property
    def place(self) -> str:
        """Paper and table in short: ``ADM, Table 5``."""
        return f"{self.paper}, {self.table.partition(':')[0]}"

    @property
    def certainty(self) -> str:
        """Confidence in words: ``sourced (3 copies)``."""
        if self.copies is None:
            return self.confidence
        return f"{self.confidence} ({self.copies} {'copy' if self.copies == 1 else 'copies'})"
