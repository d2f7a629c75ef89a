"""Intervals as people write them: ``200-800``."""

from __future__ import annotations

import re

from ..reference_batches import InputError

NUMBER = r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?)"
INTERVAL = re.compile(f"({NUMBER})-({NUMBER})")


def parse_interval(field: str, text: str) -> tuple[float, float]:
    """The two ends, both of which belong to the interval.

    Raises:
        InputError: the text is not two numbers with a hyphen between them, or the first is the larger; the message
            names the field.
    """
    match = INTERVAL.fullmatch(text)
    if match is None:
        raise InputError(f"{field} {text[:60]!r} is not understood; write two numbers such as 200-800")
    low, high = float(match[1]), float(match[2])
    if low > high:
        raise InputError(f"{field} {text} is empty; write the smaller number first")
    return low, high
