"""How numbers are written for people: as many digits as mean something, and the same number down a column."""

from __future__ import annotations

import math
from collections.abc import Iterable

MISSING = "–"
MEBIBYTE = 2**20


def decimals_for(values: Iterable[float | None], standard_errors: Iterable[float | None]) -> int:
    """The decimal places of a column of scores, 0 to 6.

    They show one digit of the column's smallest standard error, and two where the first is a 1, so that none reads
    "± 0" and no digit is mere noise. Where no standard error is known, they show three digits of the smallest value.
    """
    errors = [error for error in standard_errors if error]
    if errors:
        return _clamp(-_exponent(min(errors) / 2))
    sizes = [abs(value) for value in values if value]
    return _clamp(2 - _exponent(min(sizes))) if sizes else 0


def significant(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, never in exponent notation and never with its integer part rounded."""
    decimals = max(0, digits - 1 - _exponent(abs(value))) if value else 0
    return f"{value:.{decimals}f}"


def to_digits(value: float, digits: int = 9) -> float:
    """The number of so many significant digits that is nearest to a value: for files, where 17 would be noise."""
    return float(f"{value:.{digits}g}")


def mebibytes(num_bytes: int) -> str:
    """A size in whole MiB."""
    return f"{num_bytes / MEBIBYTE:.0f}"


def _exponent(size: float) -> int:
    return math.floor(math.log10(size))


def _clamp(decimals: int) -> int:
    return min(max(decimals, 0), 6)
