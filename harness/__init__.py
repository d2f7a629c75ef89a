"""What runs: suites, runs that survive anything, profiles, answers, and the command line.

The library face is small: read a suite with :func:`load_suite`, run it with :func:`run_suite`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .progress import Progress
    from .run import Outcome, RunOptions, run_suite
    from .suite import Suite, load_suite

# Imported on demand, as the command line's help needs none of it.
_HOMES = {
    "Outcome": ".run",
    "Progress": ".progress",
    "RunOptions": ".run",
    "Suite": ".suite",
    "load_suite": ".suite",
    "run_suite": ".run",
}

__all__ = ["Outcome", "Progress", "RunOptions", "Suite", "load_suite", "run_suite"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
