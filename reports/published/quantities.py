"""Published numbers that are no scores: likelihoods, compute, throughput, hyperparameters, guidance scales."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .files import read_rows
from .provenance import Provenance


@dataclass(frozen=True)
class Quantity:
    """One number, or a setting in words."""

    provenance: Provenance
    dataset: str
    resolution: str
    """Pixels of a side; empty where it does not apply."""
    model: str
    name: str
    """What is given: ``NLL``, ``total compute``, ``channels``."""
    value: str
    """As printed."""
    unit: str


@cache
def published_quantities() -> tuple[Quantity, ...]:
    """All of them, in the order of their tables."""
    return tuple(
        Quantity(
            provenance=Provenance.of(row),
            dataset=row["dataset"],
            resolution=row["resolution"],
            model=row["model"],
            name=row["quantity"],
            value=row["value"],
            unit=row["unit"],
        )
        for row in read_rows("quantities.csv")
    )
