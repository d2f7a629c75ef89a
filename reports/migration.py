"""Records of older schemas, brought up to date.

One function a version: it takes the JSON of a record of that version and gives that of the next. A field that an older
record cannot know is left to its default, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


def _without_replicates(record: Json) -> Json:
    """From 1 to 2, which has the jackknife's replicates and the FID of each class: an older run has none of them."""
    return record


MIGRATIONS: dict[int, Callable[[Json], Json]] = {1: _without_replicates}
"""By the version that is migrated from."""
OLDEST_VERSION = min(MIGRATIONS)


def migrated(record: Json, version: int, target: int) -> Json:
    """A record's JSON, brought from one version to another step by step; its ``schema`` is the caller's to set."""
    for step in range(version, target):
        record = MIGRATIONS[step](record)
    return record
