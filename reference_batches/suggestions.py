"""What to say to a name that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def hint(name: str, known: Iterable[str]) -> str:
    """The names most like ``name``, or all of them where none is near: ``did you mean digits?``."""
    known = list(known)
    close = difflib.get_close_matches(name, known)
    return f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(known)}"
