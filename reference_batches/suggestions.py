"""What to say to a name that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near_names(name: str, known: Iterable[str]) -> list[str]:
    """Those of the known names that ``name`` may be a slip for, nearest first; at most three."""
    return difflib.get_close_matches(name, list(known))


def hint(name: str, known: Iterable[str]) -> str:
    """The names most like ``name``, or all of them where none is near: ``did you mean digits?``."""
    known = list(known)
    close = near_names(name, known)
    return f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(known)}"
